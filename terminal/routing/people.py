"""What becomes of people: who comes, goes, has another nick, account or rank, is away.

Owns: these events, and the members of windows. Must not: know what a server writes.
"""

from dataclasses import replace

from terminal import wording
from terminal.events import AccountIs, AwayIs, Invited, Joined, Left, Members, Ranked, Renamed
from terminal.model.window import Member, Window
from terminal.routing.base import Handlers, Routing

MOST_ENTERED = 1_000  # windows of one server; one may be put on channels without having asked


def _joined(router: Routing, event: Joined) -> None:
    session, host = router.session, router.host
    is_entry = event.own and not event.history
    if is_entry and session.leaving.is_closed(event.channel):
        return
    if is_entry and router.known(event.channel) is None and len(router.windows()) >= MOST_ENTERED:
        router.say(None, "problem", f"The server has put us on {event.channel} too; there are too many windows for it.")
        return
    known = router.known(event.channel) or session.window
    window = host.window("channel", session.name, event.channel) if is_entry else known
    if is_entry:
        window.joined, window.modes = True, None
        session.wanted.add(event.channel)
        if router.to_show.pop(event.channel, False) or not host.interactive:
            host.windows.show(window)
    if not event.history and window.kind == "channel":
        account = "" if event.account == "*" else event.account
        window.enter(router.fold(event.nick), Member(event.nick, account=account))
    if not router.ignored(event.nick):
        text = wording.joined(event, event.nick)
        router.say(window, "join", text, source=event.nick, own=event.own, history=event.history)
    if is_entry:
        session.history.ask(window)


def _left(router: Routing, event: Left) -> None:
    folded = router.fold(event.nick)
    line = router.line(
        "kick" if event.how in ("kicked", "banned") else "part" if event.how == "left" else "quit",
        wording.left(event),
        source=event.nick,
        own=event.own,
        history=event.history,
    )
    unseen = line.is_noise and router.ignored(event.nick)
    for window in _places(router, event, folded):
        if not unseen:
            router.put(window, line)
        if event.history:
            continue
        window.types(event.nick, None)
        window.leave(folded)
        if event.own and window.kind == "channel":
            window.joined = False
            window.set_members(())
    if event.own and event.how == "kicked" and not event.history:
        router.session.rejoining.kicked(event.channel)
    if event.own and event.channel and not event.history:  # a QUIT of ours is a connection that ends, by whomever
        router.session.wanted.drop(event.channel)
        router.session.leaving.left(event.channel)


def _places(router: Routing, event: Left, folded: str) -> list[Window]:
    """The windows where somebody is missed: one channel, or all where they were, private talks too."""
    channel = event.channel or (router.step.told_again if event.history else "")
    if channel:
        return [router.known(channel) or router.session.window]
    found = [window for window in router.windows() if folded in window.members]
    private = router.known(event.nick)
    return [*found, private] if private is not None and private not in found else found or [router.session.window]


def _renamed(router: Routing, event: Renamed) -> None:
    line = router.line("nick", wording.renamed(event), source=event.old, own=event.own, history=event.history)
    if event.history:
        router.put(router.known(router.step.told_again) or router.session.window, line)
        return
    old, new = router.fold(event.old), router.fold(event.new)
    told = False
    for window in router.windows():
        is_talk = window.kind == "private" and router.fold(window.name) == old
        if window.rename(old, new, event.new) or is_talk:
            told = True
            router.put(window, line)
        if is_talk and router.known(event.new) in (None, window):
            router.host.windows.rename(window, event.new)
    if event.own or not told:
        router.put(router.session.window, line)
    if event.own:
        router.session.renaming.given(event.new)


def _members(router: Routing, event: Members) -> None:
    window = router.known(event.channel)
    if window is not None and window.kind == "channel":
        window.rank_signs = router.session.dialect.rank_signs
        window.set_members((router.fold(person.nick), Member(person.nick, person.ranks)) for person in event.people)
    if router.asked_names.pop(event.channel, False) or not router.host.interactive or window is None:
        shown = " ".join(person.ranks + person.nick for person in event.people) or "nobody that you may see"
        router.say(window or router.near(event.channel), "members", f"members: {shown}")


def _ranked(router: Routing, event: Ranked) -> None:
    window = router.known(event.channel)
    if window is not None:
        window.rank_signs = router.session.dialect.rank_signs
        window.rank(router.fold(event.nick), event.sign, event.given)


def _away(router: Routing, event: AwayIs) -> None:
    folded = router.fold(event.nick)
    if event.own:
        if event.text != router.away:
            text = "You are away now." if event.text is not None else "You are back."
            router.say(router.near(""), "info", text)
        router.away = router.away_wanted = event.text
    for window in router.windows():
        changed = window.change(folded, lambda member: replace(member, away=event.text is not None))
        is_about = changed or router.known(event.nick) is window
        if is_about and event.news and not event.own and not router.ignored(event.nick):
            router.say(window, "away", wording.away(event.text), source=event.nick)
    router.host.session_changed()


def _account(router: Routing, event: AccountIs) -> None:
    name = "" if event.account == "*" else event.account
    if router.session.dialect.is_own(event.nick):
        router.session.account = name
    for window in router.windows():
        changed = window.change(router.fold(event.nick), lambda member: replace(member, account=name))
        if changed and event.news and not router.ignored(event.nick):
            router.say(window, "account", wording.account(event.account), source=event.nick)


def _invited(router: Routing, event: Invited) -> None:
    if event.own and router.ignored(event.by):
        return
    window = router.near("" if event.own else event.channel)
    router.say(window, "invite", wording.invited(event), source=event.by, mention=event.own)


HANDLERS: Handlers = {
    Joined: _joined, Left: _left, Renamed: _renamed, Members: _members, Ranked: _ranked, AwayIs: _away,
    AccountIs: _account, Invited: _invited,
}  # fmt: skip
