"""What a case has left in the tables beside its history: the texts that people wrote, and who they were about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, case, delete, func, or_, select, update

from engine import canonical
from engine.masking import HIDDEN
from engine.model import UserTaskStatus
from engine.retention.redacting import Redactor
from engine.store.database import Transaction
from engine.store.tables import (
    audit_finding,
    audit_finding_entry,
    backtest_case,
    call_entry,
    case_result,
    case_sum,
    comment,
    department_feedback,
    draft,
    exception_report,
    flag_note,
    hand_over,
    inquiry,
    migration_case,
    notification,
    outbox,
    policy_payment,
    promise,
    quality_check,
    transfer,
    user_task,
    visit,
)

#: Texts that people wrote about a case, or that were written to people: nothing stays of them.
_TEXTS: Final[tuple[tuple[Table, tuple[str, ...]], ...]] = (
    (comment, ("text",)),
    (inquiry, ("question", "context", "answer")),
    (exception_report, ("text", "answer")),
    (promise, ("reason",)),
    (transfer, ("reason", "note", "answer")),
    (case_result, ("text",)),
    (flag_note, ("note",)),
    (department_feedback, ("text", "answer")),
    (visit, ("comment", "offer")),
    (call_entry, ("answer",)),
    (quality_check, ("objection", "decision_reason")),
    (notification, ("text", "text_en")),
    (outbox, ("text",)),
    (migration_case, ("reason_zh", "reason_en")),
)
_NOBODY: Final = (flag_note, call_entry)


def hide_texts(tx: Transaction, case_id: str) -> None:
    """Empty what people wrote about a case."""
    for table, columns in _TEXTS:
        hidden = {name: hidden_text(table.c[name]) for name in columns}
        tx.connection.execute(update(table).where(table.c.case_id == case_id).values(hidden))
    for table in _NOBODY:
        tx.connection.execute(update(table).where(table.c.case_id == case_id).values(customer_id=None))
    notes = select(transfer.c.hand_over).where(transfer.c.case_id == case_id, transfer.c.hand_over.is_not(None))
    of_these = update(hand_over).where(hand_over.c.id.in_(notes))
    tx.connection.execute(of_these.values(note=hidden_text(hand_over.c.note)))
    tx.connection.execute(
        update(visit)
        .where(visit.c.case_id == case_id)
        .values(customer_id=HIDDEN, status=case((visit.c.status == "open", "dropped"), else_=visit.c.status))
    )
    tx.connection.execute(update(case_sum).where(case_sum.c.case_key == int(case_id)).values(customer_id=None))
    # Whoever has the key could still ask whether a pseudonym is somebody's.
    nobody = update(policy_payment).where(policy_payment.c.case_key == int(case_id))
    tx.connection.execute(nobody.values(payee=None, buyer=None))


def hide_tasks(tx: Transaction, case_id: str) -> None:
    """Of closed user tasks the courier; of every one what was typed and not sent."""
    of_case = user_task.c.case_id == case_id
    closed = user_task.c.status != UserTaskStatus.OPEN.value
    tx.connection.execute(update(user_task).where(of_case, closed).values(courier=None))
    tasks = select(user_task.c.id).where(of_case)
    begins = draft.c.subject.startswith(f"event:{case_id}:", autoescape=True)
    tx.connection.execute(delete(draft).where(or_(draft.c.task.in_(tasks), begins)))


def redact_values(tx: Transaction, case_id: str, redactor: Redactor) -> None:
    """Redact what is kept as values: of whom a call was, what a check remarked, whom a message went to."""
    for row in _rows(tx, call_entry, ("id", "details", "shop"), case_id):
        left = {"details": _redacted(redactor, row.details), "shop": known_shop(redactor, row.shop)}
        _put(tx, call_entry.c.id == row.id, call_entry, **left)
    for row in _rows(tx, visit, ("id", "shop"), case_id):
        _put(tx, visit.c.id == row.id, visit, shop=known_shop(redactor, row.shop))
    for row in _rows(tx, quality_check, ("id", "content"), case_id):
        if row.content is not None:
            _put(tx, quality_check.c.id == row.id, quality_check, content=_redacted(redactor, row.content))
    for row in _rows(tx, outbox, ("id", "audience", "recipient"), case_id):
        recipient = HIDDEN if row.audience == "customer" else redactor.text("", row.recipient)
        _put(tx, outbox.c.id == row.id, outbox, recipient=recipient)
    for row in _rows(tx, backtest_case, ("backtest", "n", "detail"), case_id):
        if row.detail is not None:
            this = (backtest_case.c.backtest == row.backtest) & (backtest_case.c.n == row.n)
            _put(tx, this, backtest_case, detail=canonical.encode(_tried(redactor, canonical.decode(row.detail))))


def scrub_findings(tx: Transaction, case_id: str, redactor: Redactor) -> None:
    """Findings stay, without what was taken from the case; comes last, when that is known."""
    for row in _rows(tx, audit_finding, ("id", "title", "evidence"), case_id):
        evidence = _redacted(redactor, row.evidence)
        _put(tx, audit_finding.c.id == row.id, audit_finding, title=redactor.scrubbed(row.title), evidence=evidence)
        entry = audit_finding_entry.c
        for said in tx.connection.execute(select(entry.number, entry.text).where(entry.finding == row.id)).all():
            this = (entry.finding == row.id) & (entry.number == said.number)
            _put(tx, this, audit_finding_entry, text=redactor.scrubbed(said.text))


def known_shop(redactor: Redactor, name: str | None) -> str | None:
    """The name of a shop, if it is one: somebody may have typed anything."""
    return name if name is not None and redactor.text("shop", name) == name else None


def known_courier(redactor: Redactor, name: str | None) -> str | None:
    """What stays of a courier's name, into which somebody may have typed anything."""
    return None if name is None else redactor.text("courier", name)


def hidden_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """What stays of a text: that there was one."""
    return case((func.coalesce(column, "") == "", column), else_=HIDDEN)


def _rows(tx: Transaction, table: Table, columns: Sequence[str], case_id: str) -> Sequence[Any]:
    query = select(*(table.c[name] for name in columns)).where(table.c.case_id == case_id)
    return tx.connection.execute(query).all()


def _put(tx: Transaction, which: ColumnElement[bool], table: Table, **values: object) -> None:
    tx.connection.execute(update(table).where(which).values(values))


def _tried(redactor: Redactor, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What a back-test found: its places stay, of values and sentences what may."""
    left = dict(detail)
    for name in left.keys() - {"more", "less", "parts"}:
        if name == "assumed":
            left[name] = [{**one, **_sides(redactor, one)} for one in left[name]]
        elif name in ("missing", "broken"):
            left[name] = {**left[name], **{part: redactor.text("", left[name][part]) for part in ("zh", "en")}}
        else:
            left[name] = redactor.value(name, left[name])
    return left


def _sides(redactor: Redactor, assumed: Mapping[str, Any]) -> dict[str, Any]:
    return {side: redactor.value(assumed["name"], assumed[side]) for side in ("before", "after")}


def _redacted(redactor: Redactor, data: bytes) -> bytes:
    return canonical.encode(redactor.value("", canonical.decode(data)))
