"""Hit policies: what becomes of the rows that hit (DMN 1.5 §8.2.10)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from engine.dmn.places import Place
from engine.dmn.table.source import TableSource
from engine.feel.compiler.core import BUILTINS
from engine.feel.limits import Run
from engine.feel.values import operations


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
_WRITTEN: Final = {policy.name.replace("_", " "): policy for policy in HitPolicy}


def policy_of(source: TableSource, place: Place) -> HitPolicy:
    """The hit policy.

    Raises:
        DecisionError: there is no such one.
    """
    if source.hit_policy not in _WRITTEN:
        raise place.refuse(f"unknown hit policy {source.hit_policy!r}", f"命中策略 {source.hit_policy} 不存在")
    return _WRITTEN[source.hit_policy]


def combine(
    run: Run,
    source: TableSource,
    place: Place,
    policy: HitPolicy,
    hits: list[int],
    made: list[Any],
    priorities: list[list[Any]],
    default: Any,
) -> Any:
    """The table's output.

    Args:
        run: pays for comparing the results.
        place: of the table, for what is refused.
        hits: numbers of the rules that hit.
        made: the rules' results, in step with ``hits``.
        priorities: allowed values per output column, the most wanted first.
        default: what holds when no rule hits.

    Raises:
        DecisionError: UNIQUE was hit twice, or ANY by rules that differ.
    """
    if not hits:
        return _without_hits(source, policy, default)
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        raise place.cell(hits[1], None, of_inputs=True).refuse(
            f"the table is UNIQUE, but rules {_listed(hits)} hit together",
            f"命中策略是 UNIQUE,只能命中一行,但第 {'、'.join(map(str, hits))} 行同时命中",
        )
    if policy is HitPolicy.ANY and not all(operations.same(made[0], other, run) for other in made[1:]):
        raise place.cell(hits[1], None, of_inputs=True).refuse(
            f"the table is ANY, but rules {_listed(hits)} hit with different outputs",
            f"命中策略是 ANY,但同时命中的第 {'、'.join(map(str, hits))} 行结果不同",
        )
    if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        made = sorted(made, key=lambda output: _rank(run, output, priorities))
    if policy is HitPolicy.COLLECT and source.aggregation:
        return _aggregated(run, source, place, made)
    return made if policy in MULTIPLE else made[0]


def _listed(hits: list[int]) -> str:
    return ", ".join(map(str, hits))


def _without_hits(source: TableSource, policy: HitPolicy, default: Any) -> Any:
    if default is not None:
        return default
    if policy not in MULTIPLE:
        return None
    if not source.aggregation:
        return []
    return _count([]) if source.aggregation == "COUNT" else None


def _count(values: list[Any]) -> Decimal:
    return Decimal(len(values))


def _rank(run: Run, output: Any, priorities: list[list[Any]]) -> tuple[int, ...]:
    values = list(output.values()) if isinstance(output, dict) and len(priorities) > 1 else [output]
    return tuple(_place(run, value, wanted) for value, wanted in zip(values, priorities, strict=True))


def _place(run: Run, value: Any, wanted: list[Any]) -> int:
    run.charge(len(wanted) // 16)
    return next((index for index, each in enumerate(wanted) if operations.same(value, each, run)), len(wanted))


def _aggregated(run: Run, source: TableSource, place: Place, made: list[Any]) -> Any:
    kind = source.aggregation
    if kind == "COUNT":
        return _count(made)
    if kind not in ("SUM", "MIN", "MAX"):
        raise place.refuse(f"unknown aggregation {kind!r}", f"汇总方式 {kind} 不存在")
    return BUILTINS[kind.lower()].call(run, made)
