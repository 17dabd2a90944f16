"""What a comparison finds, as values that a page can print in either language."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What happened to a part. ``MOVED``: only its place is another; ``WRITTEN``: only how the file says it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Chinese and English."""

    zh: str
    en: str


#: What has no word of its own is called by the name that the file gives it.
def plain(name: str) -> Words:
    """A name that is the same in both languages."""
    return Words(name, name)


NOTHING: Final = Words("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One property before and after; None: it was not there, or is not there any more."""

    what: Words
    before: str | None
    after: str | None

    @property
    def only_space(self) -> bool:
        """Whether nothing but white space is different, which a page has to make visible."""
        before, after = self.before, self.after
        return before is not None and after is not None and "".join(before.split()) == "".join(after.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One part that is not as it was, with all of its properties that differ."""

    kind: Kind
    #: By what the part is found: element id, field, number of a scenario; empty: the file itself.
    id: str
    noun: Words
    name: str
    changes: tuple[Change, ...] = ()
    #: More about it, where the properties do not say it.
    note: Words = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A part that is gone and one that is new, which look like one that was given another id."""

    before: str
    after: str
    noun: Words
    name: str
    why: Words
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a decision table in both versions."""

    #: input, output or note.
    role: str
    kind: Kind | None
    title: str
    title_before: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell before and after; None: the row or the column was not there, or is not there any more."""

    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        """Whether both are there and say something else."""
        return self.before is not None and self.after is not None and self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule of a decision table in both versions, with its numbers there."""

    kind: Kind | None
    #: Moved as well as changed.
    moved: bool
    number_before: int | None
    number_after: int | None
    cells: tuple[Cell, ...]
    #: What else the file says of the rule.
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A decision table with both versions in it."""

    id: str
    name: str
    hit_policy: str
    hit_policy_before: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: same, out or in, with its numbers; of a gap the number of lines that are left out."""

    what: str
    text: str
    before: int | None = None
    after: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a side cannot be read; its text is compared all the same."""

    #: left or right.
    side: str
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions of one resource."""

    #: bpmn, decision, form, template or scenario.
    kind: str
    #: Whether both are the same bytes.
    same: bool
    differences: tuple[Difference, ...] = ()
    pairs: tuple[Pair, ...] = ()
    grids: tuple[Grid, ...] = ()
    problems: tuple[Problem, ...] = ()
    lines: tuple[Line, ...] = field(default=())

    def count(self, kind: Kind) -> int:
        """How many parts of a kind."""
        return sum(one.kind is kind for one in self.differences)

    def ids(self, kind: Kind) -> list[str]:
        """Ids of the parts of a kind."""
        return [one.id for one in self.differences if one.kind is kind and one.id]
