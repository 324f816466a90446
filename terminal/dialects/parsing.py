"""The line of IRC that is looked at just now, taken apart once.

Owns: that the log of the wire, the exchanges and the dialect share the work. Must not: know any command.
"""

from functools import lru_cache

from protocol.message import Message, parse_message


@lru_cache(maxsize=4)
def parsed(line: str) -> Message:
    """As `parse_message` has it. Several hold the same value: its tags and parameters are not to be changed."""
    return parse_message(line)
