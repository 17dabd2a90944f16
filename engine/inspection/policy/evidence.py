"""What a rule finds in an observation, with what shows it: the facts, and the cases and events behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine.clock import from_microseconds
from engine.inspection.policy import windows
from engine.inspection.policy.days import day_of, month_of, span_of
from engine.inspection.policy.payments import COMPENSATION
from engine.inspection.policy.pseudonyms import sign_of
from engine.inspection.policy.rules import MONTH, PAYMENT, STEP, WINDOWS, Hit, RuleTable, hits_of
from engine.model import Value
from engine.store.people import read_names
from engine.store.tables import policy_payment, policy_step

#: No finding names more cases or events.
_MOST: Final = 50
_FEN: Final = Decimal(100)
#: Values that the tables are told → what people call them.
_WORDS: Final[Mapping[str, str]] = {
    "compensation": "补偿", "refund": "退款", "difference": "差价", "completed": "办理任务", "repaired": "修复流程",
    "revealed": "查看个人信息", "roster": "排班", "calendar": "工作日历", "absence": "请假",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding before it is noted."""

    #: Rule, subject and window: noted once.
    key: str
    rule: str
    severity: str
    title: str
    evidence: Mapping[str, Value]
    at: datetime
    case_id: str | None = None
    about: str | None = None
    stream: int | None = None
    seq: int | None = None


def found_in_payment(
    connection: Connection, row: Row[Any], tables: Mapping[str, RuleTable], now: datetime
) -> list[Found]:
    """What the rules find in a row of policy_payment.

    Raises:
        EngineError: a table cannot answer.
    """
    table, counted = tables[PAYMENT], _windows(connection, row, tables)
    return [
        Found(
            key=f"policy/{hit.rule}/{_subject(row, hit)}/{month_of(row.at)}",
            rule=hit.rule,
            severity=hit.severity,
            title=hit.title,
            evidence=_of_rule(table, hit) | _of_payment(connection, row) | _behind(_rows_of(row, hit, counted)),
            at=from_microseconds(row.at),
            case_id=str(row.case_key),
            about=row.proposer,
            stream=row.stream,
            seq=row.seq,
        )
        for hit in hits_of(table, payment_facts(row, counted), now)
    ]


_Counted = Mapping[str, tuple[windows.Window, list[Row[Any]]]]


def _windows(connection: Connection, row: Row[Any], tables: Mapping[str, RuleTable]) -> _Counted:
    kept = tables.get(WINDOWS)
    found = {}
    for count in (windows.PAYEE, windows.NEAR_LIMIT, windows.BUYER):
        window = windows.window_of(None if kept is None else kept.decision, count)
        found[count] = window, windows.rows_within(connection, row, count, window)
    return found


def payment_facts(row: Row[Any], counted: _Counted) -> dict[str, Any]:
    """What the table of payments is told; amounts in 元."""
    facts: dict[str, Any] = {
        "kind": row.kind,
        "amount": Decimal(row.amount) / _FEN,
        "own_limit": None if row.own_limit is None else Decimal(row.own_limit) / _FEN,
        "approved": bool(row.approved),
        "same_hands": _same_hands(row),
        "near_limit": Decimal(len(counted[windows.NEAR_LIMIT][1])),
    }
    for count in (windows.PAYEE, windows.BUYER):
        facts[f"{count}_cases"] = Decimal(len(windows.cases_of(counted[count][1])))
    return facts | {f"{count}_days": Decimal(window.days) for count, (window, _) in counted.items()}


def _same_hands(row: Row[Any]) -> bool:
    hands = [one for one in (row.proposer, row.approver, row.payer) if one is not None]
    return len(set(hands)) < len(hands)


def _subject(row: Row[Any], hit: Hit) -> str:
    """What is one and the same; a payment whose payee nobody knows stands for itself."""
    match hit.subject:
        case "payee" | "buyer" if getattr(row, hit.subject) is not None:
            return f"{hit.subject}:{getattr(row, hit.subject).hex()}"
        case "proposer":
            return f"person:{row.proposer}"
    return f"payment:{row.stream}"


def _rows_of(row: Row[Any], hit: Hit, counted: _Counted) -> list[Row[Any]]:
    count = {"payee": windows.PAYEE, "buyer": windows.BUYER, "proposer": windows.NEAR_LIMIT}.get(hit.subject)
    return (counted[count][1] if count is not None else []) or [row]


def _of_payment(connection: Connection, row: Row[Any]) -> dict[str, Value]:
    names = _names(connection, (row.proposer, row.approver, row.payer))
    told: dict[str, Value] = {"付款时间": from_microseconds(row.at), "申请人": names[row.proposer]}
    told |= {"审批人": names[row.approver]} if row.approver is not None else {}
    told |= {"付款人": names[row.payer]} if row.payer is not None else {}
    return told | ({"收款账户代号": sign_of(row.payee)} if row.payee is not None else {})


