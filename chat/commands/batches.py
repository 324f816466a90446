"""BATCH from a client: messages of several lines (IRCv3 client-batch, multiline).

Owns: its grammar, and when such a message is answered. Must not: keep the lines (`chat.state.client_batches` does), or
know where a message goes (`chat.commands.messages` does).
"""

from chat.commands.call import Call
from chat.commands.gate import respond
from chat.commands.messages import send_lines
from chat.commands.registry import command, optional, word
from chat.state.client_batches import ClientBatch, ClientBatches
from protocol import events
from protocol.multiline import CAPABILITY
from protocol.replies import FAIL_INVALID_REFTAG
from protocol.values import BatchLine, Refused


@command("BATCH", word("reference"), optional(word("type")), optional(word("target")), capability=CAPABILITY)
def batch(call: Call, reference: str | BatchLine, kind: str | None, target: str | None) -> None:
    """BATCH +<reference> draft/multiline <target>: starts a message of several lines. The lines follow, each a PRIVMSG
    or NOTICE with the tag batch=<reference>; BATCH -<reference> sends it."""
    if call.session.batches is None:
        call.session.batches = ClientBatches()
    batches = call.session.batches
    if isinstance(reference, BatchLine):
        _keep(call, batches, reference)
    elif reference[0] == "+":
        _start(call, batches, reference[1:], kind, target or "")
    elif reference[0] == "-":
        found = batches.end(reference[1:])
        if found is not None:
            respond(call, found.start, found.verb or "BATCH", lambda: _send(call, found))
    else:
        raise Refused(FAIL_INVALID_REFTAG, reference, "A batch starts with a plus and ends with a minus")


def _start(call: Call, batches: ClientBatches, reference: str, kind: str | None, target: str) -> None:
    if kind is None:
        raise call.too_few_parameters()
    before = batches.open
    try:
        batches.start(reference, kind, target, call.request)
    except Refused as refused:
        if before is not None and before.start.label is not None and batches.open is None:
            _fail(call, before, refused)
        raise
    call.request = call.request._replace(label=None)  # answered when the message is whole


def _keep(call: Call, batches: ClientBatches, line: BatchLine) -> None:
    found = batches.find(line.reference)
    if found is None:
        return
    try:
        found.add(line)
    except Refused as refused:
        batches.drop()
        _fail(call, found, refused)


def _fail(call: Call, dropped: ClientBatch, why: Refused) -> None:
    """Tells once, as the response to its start, why a batch was dropped."""
    respond(call, dropped.start, "BATCH", lambda: call.refuse(why))


def _send(call: Call, whole: ClientBatch) -> None:
    whole.require_whole()
    send_lines(call, events.TABLE[whole.verb], whole.target, whole.lines)
