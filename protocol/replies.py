"""THE table of replies: every numeric and standard reply with its exact parameters, and every CSP answer.

A template is written as the standards write it: `<channel> <nick> :free text`; `<modes...>` may hold several words.
Arguments are given in the order in which the names first appear. `lab` and `csp` give another form where the derived
one (no target; the trailing text as payload) would not do.
Owns: codes and texts. Must not: know who gets which reply. Sources: Modern IRC, RFC 2812 section 5, IRCv3, CSP.
"""

import re
from dataclasses import replace

from protocol.names import group_of_channel
from protocol.values import Answer, AnswerRow, Reply, ReplyForm, ReplyRow

_FIELD = re.compile(r"<(\w+)(\.\.\.)?>")  # `...`: several words, vouched for by the caller
TABLE: dict[str, ReplyRow] = {}


def _form(template: str, fields: tuple[str, ...]) -> ReplyForm:
    head = template.partition(":")[0]
    names = [name for name, _ in _FIELD.findall(template)]
    middles = tuple(place for place, (_, words) in enumerate(_FIELD.findall(head)) if not words)
    return ReplyForm(_FIELD.sub("%s", template.replace("%", "%%")), tuple(map(fields.index, names)), middles)


def _row(
    code: str,
    template: str,
    lab: str | None = None,
    csp: str | None = None,
    csp_code: str = "320",
    general: bool = False,
) -> ReplyRow:
    fields = tuple(dict.fromkeys(name for name, _ in _FIELD.findall(template)))
    trailing = template.partition(":")[2]
    forms = (_form(template, fields), _form(lab if lab is not None else template, fields))
    is_error = code == "FAIL" or (code.isdigit() and ("400" <= code < "600" or code in _LATE_ERRORS))
    payload = replace(_form(csp if csp is not None else trailing, fields), middles=())  # JSON takes any text
    return ReplyRow("", code, fields, *forms, payload, csp_code, general, is_error)


_LATE_ERRORS = ("696", "723", "734", "902", "904", "905", "906", "907")

