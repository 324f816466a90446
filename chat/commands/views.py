"""Pieces of replies that several commands give: topic, names, a channel as its newcomers see it.

Owns: their wording and splitting over lines. Must not: define a command.
"""

from chat.commands.call import Call
from chat.state import policy
from chat.state.channel import Channel, Membership
from protocol import events
from protocol.limits import IRC_LINE_BYTES
from protocol.names import packed
from protocol.replies import RPL_ENDOFNAMES, RPL_NAMREPLY, RPL_NOTOPIC, RPL_TOPIC, RPL_TOPICWHOTIME


def room_beside(call: Call, *words: str) -> int:
    """Bytes for the text of a numeric reply that has `words` before it."""
    middle = " ".join((call.session.server_name, "000", call.session.nick, *words))
    return IRC_LINE_BYTES - len(f":{middle} :\r\n".encode())


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
    """Whom NAMES and WHO of the channel show to the asker: +i users only to fellow members."""
    viewer = call.session.user
    if viewer in channel.members:
        return list(channel.members.values())
    return [m for m in channel.members.values() if policy.may_see_user(call.network, viewer, m.user)]


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
    for channel in list(user.memberships):
        if channel in user.memberships:  # not left while the session was slow to take the others
            session.groups.add(channel.folded)
            session.send(call.network.event(events.JOIN, user.source, channel.name, "", user.realname))
            send_join_replies(call, channel)


def show_to_other_sessions(call: Call, channel: Channel) -> None:
    """The asker has joined: its other sessions, which saw the JOIN, get what follows one in their own dialect."""
    for session in call.user.sessions:
        if session is not call.session:
            send_join_replies(call.on_behalf_of(session), channel)


def send_join_replies(call: Call, channel: Channel) -> None:
    """What follows one's own JOIN. Lab clients always get the topic (331 too) and never names."""
    dialect = call.session.codec.dialect
    if channel.topic.text or not dialect.sends_names_on_join:
        send_topic(call, channel)
    if dialect.sends_names_on_join:
        send_names(call, channel)
