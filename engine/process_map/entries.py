"""A text of a file, where it stands and what it does with variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FileKind(StrEnum):
    """Kinds of files."""

    BPMN = "bpmn"
    DECISION = "decision"
    FORM = "form"
    TEMPLATE = "template"
    SCENARIO = "scenario"


class Place(StrEnum):
    """What of an element a text is."""

    NAME = "name"
    DOCUMENTATION = "documentation"
    CONDITION = "condition"
    TIMER = "timer"
    HEADER = "header"
    PROPERTY = "property"
    INPUT = "input"
    OUTPUT = "output"
    FORMULA = "formula"
    REFERENCE = "reference"
    LABEL = "label"
    DESCRIPTION = "description"
    OPTION = "option"
    COLUMN = "column"
    CELL = "cell"
    TEXT = "text"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One text."""

    kind: FileKind
    file: str
    #: What people call the file.
    title: str
    element: str | None
    element_name: str
    place: Place
    #: Which of several: a header's key, a column, a line.
    detail: str
    text: str
    #: Variables that it sets.
    sets: frozenset[str] = frozenset()
    #: Variables that it reads.
    reads: frozenset[str] = frozenset()
    #: Change in which it is a draft; None: it is in force.
    change: int | None = None


_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
#: A name that is no part of a path and no key of a context.
_NAME: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\w|\s*:)")
_HOLE: Final = re.compile(r"\{\{?([^{}]*)\}?\}")


def names_in(formula: str) -> frozenset[str]:
    """The names that a formula reads: variables, and its own words besides."""
    return frozenset(_NAME.findall(_TEXT.sub(" ", formula)))


def names_in_holes(text: str) -> frozenset[str]:
    """The names between braces: {waybill_no}, {{product_sku}}."""
    return frozenset().union(*(names_in(hole) for hole in _HOLE.findall(text)))


def names_where_formula(text: str) -> frozenset[str]:
    """The names of a text that may be a formula: one that begins with =."""
    return names_in(text) if text.lstrip().startswith("=") else frozenset()