def _behind(rows: Iterable[Row[Any]]) -> dict[str, Value]:
    shown = list(rows)[-_MOST:]
    return {
        "涉及工单": [str(key) for key in windows.cases_of(shown)],
        "金额(元)": [Decimal(one.amount) / _FEN for one in shown],
        "事件": [f"{one.stream}·{one.seq}" for one in shown],
    }


def found_in_month(
    connection: Connection, row: Row[Any], tables: Mapping[str, RuleTable], now: datetime
) -> list[Found]:
    """What the rules find in a row of policy_month.

    Raises:
        EngineError: the table cannot answer.
    """
    table = tables[MONTH]
    hits = list(hits_of(table, month_facts(row), now))
    if not hits:
        return []
    payments = _payments_of(connection, row)
    told = {"经手人": _names(connection, (row.person,))[row.person], "月份": row.month, "组内人数": row.team_people}
    return [
        Found(
            key=f"policy/{hit.rule}/person:{row.person}/{row.month}",
            rule=hit.rule,
            severity=hit.severity,
            title=hit.title,
            evidence=_of_rule(table, hit) | told | _behind(payments),
            at=from_microseconds(payments[-1].at) if payments else now,
            about=row.person,
        )
        for hit in hits
    ]


def month_facts(row: Row[Any]) -> dict[str, Any]:
    """What the table of months is told; amounts in 元, the mean not rounded."""
    return {
        "month": row.month,
        "month_over": bool(row.over),
        "payments": Decimal(row.payments),
        "amount": Decimal(row.amount) / _FEN,
        "mean": Decimal(row.team_amount) / row.team_people / _FEN,
        "people": Decimal(row.team_people),
    }


def _payments_of(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    since, until = span_of(row.month)
    columns = policy_payment.c
    wanted = columns.proposer == row.person, columns.kind == COMPENSATION, columns.at >= since, columns.at < until
    return list(connection.execute(select(policy_payment).where(*wanted).order_by(columns.at, columns.stream)))


def found_in_step(connection: Connection, row: Row[Any], tables: Mapping[str, RuleTable], now: datetime) -> list[Found]:
    """What the rules find in a row of policy_step.

    Raises:
        EngineError: the table cannot answer.
    """
    table = tables[STEP]
    return [
        Found(
            key=f"policy/{hit.rule}/person:{row.actor}/{day_of(row.at)}",
            rule=hit.rule,
            severity=hit.severity,
            title=hit.title,
            evidence=_of_rule(table, hit) | _of_step(connection, row),
            at=from_microseconds(row.at),
            about=row.actor,
            stream=row.stream,
            seq=row.seq,
        )
        for hit in hits_of(table, step_facts(row), now)
    ]


def step_facts(row: Row[Any]) -> dict[str, Any]:
    """What the table of steps is told; whole minutes, rounded down."""
    return {
        "kind": row.kind,
        "money": bool(row.money),
        "basis": row.basis,
        "minutes": Decimal(row.seconds // 60),
        "process": row.process_id,
        "element": row.element,
    }


def _of_step(connection: Connection, row: Row[Any]) -> dict[str, Value]:
    columns = policy_step.c
    earlier = select(policy_step).where(columns.actor == row.actor, columns.at <= row.at).order_by(columns.at.desc())
    same_day = [one for one in connection.execute(earlier.limit(_MOST)) if day_of(one.at) == day_of(row.at)]
    return {
        "经手人": _names(connection, (row.actor,))[row.actor],
        "时间": from_microseconds(row.at),
        "流程步骤": f"{row.process_id}.{row.element}" if row.element else row.process_id,
        "涉及工单": list(dict.fromkeys(str(one.case_key) for one in reversed(same_day))),
        "事件": [f"{one.stream}·{one.seq}" for one in reversed(same_day)],
    }


def _of_rule(table: RuleTable, hit: Hit) -> dict[str, Value]:
    """Which version of which rule, and what it saw."""
    return {
        "规则": f"{table.id} 第 {hit.number} 条",
        "规则版本": f"{table.hash[:8]}",
        "版本发布": table.deployed_at,
        **{label: _word(value) for label, value in hit.inputs.items() if value is not None},
    }


def _word(value: Any) -> Value:
    return _WORDS.get(value, value) if isinstance(value, str) else value


def _names(connection: Connection, people: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({one for one in people if one is not None})
    found = read_names(connection, wanted)
    return {one: f"{found[one]}({one})" if one in found else one for one in wanted}
