"""What the page of the monitor shows: the rules in words, what each has found, and how far the monitor has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select, text

from engine import dmn
from engine.clock import instant_or_none
from engine.inspection import words
from engine.inspection.policy.judging import KINDS
from engine.inspection.policy.observing import find_state
from engine.inspection.policy.rules import TABLES, WINDOWS, RuleTable, tables_in_force
from engine.model import Actor
from engine.store.tables import WAITING, audit_finding

_EMPTY: Final = frozenset({"", "-"})
_ENDED: Final = frozenset({words.CLOSED, words.DISMISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A condition, or a result: the column's name, its variable, and what stands in it."""

    label: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A row of a table."""

    number: int
    #: The owner's words on it, or "".
    note: str
    conditions: tuple[Cell, ...]
    outputs: tuple[Cell, ...]
    #: Its code and severity; "" where they are computed.
    code: str
    severity: str
    #: Findings that wait or are answered, and those that have ended; None: the actor does not see everybody's.
    running: int | None
    ended: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLines:
    """A table with its version; ``table`` None: it is not deployed."""

    id: str
    name: str
    table: RuleTable | None
    #: Variable → label, of its columns of conditions.
    labels: Mapping[str, str]
    rules: tuple[RuleLine, ...]
    #: Observations of its kind, and those of them that wait for an answer.
    observed: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole page."""

    tables: tuple[TableLines, ...]
    windows: TableLines
    #: When rules were asked last; None: never yet.
    judged_at: datetime | None
    #: Whether every history has been read.
    is_whole: bool


def read_overview(connection: Connection, actor: Actor) -> Overview:
    """What the page shows to the actor."""
    tables, state = tables_in_force(connection), find_state(connection)
    counts = _counts(connection) if words.sees_all(actor) else None
    observed = _observed(connection)
    lines = {name: _lines(name, tables.get(name), counts, observed) for name in (*TABLES, WINDOWS)}
    return Overview(
        tables=tuple(lines[name] for name in TABLES),
        windows=lines[WINDOWS],
        judged_at=None if state is None else instant_or_none(state.judged_at),
        is_whole=state is not None and state.swept is None,
    )


def _observed(connection: Connection) -> dict[str, tuple[int, int]]:
    found = {}
    for kind in KINDS:
        every = select(func.count()).select_from(kind.rows)
        waiting = every.where(text(WAITING))
        found[kind.table_id] = connection.execute(every).scalar_one(), connection.execute(waiting).scalar_one()
    return found


def _counts(connection: Connection) -> dict[str, tuple[int, int]]:
    """Code → findings that run, and that have ended."""
    columns = audit_finding.c
    query = select(columns.rule, columns.state, func.count()).where(columns.source == "policy")
    found: dict[str, tuple[int, int]] = {}
    for rule, state, count in connection.execute(query.group_by(columns.rule, columns.state)):
        running, ended = found.get(rule, (0, 0))
        found[rule] = (running, ended + count) if state in _ENDED else (running + count, ended)
    return found


def _lines(
    table_id: str,
    table: RuleTable | None,
    counts: Mapping[str, tuple[int, int]] | None,
    observed: Mapping[str, tuple[int, int]],
) -> TableLines:
    decision = None if table is None else table.decision
    seen, waiting = observed.get(table_id, (0, 0))
    return TableLines(
        id=table_id,
        name=table_id if decision is None else decision.name or table_id,
        table=table,
        labels={} if decision is None else {one.expression: one.label or one.expression for one in decision.inputs},
        rules=() if decision is None else _rules(decision, counts),
        observed=seen,
        waiting=waiting,
    )


def _rules(decision: dmn.Decision, counts: Mapping[str, tuple[int, int]] | None) -> tuple[RuleLine, ...]:
    columns = [(clause.label or clause.expression, clause.expression) for clause in decision.inputs]
    results = [(clause.label or clause.name, clause.name) for clause in decision.outputs]
    found = []
    for number, rule in enumerate(decision.rules, 1):
        outputs = _cells(results, rule.cells[len(columns) :])
        said = {cell.name: _constant(cell.text) for cell in outputs}
        code = said.get("rule", "")
        running, ended = (None, None) if counts is None else counts.get(code, (0, 0))
        found.append(
            RuleLine(
                number=number,
                note=rule.annotation,
                conditions=_cells(columns, rule.cells[: len(columns)]),
                outputs=outputs,
                code=code,
                severity=said.get("severity", ""),
                running=running,
                ended=ended,
            )
        )
    return tuple(found)


def _cells(columns: list[tuple[str, str]], cells: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(
        Cell(label=label, name=name, text=cell.strip())
        for (label, name), cell in zip(columns, cells, strict=False)
        if cell.strip() not in _EMPTY
    )


def _constant(cell: str) -> str:
    """The text that a cell gives, where it is nothing but a text."""
    inner = cell[1:-1]
    return inner if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner else ""
