"""Registration and connection: PASS NICK USER, PING PONG, QUIT, and what happens when registration completes.

Owns: when an IRC session becomes a user, and the welcome burst. Must not: hold state (`chat.state.registration` does).
"""

import time

from chat.commands.call import Call
from chat.commands.login import log_in, refuse_login, verified_account
from chat.commands.metadata import send_own
from chat.commands.registry import CONNECTED, command, optional, text, word
from chat.commands.server import send_lusers, send_motd
from chat.commands.server_bans import turned_away
from chat.commands.views import send_channel_views
from chat.state import accounts, ban_policy, entering, metadata, offers, policy, registration
from chat.state.network import VERSION
from chat.state.session import Registration
from chat.storage import passwords
from protocol.limits import NICK_PATIENCE_SECONDS, REALNAME_BYTES, USERNAME_BYTES
from protocol.modes import USER_MODES, Kind, letters_of
from protocol.names import cut, fold, has_formatting
from protocol.replies import (
    CSP_CLOSING,
    CSP_PONG,
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_NICKCOLLISION,
    ERR_NICKNAMEINUSE,
    ERR_NICKPROTECTED,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
    ERR_SASLABORTED,
    FAIL_ACCOUNT_REQUIRED,
    FAIL_TLS_REQUIRED,
    RPL_CREATED,
    RPL_MYINFO,
    RPL_UMODEIS,
    RPL_VISIBLEHOST,
    RPL_WELCOME,
    RPL_YOURHOST,
    answer,
)
from protocol.values import Refused

_NICK_PAUSE_SECONDS = 0.005
_TAKEN = (ERR_NICKNAMEINUSE, ERR_NICKPROTECTED)


@command("PASS", word(), optional(word()), optional(word()), optional(text()), stage=CONNECTED)
def password(call: Call, given: str, *offer: str | None) -> None:
    """PASS <password>: the server's password, where it has one, else <account>:<password> to log in; sent first."""
    pending = _pending(call)
    pending.password = given
    pending.link_offer = tuple(word for word in offer if word is not None)  # of a server: RFC 2813 4.1.1


@command("NICK", word(missing=ERR_NONICKNAMEGIVEN), stage=CONNECTED)
def nick(call: Call, wanted: str) -> None:
    """NICK <nick>: takes a nick, or changes it."""
    network, session = call.network, call.session
    policy.require_legal_nick(network, wanted)
    if session.registration is not None:
        _wait_for_nick(call, wanted)
        _nick_before_registration(call, _pending(call), wanted)
        return
    user = call.user
    if user.nick == wanted:
        return
    if fold(wanted) != user.folded:
        policy.require_other_nick(user)
    since = registration.free_own_nick(network, wanted) if policy.is_own_nick(network, wanted, user.account) else 0
    policy.require_free_nick(network, wanted, user.account, user)
    registration.change_nick(network, user, wanted, since)


def _wait_for_nick(call: Call, wanted: str) -> None:
    """Who leaves one server for another can be here before the word that it has left, which takes some milliseconds for
    each server in between: a nick that is held elsewhere is not refused at once."""
    end = time.monotonic() + NICK_PATIENCE_SECONDS
    holder = call.network.find_user(wanted)
    while holder is not None and holder.server is not None and time.monotonic() < end:
        with call.unlocked():
            time.sleep(_NICK_PAUSE_SECONDS)
        holder = call.network.find_user(wanted)


def _nick_before_registration(call: Call, pending: Registration, wanted: str) -> None:
    """A nick that a login might still entitle to is only decided on when registration completes."""
    network, session = call.network, call.session
    try:
        policy.require_free_nick(network, wanted, pending.account, session)
        registration.reserve_nick(network, session, wanted)
    except Refused as refused:
        is_account = network.find_account(wanted) is not None
        may_log_in = is_account and (pending.is_negotiating or _names_account(call, pending))
        if refused.row not in _TAKEN or not (may_log_in or pending.account):
            raise
        registration.release_nick(network, session)
        pending.nick = wanted
    complete_if_ready(call)


@command("USER", word(), word(), word(), text(), stage=CONNECTED)
def user(call: Call, username: str, host: str, server: str, realname: str) -> None:
    """USER <user name> 0 * :<realname>: says who you are (in lab IRC: USER <nick> <host> <server> :<realname>)."""
    pending = _pending(call)
    pending.realname = cut(realname, REALNAME_BYTES)
    if call.session.codec.dialect.has_whole_identity:
        _register_lab(call, username, host)
        return
    if not realname:
        raise call.too_few_parameters()
    if has_formatting(username) or not username.isprintable() or set(username) & set("!@"):
        registration.expel(call.network, call.session, "Invalid user name")
        return
    pending.username = cut("~" + username, USERNAME_BYTES)
    complete_if_ready(call)


def _pending(call: Call) -> Registration:
    if call.session.registration is None:
        raise Refused(ERR_ALREADYREGISTERED)
    return call.session.registration


def _register_lab(call: Call, wanted: str, host: str) -> None:
    """The whole identity in one line; a nick that cannot be had is a collision (436)."""
    network, session = call.network, call.session
    pending = _pending(call)
    if not _knows_server_password(call, pending):  # lab IRC has no PASS
        return
    _wait_for_nick(call, wanted)
    try:
        policy.require_legal_nick(network, wanted)
        policy.require_free_nick(network, wanted, "", session)
    except Refused as refused:
        if refused.row is ERR_ERRONEUSNICKNAME:
            raise
        holder = network.find_user(wanted)
        origin = f"{holder.username}@{holder.host}" if holder is not None else f"{wanted}@{network.name}"
        raise Refused(ERR_NICKCOLLISION, wanted, origin) from None
    registration.claim_host(network, session, host)
    pending.nick, pending.username = wanted, cut(wanted, USERNAME_BYTES)
    _enter(call, pending)


