"""Taking rows of registers home: at once (P14), or by a request that a department manager approves (P15).

Every file, request and decision stands in the system's history before a byte of it leaves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from engine import access, canonical, registers
from engine.clock import Clock, to_microseconds
from engine.definitions import Definitions
from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.exports.content import (
    MAX_REASON,
    ExportFile,
    Wanted,
    count_checked,
    file_of,
    read_rows,
    read_wanted,
    told,
    written,
)
from engine.exports.views import ExportStatus, status_at
from engine.model import Actor, Event, Value
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.queries.records import register_columns
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import register_export

#: How long an approved file may be fetched, once.
VALID_FOR: Final = timedelta(hours=24)
#: Groups with P15.
_APPROVERS: Final = ("dept_manager",)


def export(
    db: Database,
    definitions: Definitions,
    clock: Clock,
    actor: Actor,
    register: str,
    arguments: Mapping[str, str],
    *,
    form: str,
    unmasked: bool = False,
    reason: str = "",
) -> ExportFile:
    """A file at once, for those whom P14 lets take it.

    Args:
        db: the database.
        definitions: for columns and their names.
        clock: for the mark and the history.
        actor: who takes it.
        register: its id.
        arguments: filters, as the register's page has them.
        form: csv or xlsx.
        unmasked: personal data as they are (P15), with a reason.
        reason: why.

    Raises:
        NotFound: there is no such register for the actor.
        NotAllowed: the actor may not take it home, or not unmasked.
        InvalidValue: more than 5000 rows, a filter that cannot be read, or no reason for personal data.
    """
    if not registers.may_export(actor, register) or (unmasked and not access.may(actor, "P15")):
        raise NotAllowed(f"{actor.id} may not export {register[:60]}")
    if unmasked and not reason.strip():
        raise InvalidValue(
            "Exporting personal data in full needs a reason. Please write one.",
            message_zh="导出未打码的个人信息须写明原因。",
        )
    with db.read() as connection:
        wanted = read_wanted(connection, definitions, actor, register, arguments, form, unmasked=unmasked)
        rows = read_rows(connection, wanted)
    now = clock.now()
    content = written(wanted, rows, actor, now)
    with db.begin() as tx:
        _tell(tx, "register.exported", told(wanted, len(rows), reason), actor, now)
    return file_of(wanted, content, len(rows), now)


def request(
    db: Database,
    definitions: Definitions,
    clock: Clock,
    actor: Actor,
    register: str,
    arguments: Mapping[str, str],
    *,
    form: str,
    reason: str,
) -> str:
    """Ask a department manager for a masked file; gives the request's id. Arguments as for ``export``.

    Raises:
        NotFound: there is no such register for the actor.
        NotAllowed: the actor has nothing to ask for.
        InvalidValue: more than 5000 rows, a filter that cannot be read, or no reason.
    """
    if not registers.may_ask_for_export(actor, register):
        raise NotAllowed(f"{actor.id} may not ask for {register[:60]}")
    if not reason.strip():
        raise InvalidValue("Please write why you export this.", message_zh="请写明导出原因。")
    now = clock.now()
    with db.begin() as tx:
        wanted = read_wanted(tx.connection, definitions, actor, register, arguments, form, unmasked=False)
        last = registers.last_row(tx.connection)
        rows = count_checked(tx.connection, wanted)
        request_id = secrets.token_hex(16)
        tx.connection.execute(
            insert(register_export).values(
                id=request_id,
                register=register,
                filter=canonical.encode(registers.encode_asked(wanted.asked)),
                format=form,
                reason=reason.strip()[:MAX_REASON],
                rows=rows,
                last_row=last,
                status=ExportStatus.WAITING.value,
                requested_by=actor.id,
                requested_at=to_microseconds(now),
            )
        )
        value = {"request": request_id, **told(wanted, rows, reason)}
        _tell(tx, "register.export_requested", value, actor, now)
        notice = Notice(occasion=Occasion.EXPORT, text=say("export_asked", who=actor.name, rows=rows), page="/exports")
        tell(tx, members_of(tx.connection, _APPROVERS), notice, at=now, actor=actor.id)
    return request_id


def decide(db: Database, clock: Clock, actor: Actor, request_id: str, *, approve: bool, answer: str = "") -> None:
    """Approve or refuse a request; whoever decides second hears that it is decided.

    Raises:
        NotAllowed: the actor lacks P15.
        NotFound: there is no such request.
        FourEyes: it is the actor's own.
        InvalidValue: a refusal without an answer.
        StepError: it has been decided.
    """
    access.check(actor, "P15")
    if not approve and not answer.strip():
        raise InvalidValue("Please write why you do not approve.", message_zh="不同意时请写明理由。")
    now = clock.now()
    with db.begin() as tx:
        found = _find(tx.connection, request_id)
        if found.requested_by == actor.id:
            raise FourEyes("You cannot decide about your own export request.", message_zh="不能审批自己的导出申请。")
        status = ExportStatus.APPROVED if approve else ExportStatus.REFUSED
        changed = tx.connection.execute(
            update(register_export)
            .where(register_export.c.id == request_id, register_export.c.status == ExportStatus.WAITING.value)
            .values(
                status=status.value,
                decided_by=actor.id,
                decided_at=to_microseconds(now),
                answer=answer.strip()[:MAX_REASON] or None,
                expires_at=to_microseconds(now + VALID_FOR) if approve else None,
            )
        )
        if changed.rowcount != 1:
            raise StepError("This request is decided already.", message_zh="该申请已处理。")
        value = {"request": request_id, "decision": status.value, "answer": answer.strip()[:MAX_REASON]}
        _tell(tx, "register.export_decided", value, actor, now)
        said = say("export_approved" if approve else "export_refused")
        notice = Notice(occasion=Occasion.EXPORT, text=said, page="/exports")
        tell(tx, [found.requested_by], notice, at=now, actor=actor.id)


def take(db: Database, definitions: Definitions, clock: Clock, actor: Actor, request_id: str) -> ExportFile:
    """Fetch the approved file of one's own request: once, within 24 hours.

    Rows opened after the request are not in it; what the others say is as of now.

    Raises:
        NotFound: there is no such request of the actor, or its register is the actor's no more.
        StepError: it is not approved, has been fetched, or its time is over.
        InvalidValue: the filters find more than 5000 rows by now.
    """
    now = clock.now()
    with db.read() as connection:
        found = _find(connection, request_id)
        if found.requested_by != actor.id or not registers.may_ask_for_export(actor, found.register):
            raise NotFound(f"{actor.id} has no request {request_id}", message_zh="没有这个导出申请。")
        _check_open(found, now)
        asked = registers.decode_asked(canonical.decode(found.filter))
        columns = register_columns(connection, definitions, found.register, actor)
        wanted = Wanted(
            register=found.register,
            asked=registers.until_row(asked, found.last_row),
            format=found.format,
            unmasked=False,
            columns=columns,
        )
        rows = read_rows(connection, wanted)
    content = written(wanted, rows, actor, now)
    with db.begin() as tx:
        changed = tx.connection.execute(
            update(register_export)
            .where(register_export.c.id == request_id, register_export.c.status == ExportStatus.APPROVED.value)
            .values(status=ExportStatus.DOWNLOADED.value, downloaded_at=to_microseconds(now))
        )
        if changed.rowcount != 1:  # the other of two clicks has it
            raise StepError(
                "This file was downloaded already. Please make another request.",
                message_zh="该文件已下载过,请重新申请。",
            )
        _tell(tx, "register.exported", {"request": request_id, **told(wanted, len(rows), found.reason)}, actor, now)
    return file_of(wanted, content, len(rows), now)


_CLOSED: Final[Mapping[ExportStatus, str]] = {
    ExportStatus.WAITING: "该申请还没有审批。",
    ExportStatus.REFUSED: "该申请未获同意。",
    ExportStatus.DOWNLOADED: "该文件已下载过,请重新申请。",
    ExportStatus.EXPIRED: "该文件已超过24小时,请重新申请。",
}
_CLOSED_EN: Final[Mapping[ExportStatus, str]] = {
    ExportStatus.WAITING: "This request is not decided yet.",
    ExportStatus.REFUSED: "This request was not approved.",
    ExportStatus.DOWNLOADED: "This file was downloaded already. Please make another request.",
    ExportStatus.EXPIRED: "More than 24 hours are over, and the file is gone. Please make another request.",
}


def _check_open(row: Row[Any], now: datetime) -> None:
    status = status_at(row, now)
    if status is not ExportStatus.APPROVED:
        raise StepError(_CLOSED_EN[status], message_zh=_CLOSED[status])


def _find(connection: Connection, request_id: str) -> Row[Any]:
    row = connection.execute(select(register_export).where(register_export.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no request {request_id[:40]!r}", message_zh="没有这个导出申请。")
    return row


def _tell(tx: Transaction, kind: str, value: Value, actor: Actor, at: datetime) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=at, actor=actor.id)
