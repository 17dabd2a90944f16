"""What is certainly wrong with the expressions of a model before any value is known: names, types, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.dmn.elements import Element, InputData
from engine.dmn.vocabulary import Text
from engine.errors import FeelSyntaxError
from engine.feel import static
from engine.feel.static import lattice
from engine.feel.values.types import Type
from engine.model import Severity

_LONGEST: Final = 80
#: More mistakes in one expression, or in all of an element, are not read by anybody.
_MOST_OF_TEXT: Final = 10
_MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that is wrong at a place, in whole sentences."""

    rule: str
    severity: Severity
    zh: str
    en: str


def remarks(element: Element) -> Iterator[Remark]:
    """What can be said of an element's expressions, of many mistakes the first.

    A model that declares its inputs is taken to declare all: other names are remarked, as they are most often misspelt.
    """
    for number, remark in enumerate(_remarks(element)):
        if number == _MOST:
            yield Remark(
                rule="dmn.static",
                severity=Severity.WARNING,
                zh=f"{element.id} 的表达式还有其他问题,这里只列出前 {_MOST} 个。",
                en=f"The expressions of {element.id} have more mistakes; here are the first {_MOST}.",
            )
            return
        yield remark


def _remarks(element: Element) -> Iterator[Remark]:
    closed = any(isinstance(bound, InputData) for bound in element.bindings.values())
    structures = element.types.structures
    properties = lattice.entry_names(structures.values()) | element.types.properties | structures.keys()
    for text in element.texts:
        named = _in(text.source, structures)
        try:
            described = static.describe(
                text.source, text.variables, tests_of=text.tests_of, named=named, properties=properties, closed=closed
            )
        except FeelSyntaxError:
            continue  # it was read by the loader, but is nested too deep to be looked into
        for finding in described.findings[:_MOST_OF_TEXT]:
            yield _mistake(text, finding)
        if not _may_fit(described.type, lattice.resolved(text.wanted, structures)):
            yield _misfit(text, described.type, lattice.resolved(text.wanted, structures))


def _in(source: str, structures: Mapping[str, Type]) -> dict[str, Type]:
    """The types that an expression may name."""
    return {name: kind for name, kind in structures.items() if name in source or " " in name}


def _mistake(text: Text, finding: static.StaticFinding) -> Remark:
    at, shown = finding.span[0] + 1, _shown(text.source)
    return Remark(
        rule="dmn.static",
        severity=Severity.WARNING,
        zh=f"{text.place.zh}的表达式 {shown} 第 {at} 个字符处:{finding.zh}",
        en=f"{text.place.en}, expression {shown}, character {at}: {finding.en}",
    )


def _misfit(text: Text, kind: Type, wanted: Type) -> Remark:
    shown = _shown(text.source)
    return Remark(
        rule="dmn.type",
        severity=Severity.ERROR,
        zh=f"{text.place.zh}应为{lattice.chinese(wanted)},但表达式 {shown} 的结果是{lattice.chinese(kind)}。",
        en=f"{text.place.en} must be {lattice.english(wanted)}, but {shown} is {lattice.english(kind)}.",
    )


def _may_fit(kind: Type, wanted: Type) -> bool:
    """Whether some value of a type is, or is made to be by the implicit conversions, one of another."""
    given, needed = lattice.kinds(kind), lattice.kinds(wanted)
    if not given or not needed or given & needed:
        return True
    if "list" in given:
        return bool(lattice.kinds(lattice.argument(kind)) & needed)
    if "list" in needed:
        return bool(given & lattice.kinds(lattice.argument(wanted)))
    return "date" in given and "date and time" in needed


def _shown(source: str) -> str:
    return source if len(source) <= _LONGEST else f"{source[:_LONGEST]}…"
