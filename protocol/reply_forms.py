"""How a row of the reply table is made of a template, and filled in.

A template is written as the standards write it: `<channel> <nick> :free text`; `<modes...>` may hold several words.
Arguments are given in the order in which the names first appear.
Owns: that form. Must not: hold a reply (`protocol.replies` does).
"""

import re
from dataclasses import replace

from protocol.names import group_of_channel
from protocol.values import Answer, AnswerRow, Reply, ReplyForm, ReplyRow

_STANDARD_REPLIES = ("FAIL", "WARN", "NOTE")
# The codes of standard replies that a specification defines: whoever uses that feature understands them (IRCv3).
_SPECIFIED = re.compile(
    "ACCOUNT_(EXISTS|NAME_MUST_BE_NICK|REQUIRED)|ALREADY_AUTHENTICATED|BAD_ACCOUNT_NAME|CANNOT_(CHANGE_REALNAME|RENAME)"
    "|CHANNEL_(NAME_IN_USE|RENAMED)|COMPLETE_CONNECTION_REQUIRED|INTERNAL_ERROR|INVALID_(CODE|EMAIL|MSGREFTYPE|PARAMS"
    "|REALNAME|REFTAG|TARGET|UTF8)|KEY_(INVALID|NOT_SET|NO_PERMISSION)|LIMIT_REACHED|MESSAGE_ERROR|MULTILINE_(INVALID"
    "|INVALID_TARGET|MAX_BYTES|MAX_LINES)|NEED_(MORE_PARAMS|NICK)|RATE_LIMITED|REDACT_(FORBIDDEN|WINDOW_EXPIRED)"
    "|SUBCOMMAND_INVALID|TEMPORARILY_UNAVAILABLE|TIMEOUT|TOO_MANY_SUBS|UNACCEPTABLE_(EMAIL|PASSWORD)"
    "|UNKNOWN_(MSGID|TYPE)|VALUE_INVALID|WEAK_PASSWORD"
)
_FIELD = re.compile(r"<(\w+)(\.\.\.)?>")  # `...`: several words, vouched for by the caller
_LATE_ERRORS = ("696", "712", "713", "714", "723", "734", "902", "904", "905", "906", "907")


def _form(template: str, fields: tuple[str, ...]) -> ReplyForm:
    head = template.partition(":")[0]
    names = [name for name, _ in _FIELD.findall(template)]
    middles = tuple(place for place, (_, words) in enumerate(_FIELD.findall(head)) if not words)
    return ReplyForm(_FIELD.sub("%s", template.replace("%", "%%")), tuple(map(fields.index, names)), middles)


def reply_row(
    code: str,
    template: str,
    lab: str | None = None,
    csp: str | None = None,
    csp_code: str = "320",
    general: bool = False,
) -> ReplyRow:
    """A row from its template, without its name; `lab` and `csp` are templates of their own, `csp_code` and `general`
    say under which code CSP carries it (see ReplyRow)."""
    fields = tuple(dict.fromkeys(name for name, _ in _FIELD.findall(template)))
    trailing = template.partition(":")[2]
    forms = (_form(template, fields), _form(lab if lab is not None else template, fields))
    is_error = code == "FAIL" or (code.isdigit() and ("400" <= code < "600" or code in _LATE_ERRORS))
    payload = replace(_form(csp if csp is not None else trailing, fields), middles=())  # JSON takes any text
    is_own = code in _STANDARD_REPLIES and not _SPECIFIED.fullmatch(template.split(" ")[1])
    return ReplyRow("", code, fields, *forms, payload, csp_code, general, is_error, is_own)


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
