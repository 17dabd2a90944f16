"""Types of what stands after a dot: entries of contexts, components of dates, times, durations and ranges."""

from __future__ import annotations

from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference, infers
from engine.feel.static.scope import Level
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

_DAY: Final = dict.fromkeys(("year", "month", "day", "weekday"), t.NUMBER)
_CLOCK: Final = {
    **dict.fromkeys(("hour", "minute", "second"), t.NUMBER),
    "time offset": t.DAYS,
    "timezone": t.STRING,
}
#: Kind → its components with their types (DMN 1.5 Tables 65 and 66); a range's ends depend on the range.
COMPONENTS: Final[dict[str, dict[str, Type]]] = {
    "date": _DAY,
    "date and time": {**_DAY, **_CLOCK},
    "time": _CLOCK,
    "days and time duration": dict.fromkeys(("days", "hours", "minutes", "seconds"), t.NUMBER),
    "years and months duration": dict.fromkeys(("years", "months"), t.NUMBER),
    "range": {"start": t.ANY, "end": t.ANY, "start included": t.BOOLEAN, "end included": t.BOOLEAN},
}
_DEEPEST: Final = 12


def components_of(kind: Type) -> dict[str, Type]:
    """What may stand after a dot behind a value of the type; for a list, behind its items."""
    for _ in range(_DEEPEST):
        if kind.name != "list":
            break
        kind = t.argument(kind)
    if (entries := t.entries_of(kind)) is not None:
        return entries
    if kind.name == "duration":
        return {**COMPONENTS[t.MONTHS.name], **COMPONENTS[t.DAYS.name]}
    known = dict(COMPONENTS.get(kind.name, {}))
    if kind.name == "range":
        known["start"] = known["end"] = t.argument(kind)
    return known


@infers(tree.Path)
def _path(walk: Inference, node: tree.Path, level: Level) -> Type:
    """A chain that begins at a name is noted as one path of it."""
    chain: list[tree.Path] = [node]
    while isinstance(chain[0].source, tree.Path):
        chain.insert(0, chain[0].source)
    start = chain[0].source
    if isinstance(start, tree.Name):
        kind = walk.read(start.name, tuple(each.name for each in chain), start.span, level)
    else:
        kind = walk.type_of(start, level)
    for each in chain:
        kind = component_type(walk, kind, each.name, each.span)
    return kind


def component_type(walk: Inference, source: Type, name: str, span: Span) -> Type:
    """The type of ``source.name``; what cannot be there is reported."""
    walk.watch_path(source, name)
    if source in (t.ANY, t.NULL, t.CONTEXT):
        return t.NULL if source == t.NULL else t.ANY
    if source.name == "list":
        return t.list_of(component_type(walk, t.argument(source), name, span))
    known = components_of(source)
    if name in known:
        return known[name]
    if source.name == "context":
        walk.report("unknown_entry", span, name=name, **walk.suggest(name, lambda: known))
        return t.ANY
    code = "unknown_component" if known else "no_components"
    words = {"kind_zh": t.chinese(source), "kind_en": t.english(source)}
    walk.report(code, span, name=name, known=", ".join(known), **words)
    return t.NULL
