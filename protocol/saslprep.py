"""Passwords as all sides must see them: SASLprep (RFC 4013), so that "é" typed on two keyboards is one password.

Owns: this preparation. Must not: keep, check or show a password.
"""

import stringprep
import unicodedata


def prepared(plain: str) -> bytes:
    """`plain` after SASLprep, in UTF-8; as it is when it holds what SASLprep prohibits."""
    if plain.isascii():
        return plain.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in plain if not stringprep.in_table_b1(char)
    )
    text = unicodedata.normalize("NFKC", mapped)
    if not text or any(_is_prohibited(char) for char in text):
        return plain.encode("utf-8", "surrogatepass")
    return text.encode("utf-8", "surrogatepass")


def _is_prohibited(char: str) -> bool:
    """RFC 4013 2.3, without unassigned code points and the rules for right-to-left text: refusing gains nothing."""
    return (
        stringprep.in_table_c21_c22(char)
        or stringprep.in_table_c3(char)
        or stringprep.in_table_c4(char)
        or stringprep.in_table_c5(char)
        or stringprep.in_table_c6(char)
        or stringprep.in_table_c7(char)
        or stringprep.in_table_c8(char)
        or stringprep.in_table_c9(char)
    )
