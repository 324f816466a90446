"""THE table of IRCv3 capabilities: name, value for CAP LS 302, and what it does.

Owns: which capabilities exist. Must not: act on them. Those that shape or hide an event are read where it is encoded
(`irc.encode_event`, and the `capability` of an event's row); the others in the one function that each is about.
"""

from dataclasses import dataclass

from protocol.limits import (
    METADATA_KEYS,
    METADATA_SUBSCRIPTIONS,
    METADATA_VALUE_BYTES,
    MULTILINE_BYTES,
    MULTILINE_LINES,
)


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
    Capability("draft/account-registration", "REGISTER and VERIFY make accounts"),
    Capability("draft/channel-rename", "tells of a channel's new name, without leaving and joining"),
    Capability(
        "draft/metadata-2",
        "METADATA: what users and channels tell about themselves",
        value=f"before-connect,max-subs={METADATA_SUBSCRIPTIONS},max-keys={METADATA_KEYS},"
        f"max-value-bytes={METADATA_VALUE_BYTES}",
    ),
    Capability(
        "draft/multiline",
        "messages of several lines, sent and delivered as one",
        value=f"max-bytes={MULTILINE_BYTES},max-lines={MULTILINE_LINES}",
    ),
    Capability("draft/extended-isupport", "ISUPPORT, also before registration completes; 005 in a batch"),
    Capability("draft/chathistory", "CHATHISTORY: what was said before"),
    Capability("draft/event-playback", "in history: who came and went, modes, topics and tags too"),
    Capability("draft/message-redaction", "REDACT: takes a message back"),
    Capability("draft/read-marker", "MARKREAD: what has been read, for all connections of an account"),
    Capability("draft/no-implicit-names", "the same as no-implicit-names, for clients that know its older name"),
    Capability("draft/oper-tag", "tags what IRC operators cause"),
    Capability("draft/pre-away", "AWAY before registration completes"),
    Capability("extended-join", "adds account and realname to JOIN"),
    Capability("extended-monitor", "tells the same of whom one monitors, without a shared channel"),
    Capability("invite-notify", "tells members whom somebody invites"),
    Capability("labeled-response", "marks the response to a request with the request's label"),
    Capability("message-tags", "client-only tags, TAGMSG, msgid and bot tags"),
    Capability("multi-prefix", "shows all of a member's prefixes in NAMES, WHO and WHOIS"),
    Capability("no-implicit-names", "sends no NAMES after a JOIN"),
    Capability("sasl", "logs in to an account, before registration completes or later"),
    Capability("server-time", "tags every line with the time"),
    Capability("setname", "tells when somebody's realname changes"),
    Capability("standard-replies", "FAIL, WARN and NOTE"),
    Capability("sts", "strict transport security: clients come back by TLS only; never requested"),
    Capability("userhost-in-names", "shows nick!user@host in NAMES"),
)
TABLE = {row.name: row for row in _ROWS}
IMPLIED_BY_302 = "cap-notify"
STRICT_TRANSPORT = "sts"  # never requested, never withdrawn