# --- welcome -------------------------------------------------------------------------------------------------------
RPL_WELCOME = _row(
    "001", ":Welcome to the <network> Network, <mask>", lab=":Welcome to the Internet Relay Network <mask>"
)
RPL_YOURHOST = _row("002", ":Your host is <server>, running version <version>")
RPL_CREATED = _row("003", ":This server was created <date>")
RPL_MYINFO = _row("004", "<server> <version> <user_modes> <channel_modes> <channel_modes_with_parameter>")
RPL_ISUPPORT = _row("005", "<tokens...> :are supported by this server")
# --- own state -----------------------------------------------------------------------------------------------------
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
RPL_STATSLINKINFO = _row(
    "211", "<link> <sendq> <sent_messages> <sent_kib> <received_messages> <received_kib> <seconds>"
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
RPL_WHOISREGNICK = _row("307", "<nick> :has identified for this nick")
RPL_WHOISUSER = _row("311", "<nick> <user> <host> * :<realname>")
RPL_WHOISSERVER = _row("312", "<nick> <server> :<info>")
RPL_WHOISOPERATOR = _row("313", "<nick> :is an IRC operator")
RPL_WHOISIDLE = _row("317", "<nick> <idle> <signon> :seconds idle, signon time")
RPL_ENDOFWHOIS = _row("318", "<nick> :End of /WHOIS list")
RPL_WHOISCHANNELS = _row("319", "<nick> :<channels>")
RPL_WHOISACCOUNT = _row("330", "<nick> <account> :is logged in as")
RPL_WHOISBOT = _row("335", "<nick> :is a bot")
RPL_WHOISACTUALLY = _row("338", "<nick> <mask> <address> :Is actually using host")
RPL_WHOISHOST = _row("378", "<nick> :is connecting from *@<host> <address>")
RPL_WHOISMODES = _row("379", "<nick> :is using modes <modes>")
RPL_WHOWASUSER = _row("314", "<nick> <user> <host> * :<realname>")
RPL_ENDOFWHOWAS = _row("369", "<nick> :End of WHOWAS")
RPL_WHOREPLY = _row("352", "<channel> <user> <host> <server> <nick> <flags> :<hops> <realname>")
RPL_ENDOFWHO = _row("315", "<mask> :End of WHO list")
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
# --- errors --------------------------------------------------------------------------------------------------------
ERR_NOSUCHNICK = _row(
    "401", "<nick> :No such nick/channel", lab="<nick> :No such nick", csp="<nick> is not here", csp_code="300"
)
ERR_NOSUCHSERVER = _row("402", "<server> :No such server")
ERR_NOSUCHCHANNEL = _row(
    "403", "<channel> :No such channel", csp="There is no group <channel>; CHAT makes one", csp_code="300"
)
ERR_CANNOTSENDTOCHAN = _row("404", "<channel> :Cannot send to channel", csp="You may not speak in the group <channel>")
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
ERR_NICKNAMEINUSE = _row("433", "<nick> :Nickname is already in use", csp="")
ERR_NICKPROTECTED = _row("433", "<nick> :Nickname belongs to an account; log in to it to use it", csp="")
ERR_NICKCOLLISION = _row("436", "<nick> :Nickname collision KILL from <origin>")
ERR_USERNOTINCHANNEL = _row(
    "441", "<nick> <channel> :They aren't on that channel", csp="<nick> is not in the group <channel>"
)
ERR_NOTONCHANNEL = _row("442", "<channel> :You're not on that channel", csp="You are not in the group <channel>")
ERR_USERONCHANNEL = _row("443", "<nick> <channel> :is already on channel")
ERR_SUMMONDISABLED = _row("445", ":SUMMON has been disabled")
ERR_USERSDISABLED = _row("446", ":USERS has been disabled")
ERR_NOTREGISTERED = _row("451", ":You have not registered")
ERR_NEEDMOREPARAMS = _row("461", "<command> :Not enough parameters", csp_code="300", general=True)
ERR_ALREADYREGISTERED = _row("462", ":You may not reregister")
ERR_PASSWDMISMATCH = _row("464", ":Password incorrect")
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
ERR_CANTKILLSERVER = _row("483", ":You cant kill a server!")
ERR_NOOPERHOST = _row("491", ":No O-lines for your host")
ERR_UMODEUNKNOWNFLAG = _row("501", ":Unknown MODE flag")
ERR_USERSDONTMATCH = _row("502", ":Cant change mode for other users")
ERR_HELPNOTFOUND = _row("524", "<subject> :No help available on this topic")
ERR_INVALIDMODEPARAM = _row("696", "<target> <letter> <parameter> :<why>")
ERR_SASLFAIL = _row("904", ":SASL authentication failed", csp="")
ERR_SASLTOOLONG = _row("905", ":SASL message too long")
ERR_SASLABORTED = _row("906", ":SASL authentication aborted")
ERR_SASLELSEWHERE = _row("907", ":That account is on line as <nick>; connect anew to join it")
# --- standard replies (IRCv3) --------------------------------------------------------------------------------------
FAIL_INVALID_UTF8 = _row(
    "FAIL",
    "<command> INVALID_UTF8 :The line is not UTF-8 and was ignored",
    csp="The line is not UTF-8",
    csp_code="300",
    general=True,
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
FAIL_STATE = _row("FAIL", "<command> WRONG_STATE :<why>", csp="<why>", csp_code="320", general=True)

for _name, _value in list(globals().items()):
    if isinstance(_value, ReplyRow):
        object.__setattr__(_value, "name", _name)
        TABLE[_name] = _value

# --- CSP answers ---------------------------------------------------------------------------------------------------
CSP_READY = AnswerRow("100", channel="CC", payload="Ready")
CSP_PONG = AnswerRow("101", channel="CC", payload="PONG")
CSP_LOGGED_IN = AnswerRow("110", channel="CC")
CSP_GROUPS = AnswerRow("130", ("username",))
CSP_MEMBERS = AnswerRow("131", ("username", "chat_name"), "CC")
CSP_TOPIC = AnswerRow("150", ("username", "chat_name"), "CC")
CSP_HISTORY = AnswerRow("160", ("username", "chat_name"), "CC")
CSP_CREATED = AnswerRow("170")
CSP_CLOSING = AnswerRow("350", channel="CC")


def _middle(value: str) -> str:
    """A client's word as a middle parameter; `*` where it would break the line."""
    return value if value and " " not in value and value[0] != ":" else "*"


def fill(form: ReplyForm, args: tuple[str, ...]) -> str:
    """The text of a reply after its code and target."""
    values = [args[index] for index in form.indices]
    for position in form.middles:
        values[position] = _middle(values[position])
    return form.template % tuple(values)


def payload_of(reply: Reply) -> str:
    """The CSP payload of a refusal, with channels called by their group names."""
    args = tuple(
        group_of_channel(value) if name == "channel" and value[:1] == "#" else value
        for name, value in zip(reply.row.fields, reply.args, strict=True)
    )
    return fill(reply.row.csp, args)


def answer(row: AnswerRow, payload: object = None, **parameters: object) -> Answer:
    """An Answer with the row's own payload unless one is given."""
    return Answer(row, parameters, row.payload if payload is None else payload)
