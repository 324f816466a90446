"""THE table of replies: every numeric and standard reply with its exact parameters, and every CSP answer.

Templates are as `protocol.reply_forms` says. `lab` and `csp` give another form where the derived one (no target; the
trailing text as payload) would not do.
Owns: codes and texts. Must not: know who gets which reply. Sources: Modern IRC, RFC 2812 section 5, IRCv3, CSP.
"""

from protocol.reply_forms import answer as answer
from protocol.reply_forms import fill as fill
from protocol.reply_forms import payload_of as payload_of
from protocol.reply_forms import reply_row as _row
from protocol.values import AnswerRow, ReplyRow

TABLE: dict[str, ReplyRow] = {}

# --- welcome -------------------------------------------------------------------------------------------------------
RPL_WELCOME = _row(
    "001", ":Welcome to the <network> Network, <mask>", lab=":Welcome to the Internet Relay Network <mask>"
)
RPL_YOURHOST = _row("002", ":Your host is <server>, running version <version>")
RPL_CREATED = _row("003", ":This server was created <date>")
RPL_MYINFO = _row("004", "<server> <version> <user_modes> <channel_modes> <channel_modes_with_parameter>")
RPL_ISUPPORT = _row("005", "<tokens...> :are supported by this server")
# --- own state -----------------------------------------------------------------------------------------------------
RPL_SNOMASK = _row("008", "<subjects> :Server notice mask")
RPL_UMODEIS = _row("221", "<modes>")
RPL_AWAY = _row("301", "<nick> :<text>")
RPL_UNAWAY = _row("305", ":You are no longer marked as being away")
RPL_NOWAWAY = _row("306", ":You have been marked as being away")
RPL_YOUREOPER = _row("381", ":You are now an IRC operator")
RPL_VISIBLEHOST = _row("396", "<host> :is now your visible host")
RPL_LOGGEDIN = _row("900", "<mask> <account> :You are now logged in as <account>")
RPL_LOGGEDOUT = _row("901", "<mask> :You are now logged out")
RPL_SASLSUCCESS = _row("903", ":SASL authentication successful")
RPL_SASLMECHS = _row("908", "<mechanisms> :are available SASL mechanisms")
# --- server --------------------------------------------------------------------------------------------------------
RPL_STATSCOMMANDS = _row("212", "<command> <count>")
RPL_ENDOFSTATS = _row("219", "<letter> :End of /STATS report")
RPL_STATSUPTIME = _row("242", ":Server Up <days> days <clock>")
RPL_STATSOLINE = _row("243", "O <mask> * <name>")
RPL_STATSKLINE = _row("216", "K <host> * <user> :<text>")
RPL_STATSQLINE = _row("217", "Q <mask> :<text>")
RPL_STATSPLINE = _row("220", "P <port> <host> :<text>")
RPL_STATSSHUN = _row("223", "S <mask> :<text>")
RPL_STATSDLINE = _row("225", "D <mask> :<text>")
RPL_STATSOPERATORS = _row("249", "p :<text>")
RPL_STATSLINKINFO = _row(
    "211", "<link> <sendq> <sent_messages> <sent_kib> <received_messages> <received_kib> <seconds>"
)
RPL_STATSSERVER = _row(
    "211", "<server> <sendq> <sent_messages> <sent_kib> <received_messages> <received_kib> <seconds> :<protocol>"
)
RPL_LUSERCLIENT = _row("251", ":There are <users> users and <invisible> invisible on <servers> servers")
RPL_LUSEROP = _row("252", "<count> :operator(s) online")
RPL_LUSERUNKNOWN = _row("253", "<count> :unknown connection(s)")
RPL_LUSERCHANNELS = _row("254", "<count> :channels formed")
RPL_LUSERME = _row("255", ":I have <clients> clients and <servers> servers")
RPL_LOCALUSERS = _row("265", "<count> <maximum> :Current local users <count>, max <maximum>")
RPL_GLOBALUSERS = _row("266", "<count> <maximum> :Current global users <count>, max <maximum>")
RPL_ADMINME = _row("256", "<server> :Administrative info")
RPL_ADMINLOC1 = _row("257", ":<place>")
RPL_ADMINLOC2 = _row("258", ":<who>")
RPL_ADMINEMAIL = _row("259", ":<mail>")
RPL_TRYAGAIN = _row("263", "<command> :Please wait a while and try again.", csp_code="340", general=True)
RPL_VERSION = _row("351", "<version> <server> :<comments>")
RPL_LINKS = _row("364", "<server> <uplink> :<hops> <info>")
RPL_ENDOFLINKS = _row("365", "* :End of /LINKS list")
RPL_MAP = _row("015", ":<server>")
RPL_MAPEND = _row("017", ":End of /MAP")
RPL_INFO = _row("371", ":<line>")
RPL_ENDOFINFO = _row("374", ":End of INFO list")
RPL_MOTDSTART = _row("375", ":- <server> Message of the day - ")
RPL_MOTD = _row("372", ":- <line>")
RPL_ENDOFMOTD = _row("376", ":End of /MOTD command.")
RPL_REHASHING = _row("382", "<file> :Rehashing")
RPL_TIME = _row("391", "<server> <unix_time> <offset> :<text>")
RPL_HELPSTART = _row("704", "<subject> :<title>")
RPL_HELPTXT = _row("705", "<subject> :<line>")
RPL_ENDOFHELP = _row("706", "<subject> :<line>")
# --- users ---------------------------------------------------------------------------------------------------------
RPL_USERHOST = _row("302", ":<entries>")
RPL_ISON = _row("303", ":<nicks>")
RPL_WHOISCERTFP = _row("276", "<nick> :has client certificate fingerprint <fingerprint>")
RPL_WHOISREGNICK = _row("307", "<nick> :has identified for this nick")
RPL_WHOISUSER = _row("311", "<nick> <user> <host> * :<realname>")
RPL_WHOISSERVER = _row("312", "<nick> <server> :<info>")
RPL_WHOISOPERATOR = _row("313", "<nick> :is an IRC operator")
RPL_WHOISIDLE = _row("317", "<nick> <idle> <signon> :seconds idle, signon time")
RPL_ENDOFWHOIS = _row("318", "<nick> :End of /WHOIS list")
RPL_WHOISCHANNELS = _row("319", "<nick> :<channels>")
RPL_WHOISACCOUNT = _row("330", "<nick> <account> :is logged in as")
RPL_WHOISBOT = _row("335", "<nick> :is a bot")
RPL_WHOISSECURE = _row("671", "<nick> :is using a secure connection")
RPL_WHOISACTUALLY = _row("338", "<nick> <mask> <address> :Is actually using host")
RPL_WHOISHOST = _row("378", "<nick> :is connecting from *@<host> <address>")
RPL_WHOISMODES = _row("379", "<nick> :is using modes <modes>")
RPL_WHOWASUSER = _row("314", "<nick> <user> <host> * :<realname>")
RPL_ENDOFWHOWAS = _row("369", "<nick> :End of WHOWAS")
RPL_WHOREPLY = _row("352", "<channel> <user> <host> <server> <nick> <flags> :<hops> <realname>")
RPL_ENDOFWHO = _row("315", "<mask> :End of WHO list")
RPL_WHOSPCRPL = _row("354", "<fields...>")
RPL_MONONLINE = _row("730", ":<masks>")
RPL_MONOFFLINE = _row("731", ":<nicks>")
RPL_MONLIST = _row("732", ":<nicks>")
RPL_ENDOFMONLIST = _row("733", ":End of MONITOR list")
RPL_KEYVALUE = _row("761", "<target> <key> <visibility> :<value>")
RPL_KEYNOTSET = _row("766", "<target> <key> :key not set")
RPL_METADATASUBOK = _row("770", "<keys...>")
RPL_METADATAUNSUBOK = _row("771", "<keys...>")
RPL_METADATASUBS = _row("772", "<keys...>")
RPL_METADATASYNCLATER = _row("774", "<target>")
# --- channels ------------------------------------------------------------------------------------------------------
RPL_LISTSTART = _row("321", "Channel :Users  Name")
RPL_LIST = _row("322", "<channel> <count> :<topic>")
RPL_LISTEND = _row("323", ":End of /LIST")
RPL_CHANNELMODEIS = _row("324", "<channel> <modes...>")
RPL_CREATIONTIME = _row("329", "<channel> <unix_time>")
RPL_NOTOPIC = _row("331", "<channel> :No topic is set")
RPL_TOPIC = _row("332", "<channel> :<topic>")
RPL_TOPICWHOTIME = _row("333", "<channel> <setter> <unix_time>")
RPL_INVITELIST = _row("336", "<channel>")
RPL_ENDOFINVITELIST = _row("337", ":End of /INVITE list")
RPL_INVITING = _row("341", "<nick> <channel>")
RPL_NAMREPLY = _row("353", "<symbol> <channel> :<names>", lab="<channel> :<names>")
RPL_ENDOFNAMES = _row("366", "<channel> :End of /NAMES list", lab=":End of /NAMES list")
RPL_BANLIST = _row("367", "<channel> <mask> <setter> <unix_time>")
RPL_ENDOFBANLIST = _row("368", "<channel> :End of channel ban list")
RPL_EXCEPTLIST = _row("348", "<channel> <mask> <setter> <unix_time>")
RPL_ENDOFEXCEPTLIST = _row("349", "<channel> :End of channel exception list")
RPL_INVEXLIST = _row("346", "<channel> <mask> <setter> <unix_time>")
RPL_ENDOFINVEXLIST = _row("347", "<channel> :End of Channel Invite Exception List")
RPL_KNOCK = _row("710", "<channel> <mask> :has asked for an invite: <text>")
RPL_KNOCKDLVR = _row("711", "<channel> :Your KNOCK has been delivered")
# --- errors --------------------------------------------------------------------------------------------------------
ERR_UNKNOWNERROR = _row("400", "<command> <subcommand> :<why>")
ERR_NOSUCHNICK = _row(
    "401", "<nick> :No such nick/channel", lab="<nick> :No such nick", csp="<nick> is not here", csp_code="300"
)
ERR_NOSUCHSERVER = _row("402", "<server> :No such server")
ERR_NOSUCHCHANNEL = _row(
    "403", "<channel> :No such channel", csp="There is no group <channel>; CHAT makes one", csp_code="300"
)
ERR_CANNOTSENDTOCHAN = _row("404", "<channel> :Cannot send to channel", csp="You may not speak in the group <channel>")
ERR_MUTED = _row("404", "<target> :You are muted on this server<why>", csp="You are muted on this server<why>")
ERR_NOCTCP = _row(
    "404",
    "<channel> :Cannot send to channel (+C): CTCP is not let through",
    csp="The group <channel> takes plain texts only",
)
ERR_MUSTBELOGGEDIN = _row(
    "404",
    "<channel> :Cannot send to channel (+M): log in to an account to speak here",
    csp="Only members with an account may speak in the group <channel>",
)
ERR_TOOFAST = _row(
    "404",
    "<channel> :Cannot send to channel (+f): <count> in <seconds> seconds is the most; again in <wait> seconds",
    csp="Slow mode in the group <channel>: <count> in <seconds> seconds is the most; try again in <wait> seconds",
)
ERR_TOOMANYCHANNELS = _row(
    "405", "<channel> :You have joined too many channels", csp="You are in too many groups; LEVE one first"
)
ERR_WASNOSUCHNICK = _row("406", "<nick> :There was no such nickname")
ERR_TOOMANYTARGETS = _row("407", "<target> :Too many recipients")
ERR_NOORIGIN = _row("409", ":No origin specified")
ERR_INVALIDCAPCMD = _row("410", "<subcommand> :Invalid CAP command")
ERR_NORECIPIENT = _row("411", ":No recipient given (<command>)")
ERR_NOTEXTTOSEND = _row("412", ":No text to send", csp="payload: there is no text to send", csp_code="300")
ERR_NOTOPLEVEL = _row("413", "<mask> :No toplevel domain specified")
ERR_WILDTOPLEVEL = _row("414", "<mask> :Wildcard in toplevel domain")
ERR_INPUTTOOLONG = _row(
    "417", ":Input line was too long", csp="The line is longer than 16384 bytes", csp_code="300", general=True
)
ERR_UNKNOWNCOMMAND = _row(
    "421", "<command> :Unknown command", csp='There is no command "<command>"', csp_code="310", general=True
)
ERR_NOMOTD = _row("422", ":MOTD File is missing")
ERR_NONICKNAMEGIVEN = _row("431", ":No nickname given")
ERR_ERRONEUSNICKNAME = _row(
    "432", "<nick> :Erroneous nickname: <why>", csp="parameters.username: <why>", csp_code="300"
)
ERR_UNAVAILRESOURCE = _row("437", "<channel> :The channel is reserved<why>", csp="The group <channel> is reserved<why>")
ERR_NICKNAMEINUSE = _row("433", "<nick> :Nickname is already in use", csp="")
ERR_NICKPROTECTED = _row("433", "<nick> :Nickname belongs to an account; log in to it to use it", csp="")
ERR_NICKCOLLISION = _row("436", "<nick> :Nickname collision KILL from <origin>")
ERR_USERNOTINCHANNEL = _row(
    "441", "<nick> <channel> :They aren't on that channel", csp="<nick> is not in the group <channel>"
)
ERR_NOTONCHANNEL = _row("442", "<channel> :You're not on that channel", csp="You are not in the group <channel>")
ERR_USERONCHANNEL = _row(
    "443", "<nick> <channel> :is already on channel", csp="<nick> is in the group <channel> already"
)
ERR_SUMMONDISABLED = _row("445", ":SUMMON has been disabled")
ERR_USERSDISABLED = _row("446", ":USERS has been disabled")
ERR_CANTCHANGENICK = _row("447", "<channel> :Cannot change nick while on this channel (+N)")
ERR_NOTREGISTERED = _row("451", ":You have not registered")
ERR_NEEDMOREPARAMS = _row("461", "<command> :Not enough parameters", csp_code="300", general=True)
ERR_ALREADYREGISTERED = _row("462", ":You may not reregister")
ERR_PASSWDMISMATCH = _row("464", ":Password incorrect")
ERR_YOUREBANNEDCREEP = _row("465", ":You are banned from this server<why>", general=True)
ERR_LINKCHANNEL = _row("470", "<channel> <other> :Forwarding to another channel")
ERR_CHANNELISFULL = _row("471", "<channel> :Cannot join channel (+l)", csp="The group is full")
ERR_UNKNOWNMODE = _row("472", "<letter> :is unknown mode char to me")
ERR_INVITEONLYCHAN = _row("473", "<channel> :Cannot join channel (+i)", csp="You need an invitation to join this group")
ERR_BANNEDFROMCHAN = _row("474", "<channel> :Cannot join channel (+b)", csp="You are banned from joining this group")
ERR_BADCHANNELKEY = _row(
    "475", "<channel> :Cannot join channel (+k)", csp="The group has a key; give it in parameters.key"
)
ERR_NEEDREGGEDNICK = _row("477", "<channel> :You need to be logged in to an account for that")
ERR_BADCHANMASK = _row("476", "<channel> :Bad Channel Mask: <why>", csp="parameters.chat_name: <why>")
ERR_BANLISTFULL = _row("478", "<channel> <letter> :Channel list is full", csp="The group's ban list is full")
ERR_NOPRIVS = _row("723", "<privilege> :Insufficient oper privileges.")
ERR_NOPRIVILEGES = _row("481", ":Permission Denied- You're not an IRC operator")
ERR_CHANOPRIVSNEEDED = _row("482", "<channel> :You're not channel operator", csp="You are not the admin of this group")
ERR_RANKTOOLOW = _row(
    "482",
    "<channel> :You're not channel operator enough for that: <what>",
    csp="You may not do that in this group: <what>",
)
ERR_SECUREONLYCHAN = _row(
    "489",
    "<channel> :Cannot join channel (+z): connect by TLS",
    csp="This group is for those who connect by TLS",
)
ERR_CANTKILLSERVER = _row("483", ":You cant kill a server!")
ERR_NOOPERHOST = _row("491", ":No O-lines for your host")
ERR_UMODEUNKNOWNFLAG = _row("501", ":Unknown MODE flag")
ERR_USERSDONTMATCH = _row("502", ":Cant change mode for other users")
ERR_HELPNOTFOUND = _row("524", "<subject> :No help available on this topic")
ERR_INVALIDMODEPARAM = _row("696", "<target> <letter> <parameter> :<why>")
ERR_MONLISTFULL = _row("734", "<limit> <nicks> :Monitor list is full.")
ERR_TOOMANYKNOCK = _row("712", "<channel> :Too many KNOCKs on this channel; try again in <wait> seconds")
ERR_CHANOPEN = _row("713", "<channel> :Channel is open: just join it")
ERR_KNOCKONCHAN = _row("714", "<channel> :You're already on that channel")
ERR_SASLFAIL = _row("904", ":SASL authentication failed", csp="")
ERR_SASLTOOLONG = _row("905", ":SASL message too long")
ERR_SASLABORTED = _row("906", ":SASL authentication aborted")
# --- standard replies (IRCv3) --------------------------------------------------------------------------------------
FAIL_INVALID_UTF8 = _row(
    "FAIL",
    "<command> INVALID_UTF8 :The line is not UTF-8 and was ignored",
    csp="The line is not UTF-8",
    csp_code="300",
    general=True,
)
FAIL_ACCOUNT_EXISTS = _row(
    "FAIL", "REGISTER ACCOUNT_EXISTS <account> :That is the name of an account, or somebody else's nick"
)
FAIL_BAD_ACCOUNT_NAME = _row("FAIL", "REGISTER BAD_ACCOUNT_NAME <account> :No name for an account: <why>")
FAIL_WEAK_PASSWORD = _row(
    "FAIL", "REGISTER WEAK_PASSWORD <account> :The password has fewer characters than the <count> it needs"
)
FAIL_UNACCEPTABLE_PASSWORD = _row("FAIL", "REGISTER UNACCEPTABLE_PASSWORD <account> :The password <why>")
FAIL_INVALID_EMAIL = _row("FAIL", "REGISTER INVALID_EMAIL <account> :That is no mail address; * stands for none")
FAIL_NEED_NICK = _row("FAIL", "REGISTER NEED_NICK * :Give a nick that you can have first")
FAIL_ALREADY_AUTHENTICATED = _row("FAIL", "<command> ALREADY_AUTHENTICATED <account> :You are logged in as <present>")
FAIL_TEMPORARILY_UNAVAILABLE = _row("FAIL", "<command> TEMPORARILY_UNAVAILABLE <account> :<why>")
FAIL_COMPLETE_CONNECTION_REQUIRED = _row("FAIL", "<command> COMPLETE_CONNECTION_REQUIRED :Finish connecting first")
FAIL_INVALID_CODE = _row("FAIL", "VERIFY INVALID_CODE <account> :No code is awaited: accounts need no verification")
FAIL_TLS_REQUIRED = _row(
    "FAIL",
    "* TLS_REQUIRED :Your account is in channels that need TLS (+z), so connect by TLS",
    csp="Your account is in groups that need TLS, so connect by TLS",
)
FAIL_ACCOUNT_REQUIRED = _row(
    "FAIL",
    "* ACCOUNT_REQUIRED :This server is for those who log in to an account only (SASL)",
    csp="This server is for those who log in to an account only",
)
FAIL_INVALID_REALNAME = _row("FAIL", "SETNAME INVALID_REALNAME :<why>")
FAIL_NOT_SAVED = _row(
    "FAIL",
    "<command> NOT_SAVED :It is not on disk, so it was undone: <why>",
    csp="Not done, it could not be saved: <why>",
)
WARN_NOT_SAVED = _row(
    "WARN", "<command> NOT_SAVED :In force, but not on disk yet: <why>", csp="In force, but not on disk yet: <why>"
)
ERR_NO_GROUPS = _row("FAIL", "LIST NO_GROUPS :There are currently no groups")
ERR_GROUP_EXISTS = _row("FAIL", "CHAT GROUP_EXISTS :Group name already exists")
FAIL_VERSION = _row(
    "FAIL", "* VERSION :Server is running on a different protocol version", csp_code="330", general=True
)
FAIL_INVALID_REFTAG = _row("FAIL", "BATCH INVALID_REFTAG <reference> :<why>")
FAIL_BATCH_TIMEOUT = _row("FAIL", "BATCH TIMEOUT <reference> :The batch took too long and was dropped")
FAIL_UNKNOWN_TYPE = _row("FAIL", "BATCH UNKNOWN_TYPE <reference> <type> :There is no such type of batch")
FAIL_MULTILINE_MAX_BYTES = _row("FAIL", "BATCH MULTILINE_MAX_BYTES <limit> :The message is too long; it was dropped")
FAIL_MULTILINE_MAX_LINES = _row(
    "FAIL", "BATCH MULTILINE_MAX_LINES <limit> :The message has too many lines; it was dropped"
)
FAIL_MULTILINE_INVALID_TARGET = _row(
    "FAIL", "BATCH MULTILINE_INVALID_TARGET <target> <line_target> :All lines of a message go to one target"
)
FAIL_MULTILINE_INVALID = _row("FAIL", "BATCH MULTILINE_INVALID :<why>")
FAIL_CHANNEL_NAME_IN_USE = _row(
    "FAIL",
    "RENAME CHANNEL_NAME_IN_USE <channel> <name> :There is a channel of that name already",
    csp="There is a group of that name already",
)
FAIL_CANNOT_RENAME = _row("FAIL", "RENAME CANNOT_RENAME <channel> <name> :<why>")
FAIL_METADATA_TARGET = _row("FAIL", "METADATA INVALID_TARGET <target> :There is no such nick or channel")
FAIL_KEY_INVALID = _row("FAIL", "METADATA KEY_INVALID <key> :A key has 1 to 64 letters a to z, digits and _ . / -")
FAIL_KEY_NO_PERMISSION = _row("FAIL", "METADATA KEY_NO_PERMISSION <target> <key> :You may not set that")
FAIL_KEY_NOT_SET = _row("FAIL", "METADATA KEY_NOT_SET <target> <key> :That key is not set")
FAIL_LIMIT_REACHED = _row("FAIL", "METADATA LIMIT_REACHED <target> :There are too many keys")
FAIL_TOO_MANY_SUBS = _row("FAIL", "METADATA TOO_MANY_SUBS <key> :You have subscribed to too many keys")
FAIL_VALUE_INVALID = _row("FAIL", "METADATA VALUE_INVALID :The value is too long")
FAIL_SUBCOMMAND_INVALID = _row("FAIL", "METADATA SUBCOMMAND_INVALID <subcommand> :There is no such subcommand")
FAIL_HISTORY_PARAMS = _row("FAIL", "CHATHISTORY INVALID_PARAMS <subcommand> :<why>")
FAIL_HISTORY_PARAM = _row("FAIL", "CHATHISTORY INVALID_PARAMS <subcommand> <parameter> :Invalid parameter: <why>")
FAIL_HISTORY_TARGET = _row("FAIL", "CHATHISTORY INVALID_TARGET <subcommand> <target> :Messages could not be retrieved")
FAIL_HISTORY_MESSAGE = _row("FAIL", "CHATHISTORY MESSAGE_ERROR <subcommand> <target> :<why>")
FAIL_HISTORY_REFERENCE = _row(
    "FAIL", "CHATHISTORY INVALID_MSGREFTYPE <subcommand> <target> <reference> :Use timestamp= or msgid="
)
FAIL_MARKREAD_TOO_FEW = _row("FAIL", "MARKREAD NEED_MORE_PARAMS :Missing parameters")
FAIL_MARKREAD_PARAM = _row("FAIL", "MARKREAD INVALID_PARAMS <parameter> :<why>")
FAIL_MARKREAD = _row("FAIL", "MARKREAD INTERNAL_ERROR <target> :<why>")
FAIL_REDACT_TARGET = _row("FAIL", "REDACT INVALID_TARGET <target> :There is nothing you could redact")
FAIL_REDACT_MSGID = _row(
    "FAIL",
    "REDACT UNKNOWN_MSGID <target> <msgid> :There is no such message",
    csp="parameters.msgid: there is no such message here",
    csp_code="300",
)
FAIL_REDACT_FORBIDDEN = _row(
    "FAIL",
    "REDACT REDACT_FORBIDDEN <target> <msgid> :That is not yours to redact",
    csp="Only who said it, or an admin of the group, takes a message back",
)
FAIL_REDACT_LATE = _row(
    "FAIL",
    "REDACT REDACT_WINDOW_EXPIRED <target> <msgid> <seconds> :It is too late to redact that",
    csp="It is too late to take that back",
)
FAIL_SEARCH_PARAM = _row("FAIL", "SEARCH INVALID_PARAMS <parameter> :<why>")
FAIL_SEARCH_TARGET = _row("FAIL", "SEARCH INVALID_TARGET <target> :There is nothing you may search")
NOTE_FORGOTTEN = _row("NOTE", "FORGET ERASED <account> :Erased <count> entries of the history")
FAIL_INTERNAL = _row(
    "FAIL",
    "<command> INTERNAL_ERROR :The server failed to do this; the error is in its log",
    csp="The server failed to do this; the error is in its log",
)
FAIL_NOT_IN_A_GROUP = _row(
    "FAIL",
    "<command> NOT_IN_A_GROUP :state authenticated: join a group first; allowed are LIST, CHAT, JOIN, REDY",
    general=True,
)
FAIL_REQUEST = _row("FAIL", "<command> REFUSED :<why>", csp="<why>", csp_code="300", general=True)
FAIL_LATER = _row("FAIL", "<command> TRY_AGAIN :<why>", csp="<why>", csp_code="340", general=True)
FAIL_STATE = _row("FAIL", "<command> WRONG_STATE :<why>", csp="<why>", csp_code="320", general=True)

