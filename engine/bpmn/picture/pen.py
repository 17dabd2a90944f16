"""Writes SVG elements as text: every name and number goes through here, so that nothing in a file can break out."""

from __future__ import annotations

import re
from typing import Final

#: What XML 1.0 allows in a text; everything else is dropped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})

INK: Final = "#22211f"
PAPER: Final = "#ffffff"


def escaped(text: str) -> str:
    """A text that is harmless between tags and between quotation marks."""
    return _FORBIDDEN.sub("", text).translate(_ESCAPES)


def number(value: float) -> str:
    """A coordinate with at most two digits behind the point: 12, 12.5."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(tag: str, inside: str = "", /, **attributes: str | float | None) -> str:
    """An element; ``stroke_width`` becomes stroke-width, None leaves an attribute out, text is escaped.

    Args:
        tag: its name.
        inside: what stands within, SVG already.
        attributes: texts and numbers.
    """
    given = "".join(
        f' {name.strip("_").replace("_", "-")}="{escaped(value) if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{given}>{inside}</{tag}>" if inside else f"<{tag}{given}/>"


def path(d: str, *, fill: str = "none", stroke: str = INK, width: float = 1, dash: str | None = None) -> str:
    """A path; the caller has written its numbers with ``number``."""
    dashed = {} if dash is None else {"stroke_dasharray": dash}
    return element("path", d=d, fill=fill, stroke=stroke, stroke_width=width, stroke_linejoin="round", **dashed)


def circle(
    x: float, y: float, r: float, *, fill: str = "none", stroke: str = INK, width: float = 1, dash: str | None = None
) -> str:
    """A circle by its centre."""
    return element("circle", cx=x, cy=y, r=r, fill=fill, stroke=stroke, stroke_width=width, stroke_dasharray=dash)


def line(points: list[tuple[float, float]], *, closed: bool = False) -> str:
    """The path data of straight pieces through the points."""
    d = " L ".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M {d}{' Z' if closed else ''}"
