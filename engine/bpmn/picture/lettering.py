"""Breaks and writes the names in a picture: Chinese may break anywhere but before a closing mark, words at spaces."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from engine.bpmn.lint.layout.geometry import Box
from engine.bpmn.picture.pen import INK, element, escaped

FAMILY: Final = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif"
#: Size in px of what is written inside of shapes, and beside them.
INSIDE, BESIDE = 12, 11
LINE: Final = 1.2
#: The narrowest box in which a label beside a shape is broken.
BESIDE_WIDTH: Final = 90

#: Never first on a line, never last on one.
_NOT_FIRST: Final = frozenset("、,。;:?!)》」』】”’…,.;:?!)]}%")
_NOT_LAST: Final = frozenset("(《「『【“‘([{¥")
_WORD: Final = re.compile(r"\s+|[!-~\u00a0-\u024f]+|.", re.DOTALL)
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] ")


def width(text: str, size: float) -> float:
    """Width of a line in px, on the safe side: wide letters are as wide as the font is high."""
    return sum(_share(letter) for letter in text) * size


def _share(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WFA":
        return 1
    if letter in _NARROW:
        return 0.36
    return 0.72 if letter.isupper() or letter in "mwMW@%" else 0.6


def broken(text: str, room: float, size: float) -> list[str]:
    """The lines of a text in so much room; a word that is too long is cut."""
    return [line for part in text.strip().splitlines() or [""] for line in _broken(part, room, size)]


def balanced(text: str, room: float, size: float) -> list[str]:
    """As many lines as ``broken`` gives, but of like length, so that no letter stands alone on the last."""
    lines = broken(text, room, size)
    narrow = room - size / 2
    widest = max((width(piece.strip(), size) for piece in _pieces(text, room, size)), default=0)
    while len(lines) > 1 and narrow > max(widest, room / 2):
        closer = broken(text, narrow, size)
        if len(closer) > len(lines) or any(width(line, size) > narrow for line in closer):
            break
        lines, narrow = closer, narrow - size / 2
    return lines


def _broken(text: str, room: float, size: float) -> list[str]:
    lines, line = [], ""
    for piece in _pieces(text, room, size):
        if line and width((line + piece).rstrip(), size) > room:
            carried = _carried(line, piece)
            lines.append(line[: len(line) - len(carried)].rstrip())
            line = carried + piece.lstrip()
        else:
            line += piece
    return [one for one in [*lines, line.rstrip()] if one] or [""]


def _pieces(text: str, room: float, size: float) -> list[str]:
    """What may not be broken; longer words than the room in parts that fit."""
    found = []
    for word in _WORD.findall(text):
        rest = word
        while len(rest) > 1 and width(rest, size) > room:
            fits = next((n for n in range(len(rest) - 1, 1, -1) if width(rest[:n], size) <= room), 1)
            found.append(rest[:fits])
            rest = rest[fits:]
        found.append(rest)
    return found


def _carried(line: str, piece: str) -> str:
    """Letters that go to the next line with the piece: an opening mark, or the letter before a closing one."""
    carried = ""
    while len(line) - len(carried) > 1:
        last = line[len(line) - len(carried) - 1]
        head = (carried + piece.lstrip())[:1]
        if last.isspace() or not (last in _NOT_LAST or head in _NOT_FIRST):
            break
        carried = last + carried
    return carried


def fitted(text: str, box: Box, size: float, padding: float) -> list[str]:
    """The lines that have room in a box; the last ends with … where there are more."""
    lines = balanced(text, box.width - 2 * padding, size)
    most = max(1, int((box.height - padding) // (size * LINE)))
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _shortened(lines[most - 1], box.width - 2 * padding, size)]


def _shortened(line: str, room: float, size: float) -> str:
    while line and width(line + "…", size) > room:
        line = line[:-1]
    return line + "…"


def written(
    lines: list[str],
    x: float,
    top: float,
    *,
    size: float,
    anchor: str = "middle",
    turned: tuple[float, float] | None = None,
    label_of: str | None = None,
    fill: str = INK,
) -> str:
    """A text of several lines; ``top`` is where the first line begins, ``turned`` the point it is turned round."""
    first = top + size * (LINE + 0.7) / 2
    spans = "".join(
        element("tspan", escaped(line), x=x, y=first + place * size * LINE) for place, line in enumerate(lines)
    )
    turn = None if turned is None else f"rotate(-90 {turned[0]:.2f} {turned[1]:.2f})"
    return element(
        "text", spans, data_label_of=label_of, font_size=size, text_anchor=anchor, fill=fill, transform=turn
    )  # fmt: skip


def centred(text: str, box: Box, *, size: float = INSIDE, padding: float = 5, label_of: str | None = None) -> str:
    """A name in the middle of its shape."""
    lines = fitted(text, box, size, padding)
    top = box.y + (box.height - len(lines) * size * LINE) / 2
    return written(lines, box.centre[0], top, size=size, label_of=label_of)


def at_top(text: str, box: Box, *, label_of: str | None = None) -> str:
    """A name at the upper edge of its shape: expanded sub-processes."""
    return written(fitted(text, box, INSIDE, 7), box.centre[0], box.y + 7, size=INSIDE, label_of=label_of)


def upright(text: str, box: Box, *, label_of: str | None = None) -> str:
    """A name that runs from below to above in a strip: pools and lanes."""
    lying = Box(0, 0, box.height, box.width)
    lines = fitted(text, lying, INSIDE, 5)
    x, y = box.centre
    top = y - len(lines) * INSIDE * LINE / 2
    return written(lines, x, top, size=INSIDE, turned=(x, y), label_of=label_of)


def beside(text: str, box: Box, *, label_of: str) -> str:
    """A name at the bounds of its label, centred below their upper edge."""
    lines = balanced(text, max(box.width, BESIDE_WIDTH), BESIDE)
    return written(lines, box.centre[0], box.y, size=BESIDE, label_of=label_of)
