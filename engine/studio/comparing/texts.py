"""Files as lines: what went out and came in, with a little around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.studio.comparing.model import Change, Difference, Kind, Line, Words
from engine.studio.comparing.sequences import pieces

#: Lines that are the same and shown around what is not.
_AROUND: Final = 3
#: So many lines of a file are shown at most.
_MOST: Final = 4000


def lines_between(before: str, after: str) -> tuple[Line, ...]:
    """The lines of both, with a gap in place of what is far from every difference; empty: they are the same."""
    if before == after:
        return ()
    was, now = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for what, i, i2, j, j2 in pieces(was, now):
        if what == "out":
            found += [Line("out", was[n], before=n + 1) for n in range(i, i2)]
        elif what == "in":
            found += [Line("in", now[n], after=n + 1) for n in range(j, j2)]
        else:
            found += _same(now, (i, j, j2), first=not found, last=j2 == len(now) and i2 == len(was))
    if len(found) > _MOST:
        found = [*found[:_MOST], Line("gap", "", left_out=len(found) - _MOST)]
    return tuple(found)


def _same(now: list[str], of: tuple[int, int, int], *, first: bool, last: bool) -> Iterator[Line]:
    i, j, j2 = of
    head, tail = 0 if first else _AROUND, 0 if last else _AROUND
    short = j2 - j <= head + tail + 1 and not (first and last)
    shown = [(j, j2)] if short else [(j, j + head), (j2 - tail, j2)]
    place = j
    for start, end in shown:
        if start > place:
            yield Line("gap", "", left_out=start - place)
        yield from (Line("same", now[n], before=i + n - j + 1, after=n + 1) for n in range(start, end))
        place = end
    if place < j2:
        yield Line("gap", "", left_out=j2 - place)


def compare_texts(before: str, after: str, noun: Words) -> list[Difference]:
    """One difference for a text that is not as it was."""
    if before == after:
        return []
    change = Change(what=Words("正文", "Text"), before=before, after=after)
    return [Difference(kind=Kind.CHANGED, id="", noun=noun, name="", changes=(change,))]