def complete_if_ready(call: Call) -> None:
    """Completes registration once nick and user name are known and no capability negotiation is open."""
    pending, network = call.session.registration, call.network
    if pending is None or not pending.nick or not pending.username or pending.is_negotiating:
        return
    if not _knows_server_password(call, pending) or not _logs_in_by_password(call, pending):
        return
    if call.session.sasl is not None:
        call.session.sasl = None
        call.reply(ERR_SASLABORTED)
    try:
        _enter(call, pending)
    except Refused:
        registration.release_nick(network, call.session)
        pending.nick = ""
        raise


def _knows_server_password(call: Call, pending: Registration) -> bool:
    """Whether the server has no password, or it was given; if not, the connection is closed with 464."""
    expected = call.network.config.password
    if not expected:
        return True
    with call.unlocked():
        right = passwords.verify_password(expected, pending.password or "")
    if not right:
        call.reply(ERR_PASSWDMISMATCH)
        registration.expel(call.network, call.session, "Password incorrect")
    return right


def _names_account(call: Call, pending: Registration) -> bool:
    """Whether PASS gave `account:password`; on a server with a password it gives that one alone."""
    network, (account, colon, _) = call.network, (pending.password or "").partition(":")
    is_known = bool(network.config.links.accounts) or network.find_account(account) is not None
    return bool(colon) and not network.config.password and is_known


def _logs_in_by_password(call: Call, pending: Registration) -> bool:
    """Logs in by `PASS account:password`, the way of clients without SASL; if that is wrong, or cannot be checked just
    now, closes with 464 and the reason."""
    if pending.account or not _names_account(call, pending):
        return True
    name, _, secret = (pending.password or "").partition(":")
    try:
        account = verified_account(call, name, secret)
    except Refused as refused:  # nobody has said that the password is wrong, so it does not count as a wrong one
        call.reply(ERR_PASSWDMISMATCH)
        registration.expel(call.network, call.session, refused.args_[-1])
        return False
    if account is not None:
        log_in(call, account)
        return True
    refuse_login(call, name, Refused(ERR_PASSWDMISMATCH))
    registration.expel(call.network, call.session, "Password incorrect")
    return False


def _enter(call: Call, pending: Registration) -> None:
    nick, username = pending.nick, pending.username
    account = pending.account
    if account and accounts.proof_of(call.network, account) != pending.proof:  # dropped meanwhile, or another password
        account = pending.account = ""
    if call.network.config.accounts.required and not account:
        call.reply(FAIL_ACCOUNT_REQUIRED)
        registration.expel(call.network, call.session, "Log in to an account first")
        return
    if turned_away(call, username):
        return
    try:
        entering.enter(call.network, call.session, nick, username, pending.realname, account)
    except Refused as refused:
        if refused.row is not FAIL_TLS_REQUIRED:
            raise
        call.refuse(refused)
        registration.expel(call.network, call.session, "Connect by TLS")
        return
    if pending.metadata and call.user.mute is None:
        metadata.adopt(call.network, call.session, pending.metadata)
    _welcome(call)


def _welcome(call: Call) -> None:
    """The burst of RFC 2812 5.1 in the order that clients rely on; lab clients get its first line."""
    network, who, config = call.network, call.user, call.network.config
    is_cloaked = bool(who.cloaked_host) and call.session.codec.dialect.is_modern  # no full mask then (Modern IRC)
    call.reply(RPL_WELCOME, config.network, who.nick if is_cloaked else who.source.prefix)
    if not call.session.codec.dialect.is_modern:
        return
    call.reply(RPL_YOURHOST, network.name, VERSION)
    call.reply(RPL_CREATED, time.strftime("%a %d %b %Y at %H:%M:%S UTC", time.gmtime(network.started_at)))
    with_parameter = "".join(sorted("".join(letters_of(k) for k in Kind if k is not Kind.FLAG)))
    all_modes = "".join(sorted(with_parameter + letters_of(Kind.FLAG)))
    call.reply(RPL_MYINFO, network.name, VERSION, "".join(sorted(USER_MODES)), all_modes, with_parameter)
    offers.send_isupport(network, call.session, offers.isupport_tokens(network))
    send_lusers(call)
    send_own(call)
    send_motd(call)
    if who.modes:
        call.reply(RPL_UMODEIS, who.shown_modes)
    if is_cloaked:
        call.reply(RPL_VISIBLEHOST, who.host)
    send_channel_views(call)


@command("PING", text(), optional(text()), stage=CONNECTED)
def ping(call: Call, token: str, server: str | None = None) -> None:
    """PING <token>: asks for a PONG with the same token."""
    if not token:
        raise Refused(ERR_NOORIGIN)
    call.session.say("PONG", call.network.name, token)


@command(csp_verb="PING", stage=CONNECTED)
def ping_in_json(call: Call) -> None:
    """PING: asks for 101."""
    call.answer(CSP_PONG)


@command("PONG", optional(text()), stage=CONNECTED)
def pong(call: Call, token: str | None = None) -> None:
    """PONG <token>: answers the server's PING."""


@command("QUIT", optional(text("payload")), csp_verb="QUIT", stage=CONNECTED)
def quit_(call: Call, reason: str | None = None) -> None:
    """QUIT [:<text>]: leaves the network."""
    session, dialect = call.session, call.session.codec.dialect
    given = ban_policy.last_words(session.user, reason or "")
    registration.end_session(call.network, session, f"Quit: {given}", given)
    if dialect.has_answers:
        session.push(session.encode(answer(CSP_CLOSING, "Goodbye"), call.request.label))
    session.close(f"Quit: {given}", tell=dialect.confirms_quit)
