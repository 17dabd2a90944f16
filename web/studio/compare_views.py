"""What the pages of a comparison print: sides, differences in groups, marks of a picture, previews of forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from engine import formcheck
from engine.bpmn.picture import Compared, sheets
from engine.errors import EngineError
from engine.model import Severity
from engine.studio.comparing import Change, Comparison, Difference, Grid, Kind, Row, compare
from engine.studio.comparing.sequences import pieces
from engine.studio.sides import Side
from web.differences import differences
from web.forms import FormView
from web.i18n import lazy_gettext
from web.preferences import language
from web.wiring import parts

#: What is different → sign and word: never told by a colour alone.
MARKS: Final[Mapping[str, tuple[str, Any]]] = {
    "added": ("+", lazy_gettext("新增")),
    "removed": ("−", lazy_gettext("删除")),
    "changed": ("~", lazy_gettext("改动")),
    "moved": ("⇄", lazy_gettext("移动")),
    "written": ("≈", lazy_gettext("写法")),
}
#: Texts up to so many comparisons of letters are compared letter by letter.
_BY_LETTERS: Final = 40_000
_CLAUSE: Final = re.compile(r"[^\s,。;:、,.;]+[\s,。;:、,.;]*|[\s,。;:、,.;]+")
#: Rules of a table around those that differ; of longer tables the others are left out.
_WHOLE_TABLE: Final = 40
_AROUND: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One resource of a page: both sides and what is different."""

    left: Side
    right: Side
    found: Comparison
    #: Prefix of the ids of this section within its page.
    anchor: str

    @property
    def kind(self) -> str:
        """bpmn, decision, form, template or scenario."""
        return self.found.kind

    @property
    def important(self) -> list[Difference]:
        """What is more than another place."""
        return [one for one in self.found.differences if one.kind is not Kind.MOVED or self.kind != "bpmn"]

    @property
    def moved(self) -> list[Difference]:
        """Of a diagram: what is only drawn otherwise."""
        return [one for one in self.found.differences if one.kind is Kind.MOVED and self.kind == "bpmn"]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many differences of each kind there are."""
        return [(str(kind), count) for kind in Kind if (count := self.found.count(kind))]

    @property
    def drawable(self) -> bool:
        """Whether both sides that are there are diagrams."""
        return self.kind == "bpmn" and not self.found.problems

    @property
    def marks(self) -> dict[str, Any]:
        """What the script of the diagrams needs to know."""
        return {
            "marks": {str(kind): self.found.ids(kind) for kind in Kind if kind is not Kind.WRITTEN},
            "left": self._address(self.left),
            "right": self._address(self.right),
        }

    @staticmethod
    def _address(side: Side) -> str | None:
        if side.content is None:
            return None
        return url_for("studio.compare_side", side=side.spec, hash=side.hash)

    def pictures(self, which: str) -> list[Markup]:
        """A side's diagrams as pictures with marks: the process, then folded sub-processes; none: it draws nothing."""
        side = self.left if which == "left" else self.right
        if side.content is None or not self.drawable:
            return []
        added, removed, changed, moved = (
            frozenset(self.found.ids(kind)) for kind in (Kind.ADDED, Kind.REMOVED, Kind.CHANGED, Kind.MOVED)
        )
        marks = Compared(added=added, removed=removed, changed=changed, moved=moved)
        return [Markup(sheet.svg) for sheet in sheets(side.content, marks)]  # noqa: S704  # the pen has escaped it

    def form(self, which: str) -> FormView | None:
        """A side's form as the desk draws it; None where it has errors."""
        side = self.left if which == "left" else self.right
        if side.content is None or self.kind != "form":
            return None
        return _form(side.content, f"{self.anchor}-{which}")


def section(left: Side, right: Side, anchor: str) -> Section:
    """Compare two sides of one kind."""
    kind = right.kind
    return Section(left=left, right=right, found=compare(kind, left.content, right.content), anchor=anchor)


def _form(content: bytes, prefix: str) -> FormView | None:
    if any(finding.severity is Severity.ERROR for finding in formcheck.check_schema(content, "")):
        return None
    try:
        return FormView(
            formcheck.load(content), context={}, now=parts().clock.now(), lang=language(), prefix=prefix, scripts=True
        )
    except EngineError:
        return None


def halves(change: Change) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pieces of a property before and after, those that differ marked out and in."""
    before, after = change.before, change.after
    if before is None or after is None:
        return [("same", before or "")], [("same", after or "")]
    found = _pieces(before, after)
    shared = sum(len(text) for what, text in found if what == "same")
    if shared * 3 < max(len(before), len(after)):  # scattered letters say nothing
        found = [("out", before), ("in", after)]
    if change.only_space:
        found = [(what, text if what == "same" else _visible(text)) for what, text in found]
    return [one for one in found if one[0] != "in"], [one for one in found if one[0] != "out"]


def _pieces(before: str, after: str) -> list[tuple[str, str]]:
    """What went out and came in: letters of short texts, clauses of long ones, of which a page may have hundreds."""
    if len(before) * len(after) <= _BY_LETTERS:
        return differences(before, after)
    was, now = _CLAUSE.findall(before), _CLAUSE.findall(after)
    found = []
    for what, i, i2, j, j2 in pieces(was, now):
        found.append((what, "".join(now[j:j2] if what == "in" else was[i:i2])))
    return found


def _visible(text: str) -> str:
    return text.replace(" ", "␣").replace("\t", "⇥").replace("\n", "↵\n").replace("\u3000", "□")


def rows_of(grid: Grid) -> list[Row | int]:
    """The rules that are shown; numbers stand for so many that are the same and left out."""
    if len(grid.rows) <= _WHOLE_TABLE:
        return list(grid.rows)
    differing = [n for n, row in enumerate(grid.rows) if row.kind is not None]
    near = {m for n in differing for m in range(n - _AROUND, n + _AROUND + 1)}
    found: list[Row | int] = []
    left_out = 0
    for n, row in enumerate(grid.rows):
        if n in near:
            found += [left_out] if left_out else []
            found.append(row)
            left_out = 0
        else:
            left_out += 1
    return [*found, left_out] if left_out else found
