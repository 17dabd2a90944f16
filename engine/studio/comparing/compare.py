"""Compares two versions of a resource by its kind; whatever cannot be read is compared as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine import bpmn
from engine.dmn import xml
from engine.errors import EngineError
from engine.scenarios import read_scenarios
from engine.studio.comparing.diagram import compare_diagrams
from engine.studio.comparing.form import compare_forms
from engine.studio.comparing.model import Comparison, Difference, Grid, Kind, Pair, Problem, Words
from engine.studio.comparing.scenario import compare_scenarios
from engine.studio.comparing.table import compare_tables
from engine.studio.comparing.texts import compare_texts, lines_between

KINDS: Final[Mapping[str, Words]] = {
    "bpmn": Words("流程图", "diagram"),
    "decision": Words("决策表", "decision table"),
    "form": Words("表单", "form"),
    "template": Words("话术", "message text"),
    "scenario": Words("场景", "scenarios"),
}
_Found = tuple[list[Difference], list[Pair], list[Grid]]
_ONLY_WRITTEN: Final = Words(
    "文件的写法不同(空白、注释或排列次序),含义没有变。",
    "The file is written differently (white space, comments or order); what it means is the same.",
)


def compare(kind: str, before: bytes | None, after: bytes | None) -> Comparison:
    """Everything that is different between two versions of a resource.

    Two files that differ in a byte give at least one difference.

    Args:
        kind: one of KINDS.
        before: the left side; None: it did not exist.
        after: the right side; None: it does not exist any more.
    """
    if before == after:
        return Comparison(kind=kind, same=True)
    lines = lines_between(_text(before), _text(after))
    try:
        differences, pairs, grids = _COMPARE[kind](before, after)
    except (EngineError, RecursionError):
        differences, pairs, grids = _as_texts(kind, before, after), [], []
        problems = _problems(kind, before, after)
        return Comparison(kind=kind, same=False, differences=tuple(differences), problems=problems, lines=lines)
    if not differences:
        differences = [Difference(kind=Kind.WRITTEN, id="", noun=KINDS[kind], name="", note=_ONLY_WRITTEN)]
    return Comparison(
        kind=kind,
        same=False,
        differences=tuple(differences),
        pairs=tuple(pairs),
        grids=tuple(grids),
        lines=lines,
    )


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode(errors="replace")


def _as_texts(kind: str, before: bytes | None, after: bytes | None) -> list[Difference]:
    found = compare_texts(_text(before), _text(after), KINDS[kind])
    if before is None or after is None:
        found = [Difference(kind=Kind.ADDED if before is None else Kind.REMOVED, id="", noun=KINDS[kind], name="")]
    elif kind != "template":
        found = [Difference(kind=Kind.CHANGED, id="", noun=KINDS[kind], name="", note=_AS_TEXT)]
    return found or [Difference(kind=Kind.WRITTEN, id="", noun=KINDS[kind], name="", note=_ONLY_WRITTEN)]


_AS_TEXT: Final = Words(
    "有一边读不出来,只能按文字对比。", "One side cannot be read, so that only the texts are compared."
)


def _problems(kind: str, before: bytes | None, after: bytes | None) -> tuple[Problem, ...]:
    found = []
    for side, data in (("left", before), ("right", after)):
        try:
            if data is not None:
                _READ[kind](data)
        except EngineError as problem:
            found.append(Problem(side=side, words=Words(problem.message_zh, problem.sentence_en)))
    return tuple(found)


def _diagrams(before: bytes | None, after: bytes | None) -> _Found:
    differences, pairs = compare_diagrams(before, after)
    return differences, pairs, []


def _tables(before: bytes | None, after: bytes | None) -> _Found:
    differences, grids = compare_tables(before, after)
    return differences, [], grids


_COMPARE: Final[Mapping[str, Callable[[bytes | None, bytes | None], _Found]]] = {
    "bpmn": _diagrams,
    "decision": _tables,
    "form": lambda before, after: (compare_forms(before, after), [], []),
    "template": lambda before, after: (_as_texts("template", before, after), [], []),
    "scenario": lambda before, after: (compare_scenarios(before, after), [], []),
}
_READ: Final[Mapping[str, Callable[[bytes], object]]] = {
    "bpmn": bpmn.read_xml,
    "decision": xml.read,
    "form": lambda data: compare_forms(data, None),
    "template": lambda data: data,
    "scenario": lambda data: read_scenarios({"scenarios.yaml": data}),
}
