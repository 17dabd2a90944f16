"""What a change of a text took out and put in, in pieces that a page can mark."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

#: Longer texts are compared as a whole: the comparison takes time with the square of the length.
_LONGEST = 3000


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """(what, text) in order; what is same, out or in."""
    if max(len(before), len(after)) > _LONGEST:
        whole = [("same", after)] if before == after else [("out", before), ("in", after)]
        return [piece for piece in whole if piece[1]]
    return list(_pieces(before, after))


def _pieces(before: str, after: str) -> Iterator[tuple[str, str]]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", before[i1:i2]
            continue
        if i2 > i1:
            yield "out", before[i1:i2]
        if j2 > j1:
            yield "in", after[j1:j2]