for _name, _value in list(globals().items()):
    if isinstance(_value, ReplyRow):
        object.__setattr__(_value, "name", _name)
        TABLE[_name] = _value

# --- CSP answers ---------------------------------------------------------------------------------------------------
CSP_READY = AnswerRow("100", channel="CC", payload="Ready")
CSP_PONG = AnswerRow("101", channel="CC", payload="PONG")
CSP_LOGGED_IN = AnswerRow("110", channel="CC")
CSP_PASSWORD_CHANGED = AnswerRow("111", channel="CC")
CSP_GROUPS = AnswerRow("130", ("username",))
CSP_MEMBERS = AnswerRow("131", ("username", "chat_name"), "CC")
CSP_GROUP_DETAILS = AnswerRow("132", ("username",))
CSP_USER = AnswerRow("133", ("username",), "CC")
CSP_TOPIC = AnswerRow("150", ("username", "chat_name"), "CC")
CSP_SETTINGS = AnswerRow("152", ("username", "chat_name"), "CC")
CSP_HISTORY = AnswerRow("160", ("username", "chat_name"), "CC")
CSP_FOUND = AnswerRow("161", ("username", "chat_name"), "CC")
CSP_MARKER = AnswerRow("162", ("username", "chat_name"), "CC")
CSP_CREATED = AnswerRow("170")
CSP_AWAY = AnswerRow("181", ("username",), "CC")
CSP_INVITED = AnswerRow("182", ("username", "chat_name"), "CC")
CSP_UNBANNED = AnswerRow("193", ("username", "chat_name"), "CC")
CSP_CLOSING = AnswerRow("350", channel="CC")
