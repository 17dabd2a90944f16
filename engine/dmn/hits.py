"""Hit policies: what becomes of the rows that hit (DMN 1.5 §8.2.10)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.errors import DecisionError
from engine.feel.limits import Run
from engine.feel.values import operations

if TYPE_CHECKING:
    from engine.dmn.table import TableSource


class HitPolicy(StrEnum):
    """The letter in the table's corner."""

    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"


MULTIPLE = frozenset({HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT})


def combine(
    source: TableSource, policy: HitPolicy, hits: list[int], made: list[Any], priorities: list[list[Any]], default: Any
) -> Any:
    """The table's output.

    Args:
        made: the rows' results, in step with ``hits``.
        priorities: allowed values per output column, the most wanted first.
        default: what holds when no row hits.

    Raises:
        DecisionError: UNIQUE was hit twice, or ANY by rows that differ.
    """
    if not hits:
        return _without_hits(source, policy, default)
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        raise DecisionError(
            f"table {source.id} is UNIQUE, but rules {_listed(hits)} hit together",
            message_zh=f"决策表 {source.id} 要求只命中一行,但第 {'、'.join(map(str, hits))} 行同时命中。",
        )
    if policy is HitPolicy.ANY and not all(operations.same(made[0], other, _run()) for other in made[1:]):
        raise DecisionError(
            f"table {source.id} is ANY, but rules {_listed(hits)} hit with different outputs",
            message_zh=f"决策表 {source.id} 的第 {'、'.join(map(str, hits))} 行同时命中,但结果不同。",
        )
    if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        made = sorted(made, key=lambda output: _rank(output, priorities))
    if policy is HitPolicy.COLLECT and source.aggregation:
        return _aggregated(source, made)
    return made if policy in MULTIPLE else made[0]


def _listed(hits: list[int]) -> str:
    return ", ".join(map(str, hits))


def _run() -> Run:
    return Run(lambda name: None, None)


def _without_hits(source: TableSource, policy: HitPolicy, default: Any) -> Any:
    if default is not None:
        return [default] if policy in MULTIPLE and not source.aggregation else default
    if policy not in MULTIPLE:
        return None
    if not source.aggregation:
        return []
    return _count([]) if source.aggregation == "COUNT" else None


def _count(values: list[Any]) -> Decimal:
    return Decimal(len(values))


def _rank(output: Any, priorities: list[list[Any]]) -> tuple[int, ...]:
    values = list(output.values()) if isinstance(output, dict) and len(priorities) > 1 else [output]
    return tuple(_place(value, wanted) for value, wanted in zip(values, priorities, strict=True))


def _place(value: Any, wanted: list[Any]) -> int:
    run = _run()
    return next((index for index, each in enumerate(wanted) if operations.same(value, each, run)), len(wanted))


def _aggregated(source: TableSource, made: list[Any]) -> Any:
    kind = source.aggregation
    if kind == "COUNT":
        return _count(made)
    if kind not in ("SUM", "MIN", "MAX"):
        raise DecisionError(f"table {source.id} has the unknown aggregation {kind!r}")
    result = made[0]
    for value in made[1:]:
        if kind == "SUM":
            result = operations.add(result, value)
        else:
            order = operations.compare(value, result)
            if order is None:
                return None
            result = value if order == (-1 if kind == "MIN" else 1) else result
    return result
