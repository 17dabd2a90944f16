"""What the platform knows of a case for the items of its check: facts with points to begin with, never decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, select

from engine import wording
from engine.quality import words
from engine.quality.form import Form
from engine.store.tables import case_result, outbox, promise, register_cell, register_row, user_task

_GREETING: Final = re.compile(r"^[\s【\[(]*(亲|您好|你好|尊敬的|Hi|Hello)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"亲|您|先生|女士|顾客|客户")
_CLOSING: Final = re.compile(r"感谢|谢谢|祝您|祝你|再见|随时联系|欢迎再来|愉快")
_SOOTHING: Final = re.compile(r"抱歉|对不起|不好意思|理解您|歉意|请您?放心|别着急|久等")
#: Flows in which a customer comes with a grievance.
_GRIEVANCES: Final = ("p02_rush_shipping", "p03_wrong_shipment", "p10_courier_query", words.COMPLAINT)
_TEXTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is known about one item."""

    #: Points to begin with; None: a person has to look.
    points: int | None
    #: A sentence in Chinese.
    fact: str


def propose(connection: Connection, check: Row[Any], form: Form) -> dict[str, Proposal]:
    """Proposals by item; items of which nothing is known are left out.

    Args:
        connection: a snapshot.
        check: row of quality_check.
        form: the form in force.
    """
    texts = _texts(connection, check.case_id)
    found = {
        "greeting": _of_texts(texts[:1], _GREETING, "第一条消息以问候语开头", "第一条消息没有问候语"),
        "address": _of_texts(texts, _ADDRESS, "消息里有称呼", "消息里没有称呼"),
        "closing": _of_texts(texts[-1:], _CLOSING, "最后一条消息有结束语", "最后一条消息没有结束语"),
        "soothing": _soothing(check, texts),
        "registered": _registered(connection, check.case_id),
        "in_time": _in_time(connection, check),
    }
    found |= _worded(connection, texts)
    return {
        name: Proposal(points=None if share is None else round(form.weights[name] * share), fact=fact)
        for name, one in found.items()
        if one is not None and form.weights.get(name)
        for share, fact in [one]
    }


#: (share of the points, or None where a person has to look; the fact).
_Known = tuple[float | None, str]


def _texts(connection: Connection, case_id: str) -> Sequence[str]:
    """What the customer was written, in order."""
    query = select(outbox.c.text).where(outbox.c.case_id == case_id, outbox.c.audience == "customer")
    return list(connection.execute(query.order_by(outbox.c.written_at, outbox.c.id).limit(_TEXTS)).scalars())


def _of_texts(texts: Sequence[str], sought: re.Pattern[str], there: str, missing: str) -> _Known | None:
    if not texts:
        return None
    hit = any(sought.search(text) for text in texts)
    return (1.0, there) if hit else (0.0, missing)


def _soothing(check: Row[Any], texts: Sequence[str]) -> _Known | None:
    if not texts:
        return None
    if check.process_id not in _GRIEVANCES:
        return 1.0, "这类工单一般不需要安抚"
    if _SOOTHING.search(texts[0]):
        return 1.0, "第一条消息先安抚"
    return None, "第一条消息没有安抚的话,请看买家有没有情绪"


def _worded(connection: Connection, texts: Sequence[str]) -> dict[str, _Known | None]:
    """Banned phrases tell of the tone, promise words of promises."""
    if not texts:
        return {}
    findings = [wording.check(connection, text) for text in texts]
    banned = sorted({one.phrase for found in findings for one in found.blocked})
    promised = sorted({one.phrase for found in findings for one in found.warned})
    tone: _Known = (0.0, f"有禁用语:{'、'.join(banned[:5])}") if banned else (1.0, "消息里没有禁用语")
    promise_words: _Known = (
        (None, f"有承诺词,请看是否做到:{'、'.join(promised[:5])}") if promised else (1.0, "消息里没有承诺词")
    )
    return {"tone": tone, "promise": promise_words}


def _registered(connection: Connection, case_id: str) -> _Known:
    """Whether the result was noted (E17), and how many cells of the case's registers are empty."""
    noted = connection.execute(select(case_result.c.case_id).where(case_result.c.case_id == case_id)).first()
    query = (
        select(func.count(func.distinct(register_row.c.id)), func.count(register_cell.c.column))
        .select_from(register_row)
        .outerjoin(register_cell, register_cell.c.row == register_row.c.id)
        .where(register_row.c.case_id == case_id)
    )
    rows, cells = connection.execute(query).one()
    fact = f"登记表 {rows} 行、{cells} 项;" + ("处理结果已填" if noted else "没有另填处理结果")
    return (1.0 if rows or noted else None), fact


def _in_time(connection: Connection, check: Row[Any]) -> _Known | None:
    """Tasks that the agent finished after their due time, and a promise that was not kept."""
    task = user_task.c
    too_late = case((task.ended_at > task.due_at, 1), else_=0)
    done = select(func.count(), func.sum(too_late)).where(
        task.case_id == check.case_id, task.status == "completed", task.completed_by == check.agent,
        task.due_at.is_not(None),
    )  # fmt: skip
    count, late = connection.execute(done).one()
    broken = (
        select(func.count())
        .select_from(promise)
        .where(
            promise.c.case_id == check.case_id,
            promise.c.replaced_at.is_(None),
            func.coalesce(promise.c.answered_at, check.ended_at) > promise.c.promised_at,
        )
    )
    promises = int(connection.execute(broken).scalar_one())
    if not count and not promises:
        return None
    late = int(late or 0)
    fact = f"本人办理 {count} 个有期限的任务,超时 {late} 个" + (",有承诺时间没有做到" if promises else "")
    share = 0.0 if promises else 1 - late / count
    return share, fact
