"""The [[operator]] and [[class]] blocks of the configuration. Owns: what a class allows, and the checks of both that a
schema cannot express. Must not: decide who becomes an operator (`chat.state.operators`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chat.storage import checking, passwords
from chat.storage.settings import OperatorBlock
from protocol import notices
from protocol.addresses import is_user_host
from protocol.names import fold
from protocol.privileges import PRIVILEGES

Document = Mapping[str, Any]


def blocks_from(document: Document) -> tuple[OperatorBlock, ...]:
    """The operators of a document without problems."""
    classes = {row["name"]: row for row in document.get("class", ())}
    return tuple(_block(entry, classes) for entry in document.get("operator", ()))


def _block(entry: Document, classes: Mapping[str, Document]) -> OperatorBlock:
    name = entry.get("class", "")
    return OperatorBlock(
        name=entry["name"],
        password=entry["password"],
        class_name=name,
        privileges=_privileges(name, classes) if name else frozenset(PRIVILEGES),
        hosts=tuple(entry.get("hosts", ())),
        certificate=entry.get("certificate", "").replace(":", "").lower(),
        tls_only=entry.get("tls_only", False),
        notices=frozenset(entry.get("notices", notices.DEFAULT)),
    )


def _privileges(name: str, classes: Mapping[str, Document]) -> frozenset[str]:
    """What a class allows, with what it inherits."""
    own = frozenset(classes[name].get("privileges", ()))
    parent = classes[name].get("inherits", "")
    return own | _privileges(parent, classes) if parent else own


# --- what is wrong -------------------------------------------------------------------------------------------------


def problem(document: Document) -> checking.Problem | None:
    """What is wrong with the operators and classes of a document that the schema holds for."""
    return _class_problem(document.get("class", ())) or _operator_problem(document)


def _class_problem(classes: Sequence[Document]) -> checking.Problem | None:
    names = [row["name"] for row in classes]
    parents = {row["name"]: row.get("inherits", "") for row in classes}
    for index, row in enumerate(classes):
        place = f"class[{index}]"
        if row["name"] in names[:index]:
            return checking.Problem(f"{place}.name", f'the class "{row["name"]}" is there twice')
        for position, privilege in enumerate(row.get("privileges", ())):
            if privilege not in PRIVILEGES:
                hint = checking.nearest_key(privilege, list(PRIVILEGES))
                return checking.Problem(f"{place}.privileges[{position}]", f'unknown privilege "{privilege}"; {hint}')
        found = _unknown_class(f"{place}.inherits", parents[row["name"]], names)
        if found is not None:
            return found
    for index, name in enumerate(names):
        if _goes_in_circles(name, parents):
            return checking.Problem(f"class[{index}].inherits", f'the class "{name}" inherits from itself')
    return None


def _unknown_class(place: str, name: str, known: Sequence[str]) -> checking.Problem | None:
    if not name or name in known:
        return None
    hint = checking.nearest_key(name, known) if known else "there is no [[class]] at all"
    return checking.Problem(place, f'unknown class "{name}"; {hint}')


def _goes_in_circles(name: str, parents: Mapping[str, str]) -> bool:
    seen, current = {name}, parents[name]
    while current and current not in seen:
        seen.add(current)
        current = parents[current]
    return current == name


def _operator_problem(document: Document) -> checking.Problem | None:
    classes = [row["name"] for row in document.get("class", ())]
    seen: set[str] = set()
    for index, entry in enumerate(document.get("operator", ())):
        place, name = f"operator[{index}]", entry["name"]
        if fold(name) in seen:
            return checking.Problem(f"{place}.name", f'the operator "{name}" is there twice')
        seen.add(fold(name))
        found = (
            password_problem(f"{place}.password", entry["password"])
            or _unknown_class(f"{place}.class", entry.get("class", ""), classes)
            or _host_problem(f"{place}.hosts", entry.get("hosts", ()))
            or _notice_problem(f"{place}.notices", entry.get("notices", ""))
        )
        if found is not None:
            return found
    return None


def password_problem(place: str, password: str) -> checking.Problem | None:
    """What is wrong with a password that may be a hash."""
    if passwords.looks_like_hash(password) and not passwords.is_hash(password):
        return checking.Problem(place, "starts like an argon2 hash but is not a whole one")
    return None


def _host_problem(place: str, hosts: Sequence[str]) -> checking.Problem | None:
    for position, mask in enumerate(hosts):
        if not is_user_host(mask):
            return checking.Problem(f"{place}[{position}]", f'"{mask}" is no mask like *@10.0.0.0/8 or wren@*.example')
    return None


def _notice_problem(place: str, letters: str) -> checking.Problem | None:
    unknown = sorted(set(letters) - set(notices.SUBJECTS))
    if not unknown:
        return None
    known = ", ".join(f"{row.letter} ({row.title})" for row in notices.SUBJECTS.values())
    return checking.Problem(place, f'there are no notices "{unknown[0]}"; known here: {known}')
