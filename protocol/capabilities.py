"""THE table of IRCv3 capabilities: name, value for CAP LS 302, and what it does.

Owns: which capabilities exist. Must not: act on them. Those that shape or hide an event are read where it is encoded
(`irc.encode_event`, and the `capability` of an event's row); the others in the one function that each is about.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capability:
    """A row. `value` is shown in LS and NEW to clients of version 302; `does` is its line in the documentation."""

    name: str
    does: str
    value: str = ""


_ROWS = (
    Capability("account-notify", "tells when somebody in a shared channel logs in or out"),
    Capability("account-tag", "tags what logged-in users send with their account"),
    Capability("away-notify", "tells when somebody in a shared channel goes away or comes back"),
    Capability("batch", "groups lines that belong together"),
    Capability("cap-notify", "tells when capabilities come and go; always on for version 302"),
    Capability("chghost", "tells when somebody's user name or host changes"),
    Capability("echo-message", "sends one's own messages back as they were delivered"),
    Capability("extended-join", "adds account and realname to JOIN"),
    Capability("invite-notify", "tells members whom somebody invites"),
    Capability("labeled-response", "marks the response to a request with the request's label"),
    Capability("message-tags", "client-only tags, TAGMSG, msgid and bot tags"),
    Capability("multi-prefix", "shows all of a member's prefixes in NAMES, WHO and WHOIS"),
    Capability("sasl", "logs in before registration completes", value="PLAIN"),
    Capability("server-time", "tags every line with the time"),
    Capability("setname", "tells when somebody's realname changes"),
    Capability("standard-replies", "FAIL, WARN and NOTE"),
    Capability("userhost-in-names", "shows nick!user@host in NAMES"),
)
TABLE = {row.name: row for row in _ROWS}
IMPLIED_BY_302 = "cap-notify"
STRICT_TRANSPORT = "sts"  # never requested, never withdrawn
