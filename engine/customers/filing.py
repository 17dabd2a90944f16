"""Files papers, and hands them out: files come in as every upload does, and leave through here only, logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from engine import attachments, shop
from engine.clock import to_microseconds
from engine.customers import archive, words
from engine.customers.documents import Document, document_of, get, may_keep
from engine.errors import DuplicateSubmission, InvalidValue, NotAllowed, NotFound, StepError
from engine.model import Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import document, document_version

MAX_TITLE: Final = 100
MAX_NOTE: Final = 500


class DocumentProblem(InvalidValue):
    """The paper cannot be kept as it was filled in; ``field`` says where."""

    code = "document_problem"

    def __init__(self, field: str, message: str, *, message_zh: str) -> None:
        super().__init__(message, message_zh=message_zh)
        self.field = field


class StaleDocument(StepError):
    """Somebody else has added a version since the page was opened. Reload, then try again."""

    code = "stale_document"
    message_zh = "这份资料已有新版本,请刷新后再上传。"
    message_en = "There is a newer version of this document. Please reload the page and upload it again."


def add(
    tx: Transaction,
    typed: Mapping[str, str],
    file_id: str,
    actor: Actor,
    *,
    now: datetime,
    submission_key: str | None = None,
) -> Document:
    """Enter a paper with its first version; the same submission again gives the first one.

    Args:
        tx: the caller's transaction.
        typed: ``title``, ``category``, ``access_group``, ``customer_id``, ``order_id``, ``note``.
        file_id: an unused upload of the actor's.
        actor: who enters it.
        now: when.
        submission_key: idempotency key of the form.

    Raises:
        NotAllowed: papers of this category are not the actor's to enter.
        DocumentProblem: something is missing, too long or unknown.
        InvalidValue: the file is none of the actor's unused uploads.
        DuplicateSubmission: the key was used by somebody else.
    """
    again = _entered(tx, submission_key, actor)
    if again is not None:
        return again
    values = _checked(tx.connection, typed, actor)
    at = to_microseconds(now)
    values |= {
        "version": 1,
        "created_by": actor.id,
        "created_at": at,
        "changed_at": at,
        "submission_key": submission_key,
    }
    key = tx.connection.execute(insert(document).values(values).returning(document.c.id)).scalar_one()
    _add_file(tx, key, 1, file_id, values["note"], actor, at)
    if values["customer_id"] is not None:
        archive.enter(tx, values["customer_id"], seen_at=now)
    told = {"document": key, "category": values["category"], "access_group": values["access_group"]}
    _record(tx, "document.added", told, actor, now)
    return _get(tx.connection, key)


def add_version(
    tx: Transaction, document_id: int, file_id: str, note: str, actor: Actor, *, now: datetime, based_on: int
) -> Document:
    """Put a newer version in front of the others, which stay.

    Args:
        tx: the caller's transaction.
        document_id: the paper.
        file_id: an unused upload of the actor's.
        note: what is new.
        actor: who adds it.
        now: when.
        based_on: the newest version that the actor has seen.

    Raises:
        NotFound: there is no such paper, or the actor may not read it.
        NotAllowed: papers of this category are not the actor's to enter.
        StaleDocument: somebody else was faster.
        InvalidValue: the note is too long, or the file is none of the actor's unused uploads.
    """
    found = _kept_by(tx.connection, document_id, actor)
    if found.version != based_on:
        raise StaleDocument
    note = _text("note", note, "说明", MAX_NOTE)
    at = to_microseconds(now)
    _add_file(tx, document_id, found.version + 1, file_id, note, actor, at)
    values = {"version": found.version + 1, "changed_at": at}
    tx.connection.execute(update(document).where(document.c.id == document_id).values(values))
    _record(tx, "document.version_added", {"document": document_id, "version": found.version + 1}, actor, now)
    return _get(tx.connection, document_id)


def withdraw(tx: Transaction, document_id: int, reason: str, actor: Actor, *, now: datetime) -> None:
    """Put a paper away: nobody finds it any more, its versions stay for auditors.

    Raises:
        NotFound: there is no such paper, or the actor may not read it.
        NotAllowed: papers of this category are not the actor's to keep.
        DocumentProblem: the reason is missing or too long.
    """
    _kept_by(tx.connection, document_id, actor)
    reason = _text("reason", reason, "原因", MAX_NOTE)
    if not reason:
        raise DocumentProblem(
            "reason", "Please say why the document is taken out of use.", message_zh="请写明停用原因。"
        )
    at = to_microseconds(now)
    tx.connection.execute(update(document).where(document.c.id == document_id).values(withdrawn_at=at))
    _record(tx, "document.withdrawn", {"document": document_id, "reason": reason}, actor, now)


def open_version(
    tx: Transaction, document_id: int, number: int, actor: Actor, *, now: datetime
) -> attachments.Attachment:
    """The file of a version, for somebody who takes it; that is logged.

    Raises:
        NotFound: there is none, or the actor may not read it.
    """
    get(tx.connection, document_id, actor)
    found = select(document_version.c.file).where(
        document_version.c.document == document_id, document_version.c.number == number
    )
    file_id = tx.connection.execute(found).scalar_one_or_none()
    if file_id is None:
        raise NotFound(f"document {document_id} has no version {number}", message_zh="没有这个版本。")
    file = attachments.get(tx.connection, file_id)
    told: dict[str, Value] = {"document": document_id, "version": number, "sha256": file.sha256}
    _record(tx, "document.downloaded", told, actor, now)
    return file


def _entered(tx: Transaction, submission_key: str | None, actor: Actor) -> Document | None:
    if submission_key is None:
        return None
    row = tx.connection.execute(select(document).where(document.c.submission_key == submission_key)).one_or_none()
    if row is not None and row.created_by != actor.id:
        raise DuplicateSubmission(message_zh="该表单已被他人提交,请重新打开归档页面。")
    return None if row is None else document_of(row)


def _checked(connection: Connection, typed: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    category, group = typed.get("category", ""), typed.get("access_group", "")
    if category not in words.CATEGORIES:
        raise DocumentProblem("category", "Please choose a category.", message_zh="请选择类别。")
    if not may_keep(actor, category):
        raise NotAllowed(
            "Contracts are filed by finance or a department manager only.", message_zh="合同只能由财务或部门经理归档。"
        )
    if group not in words.ACCESS_GROUPS:
        raise DocumentProblem("access_group", "Please choose who may see it.", message_zh="请选择谁可以看。")
    if group and group not in actor.groups and not {"dept_manager", "supervisor"} & actor.groups:
        said = "只能选自己的岗位或所有客服,否则您自己也看不到。"
        raise DocumentProblem(
            "access_group",
            "Please choose your own group or all agents, else you could not see it yourself.",
            message_zh=said,
        )
    title = _text("title", typed.get("title", ""), "标题", MAX_TITLE)
    if not title:
        raise DocumentProblem(
            "title",
            "Please fill in the title, such as “Contract of 2026”.",
            message_zh="请填标题,例如“2026年度合作合同”。",
        )
    customer_id, order_id = typed.get("customer_id", "").strip(), typed.get("order_id", "").strip()
    order = shop.order_facts(connection, order_id[:64]) if order_id else None
    if order_id and order is None:
        raise DocumentProblem(
            "order_id",
            "There is no such order. Please check the order id, or leave it empty.",
            message_zh="没有这个订单号,请核对或留空。",
        )
    if customer_id and not archive.is_known(connection, customer_id[:64]):
        raise DocumentProblem(
            "customer_id",
            "There is no such customer. Please check the customer id, or leave it empty.",
            message_zh="没有这个客户ID,请核对或留空。",
        )
    return {
        "title": title,
        "category": category,
        "access_group": group,
        "customer_id": customer_id or (str(order["customer_id"]) if order else None),
        "order_id": order_id or None,
        "note": _text("note", typed.get("note", ""), "说明", MAX_NOTE),
    }


def _text(field: str, text: str, label: str, most: int) -> str:
    text = text.strip()
    if len(text) > most:
        raise DocumentProblem(
            field,
            f"The text may have {most} characters and has {len(text)}. Please shorten it.",
            message_zh=f"{label}最长{most}字,现在{len(text)}字。",
        )
    return text


def _add_file(tx: Transaction, key: int, number: int, file_id: str, note: str, actor: Actor, at: int) -> None:
    file = attachments.bind_to(tx, file_id, owner=f"document:{key}", actor=actor)
    values = {"document": key, "number": number, "file": file.id, "note": note, "added_by": actor.id, "added_at": at}
    tx.connection.execute(insert(document_version).values(values))


def _kept_by(connection: Connection, document_id: int, actor: Actor) -> Document:
    found = get(connection, document_id, actor)
    if not may_keep(actor, found.category):
        raise NotAllowed(f"{actor.id} may not keep document {document_id}")
    return found


def _record(tx: Transaction, kind: str, value: dict[str, Any], actor: Actor, now: datetime) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=now, actor=actor.id)


def _get(connection: Connection, document_id: int) -> Document:
    return document_of(connection.execute(select(document).where(document.c.id == document_id)).one())
