"""Pieces of replies that several commands give: topic, names, a channel as its newcomers see it.

Owns: their wording and splitting over lines. Must not: define a command.
"""

from chat.commands.call import Call
from chat.commands.history_views import play_back, prepare_markers, send_marker
from chat.state import metadata, policy
from chat.state.channel import Channel, Membership
from chat.state.servers import Place
from chat.state.session import Session
from chat.state.user import User
from protocol import events
from protocol.limits import IRC_LINE_BYTES
from protocol.names import packed
from protocol.replies import RPL_ENDOFNAMES, RPL_NAMREPLY, RPL_NOTOPIC, RPL_TOPIC, RPL_TOPICWHOTIME

_WITHOUT_NAMES = frozenset({"no-implicit-names", "draft/no-implicit-names"})


def room_beside(call: Call, *words: str) -> int:
    """Bytes for the text of a numeric reply that has `words` before it."""
    middle = " ".join((call.session.server_name, "000", call.session.nick, *words))
    return IRC_LINE_BYTES - len(f":{middle} :\r\n".encode())


def place_of(call: Call, user: User) -> Place:
    """The server that a user is on, as WHO and WHOIS show it."""
    if user.server is not None:
        return user.server.place
    return Place(call.network.name, call.network.config.info, 0)


def send_topic(call: Call, channel: Channel) -> None:
    """331, or 332 with 333."""
    topic = channel.topic
    if not topic.text:
        call.reply(RPL_NOTOPIC, channel.name)
        return
    call.reply(RPL_TOPIC, channel.name, topic.text)
    if call.session.codec.dialect.shows_ranks:
        call.reply(RPL_TOPICWHOTIME, channel.name, topic.setter or call.network.name, int(topic.time))


def visible_members(call: Call, channel: Channel) -> list[Membership]:
    """Whom NAMES and WHO of the channel show to the asker: +i users only to fellow members, and in an auditorium those
    without a rank only to themselves and to half-operators and above."""
    viewer = call.session.user
    members = list(channel.members.values())
    if viewer not in channel.members:
        members = [m for m in members if policy.may_see_user(call.network, viewer, m.user)]
    return [m for m in members if policy.may_see_member(viewer, m)] if channel.is_auditorium else members


def send_names(call: Call, channel: Channel, with_end: bool = True) -> None:
    """353 lines and 366."""
    if policy.may_see_channel(call.session.user, channel):
        shown = visible_members(call, channel)
        names = (name_of(call, member) for member in shown if member.user in channel.members)  # somebody may leave
        symbol = "@" if "s" in channel.modes else "="
        for text in packed(names, " ", room_beside(call, symbol, channel.name)):
            call.reply(RPL_NAMREPLY, symbol, channel.name, text)
    if with_end:
        call.reply(RPL_ENDOFNAMES, channel.name)


def name_of(call: Call, membership: Membership) -> str:
    """A member as NAMES shows it to the asker. Lab clients know no prefixes."""
    session, user = call.session, membership.user
    if not session.codec.dialect.shows_ranks:
        return user.nick
    name = user.source.prefix if "userhost-in-names" in session.capabilities else user.nick
    return membership.prefix("multi-prefix" in session.capabilities) + name


def send_channel_views(call: Call) -> None:
    """What a session that finds itself in channels, without a JOIN of its own, is sent: its JOIN, topic and names for
    each. It counts as having joined them."""
    user, session = call.user, call.session
    prepare_markers(call)
    for channel in list(user.memberships):
        if channel in user.memberships:  # not left while the session was slow to take the others
            session.groups.add(channel.folded)
            session.send(call.network.event(events.JOIN, user.source, channel.name, "", user.realname))
            send_join_replies(call, channel)
            play_back(call, channel, [session])


def show_renamed(call: Call, channel: Channel, sessions: list[Session]) -> None:
    """Sessions that saw themselves join a channel because it has another name get what follows a JOIN."""
    for session in sessions:
        send_join_replies(call if session is call.session else call.on_behalf_of(session), channel)


def show_to_other_sessions(call: Call, channel: Channel) -> None:
    """The asker has joined: its other sessions, which saw the JOIN, get what follows one in their own dialect."""
    prepare_markers(call)
    for session in call.user.sessions:
        if session is not call.session:
            send_join_replies(call.on_behalf_of(session), channel)


def send_join_replies(call: Call, channel: Channel) -> None:
    """What follows one's own JOIN. Lab clients always get the topic (331 too) and never names."""
    dialect = call.session.codec.dialect
    if channel.topic.text or not dialect.sends_names_on_join:
        send_topic(call, channel)
    send_marker(call, channel)
    if dialect.sends_names_on_join and not call.session.capabilities & _WITHOUT_NAMES:
        send_names(call, channel)
    if call.session.subscriptions:
        metadata.send_current(call.network, call.session, channel, call.session.subscriptions)
