"""What is certainly wrong with the expressions of a model before any value is known: names, types, functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.dmn.elements import Element, InputData
from engine.dmn.vocabulary import Text
from engine.feel import static
from engine.feel.static import lattice
from engine.feel.values.types import Type
from engine.model import Severity

_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that is wrong at a place, in whole sentences."""

    rule: str
    severity: Severity
    zh: str
    en: str


def remarks(element: Element) -> Iterator[Remark]:
    """All that can be said of an element's expressions.

    A model that declares its inputs is taken to declare all: other names are remarked, as they are most often misspelt.
    """
    closed = any(isinstance(bound, InputData) for bound in element.bindings.values())
    for text in element.texts:
        description = static.describe(
            text.source, text.variables, tests_of=text.tests_of, named=element.types.structures, closed=closed
        )
        shown = _shown(text.source)
        for finding in description.findings:
            at = finding.span[0] + 1
            yield Remark(
                rule="dmn.static",
                severity=Severity.WARNING,
                zh=f"{text.place.zh}的表达式 {shown} 第 {at} 个字符处:{finding.zh}",
                en=f"{text.place.en}, expression {shown}, character {at}: {finding.en}",
            )
        if not _may_fit(description.type, lattice.resolved(text.wanted, element.types.structures)):
            yield _misfit(element, text, description.type)


def _misfit(element: Element, text: Text, kind: Type) -> Remark:
    wanted, shown = lattice.resolved(text.wanted, element.types.structures), _shown(text.source)
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
