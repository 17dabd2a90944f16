"""The tables that say what is a finding, as they are in force; and what a hit of one must give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import structlog
from sqlalchemy import Connection, select

from engine import dmn
from engine.clock import from_microseconds
from engine.definitions import bytes_of
from engine.errors import EngineError, InvalidValue
from engine.inspection import words
from engine.store.tables import current_resource, resource

_log = structlog.get_logger(__name__)
PAYMENT: Final = "audit_payment"
MONTH: Final = "audit_agent_month"
STEP: Final = "audit_step"
WINDOWS: Final = "audit_windows"
#: In the order in which people read them.
TABLES: Final = (PAYMENT, MONTH, STEP)
#: What a rule about payments may count as one and the same.
SUBJECTS: Final = ("payment", "payee", "proposer", "buyer")
_MOST_CODE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A table in force."""

    id: str
    hash: str
    deployed_at: datetime
    deployed_by: str
    #: None: the file cannot be read.
    decision: dmn.Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that an observation meets."""

    number: int
    rule: str
    severity: str
    title: str
    #: One of SUBJECTS; "" where the table has no such column.
    subject: str
    #: What the table saw, by its labels.
    inputs: Mapping[str, Any] = field(default_factory=dict)


def tables_in_force(connection: Connection) -> dict[str, RuleTable]:
    """Id → table, of those that are deployed."""
    columns = current_resource.c
    query = (
        select(columns.id, columns.hash, columns.deployed_at, columns.deployed_by, resource.c.content)
        .join(resource, resource.c.hash == columns.hash)
        .where(columns.kind == "decision", columns.id.in_((*TABLES, WINDOWS)))
    )
    return {
        row.id: RuleTable(
            id=row.id,
            hash=row.hash,
            deployed_at=from_microseconds(row.deployed_at),
            deployed_by=row.deployed_by,
            decision=_loaded(bytes_of(row.content), row.id),
        )
        for row in connection.execute(query)
    }


@lru_cache(maxsize=16)
def _loaded(content: bytes, decision_id: str) -> dmn.Decision | None:
    try:
        return dmn.load(content).decisions.get(decision_id)
    except EngineError:  # the pages say so
        _log.exception("policy.table_unread", table=decision_id)
        return None


def hits_of(table: RuleTable, facts: Mapping[str, Any], now: datetime) -> Iterator[Hit]:
    """What the table says of an observation.

    Raises:
        EngineError: it cannot answer, or with something that is no finding.
    """
    if table.decision is None:
        raise InvalidValue(f"{table.id} cannot be read", message_zh=f"决策表 {table.id} 读不出来。")
    result = table.decision.evaluate(facts.get, now)
    rows = result.output if isinstance(result.output, list) else []
    if len(rows) != len(result.rules):
        raise InvalidValue(f"{table.id} must be COLLECT", message_zh=f"决策表 {table.id} 的命中策略须是 COLLECT。")
    for number, row in zip(result.rules, rows, strict=True):
        yield _hit(table, number, row, result.inputs)


def _hit(table: RuleTable, number: int, row: Any, inputs: Mapping[str, Any]) -> Hit:
    said = row if isinstance(row, Mapping) else {}
    rule, severity, title = (said.get(name) for name in ("rule", "severity", "title"))
    subject = said.get("subject", "")
    if (
        not (isinstance(rule, str) and 0 < len(rule) <= _MOST_CODE)
        or not (isinstance(severity, str) and severity in words.SEVERITIES)
        or not (isinstance(title, str) and title.strip())
        or subject not in (SUBJECTS if table.id == PAYMENT else ("",))
    ):
        raise InvalidValue(
            f"{table.id}, rule {number}: it must give a code, low, medium or high, and a title; of payments also "
            f"one of {', '.join(SUBJECTS)}",
            message_zh=f"决策表 {table.id} 第 {number} 条没有给出完整的规则代码、程度、标题"
            f"{'和同一件事' if table.id == PAYMENT else ''}。",
        )
    return Hit(number=number, rule=rule, severity=severity, title=title, subject=subject, inputs=inputs)
