"""Takes orders, parcels and events in: a batch a transaction, a file twice changes nothing, news become messages.

Messages go out before the rows are written: after a crash between the two the next import sends them again, and their
ids make the second one nothing. The other order could lose one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import canonical
from engine.clock import to_microseconds
from engine.errors import EngineError, InvalidValue
from engine.model import SYSTEM, Actor, Value, Variables
from engine.shop.events import known_events, message_of
from engine.shop.facts import IMPORT, ORDER_BLOB, ORDER_STAGES, parcel_facts, tracking_stage, with_lines
from engine.shop.files import read_rows
from engine.shop.report import ImportReport, Problem, Publisher
from engine.shop.rows import Refused, Row, RowKind, missing, read_row
from engine.store.database import Transaction
from engine.store.tables import parcel, shop_order

_BATCH: Final = 500
#: How long messages are kept for those who come later.
_KEPT: Final = timedelta(hours=24)
#: A parcel's news may be so far ahead of our clock; later ones would hide the true ones behind them.
_AHEAD: Final = timedelta(minutes=10)
_STAGES: Final = tuple(ORDER_STAGES)
#: An order in one of these has been paid and waits for its dispatch.
_TO_DISPATCH: Final = frozenset({"paid", "picking"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A row to be written, with the message that tells of it."""

    line: int
    row: Row
    columns: Mapping[str, Any]
    message: tuple[str, str, Value, str, timedelta] | None = None
    #: The order's facts and stage as they were read; None: there was no row.
    before: tuple[bytes, str] | None = None


def import_file(runtime: Publisher, path: Path | str, *, actor: Actor = SYSTEM) -> ImportReport:
    """Import the rows of a CSV or JSON file; wrong ones are reported, the others taken.

    An order that is newly paid and not dispatched publishes ``msg_order_paid``, a parcel with news
    ``msg_logistics_updated`` (not kept for those who come later); payments, rulings and goods sent back publish theirs.

    Raises:
        InvalidValue: the file as a whole cannot be read; what was read before is taken.
    """
    notes: list[str] = []
    report = import_rows(runtime, read_rows(Path(path), notes), actor=actor)
    for note in notes:
        report.problems.insert(0, Problem(None, note))
    return report


def import_rows(
    runtime: Publisher, rows: Iterable[tuple[int, RowKind, Mapping[str, Any]]], *, actor: Actor = SYSTEM
) -> ImportReport:
    """As ``import_file``, of rows: line, kind, cells by column name or Chinese label."""
    report = ImportReport()
    source = _checked(rows, report)
    while batch := list(islice(source, _BATCH)):
        _take(runtime, batch, report, actor)
    return report


def parcel_news(runtime: Publisher, waybill_no: str, news: Variables, actor: Actor) -> None:
    """Take news of a parcel that a person tells of, and wake all who wait for them; told again they change nothing.

    Args:
        runtime: where they go.
        waybill_no: which parcel; one that nobody knows begins with them.
        news: stage, location (or null) and updated_at (aware).
        actor: who tells.

    Raises:
        InvalidValue: they are not in order, or older than what is known.
    """
    with runtime.db.read() as connection:
        known = parcel_facts(connection, waybill_no)
    updated_at = news["updated_at"]
    if known is not None and (known["last_update_at"], known["stage"]) == (updated_at, news["stage"]):
        return
    cells = {"waybill_no": waybill_no, "stage": news["stage"], "location": news.get("location")}
    report = import_rows(runtime, [(1, RowKind.PARCEL, {**cells, "last_update_at": updated_at})], actor=actor)
    if report.problems or not report.changed:
        said = report.problems[0].text if report.problems else "已有更晚的物流信息,请核对更新时间"
        raise InvalidValue(
            f"The news of {waybill_no} cannot be taken. Please check the stage and the time of the update.",
            message_zh=f"{said}。",
        )
    if known is None:  # nobody was told of a parcel that was new
        runtime.publish("msg_logistics_updated", waybill_no, dict(news), actor=actor, ttl=timedelta(0))


def _checked(rows: Iterable[tuple[int, RowKind, Mapping[str, Any]]], report: ImportReport) -> Iterator[tuple[int, Row]]:
    for line, kind, cells in rows:
        try:
            yield line, read_row(kind, cells)
        except Refused as problem:
            report.add(line, str(problem))


def _take(runtime: Publisher, batch: list[tuple[int, Row]], report: ImportReport, actor: Actor) -> None:
    changes = _changes(runtime, batch, report)
    written = []
    for change in changes:
        if change.message is not None:
            name, key, payload, message_id, ttl = change.message
            try:
                runtime.publish(name, key, payload, actor=actor, message_id=message_id, ttl=ttl)
            except EngineError as problem:
                report.add(change.line, f"{problem.message_zh}(消息 {name})")
                continue
            report.messages += 1
        written.append(change)
    if written:
        with runtime.db.begin() as tx:
            for change in written:
                if _write(tx, change, to_microseconds(runtime.clock.now())):
                    report.changed += 1
                else:
                    report.add(change.line, f"订单 {change.row.key} 刚刚有人修改,未更新,请再导入一次")


def _changes(runtime: Publisher, batch: list[tuple[int, Row]], report: ImportReport) -> list[_Change]:
    """What of a batch is new; the last of several rows with one key counts, as if they came one after the other."""
    keys: dict[RowKind, set[str]] = {kind: {row.key for _, row in batch if row.kind is kind} for kind in RowKind}
    with runtime.db.read() as connection:
        orders = {
            found.order_id: dict(found._mapping)
            for found in connection.execute(select(shop_order).where(shop_order.c.order_id.in_(keys[RowKind.ORDER])))
        }
        parcels = {
            found.waybill_no: dict(found._mapping)
            for found in connection.execute(select(parcel).where(parcel.c.waybill_no.in_(keys[RowKind.PARCEL])))
        }
        told = known_events(connection, [row for _, row in batch])
    now = to_microseconds(runtime.clock.now())
    changes = []
    for line, row in batch:
        known = orders if row.kind is RowKind.ORDER else parcels
        try:
            if row.kind not in (RowKind.ORDER, RowKind.PARCEL):
                report.events += 1
                changes += _event(runtime, line, row, told)
                continue
            change = (_order if row.kind is RowKind.ORDER else _parcel)(line, row, known.get(row.key), now)
        except Refused as problem:
            report.add(line, str(problem))
            continue
        if row.kind is RowKind.ORDER:
            report.orders += 1
        else:
            report.parcels += 1
        if change is not None:
            known[row.key] = {**known.get(row.key, {}), **change.columns}
            changes.append(change)
    return changes


def _event(runtime: Publisher, line: int, row: Row, told: set[tuple[str, str]]) -> list[_Change]:
    """The message of a row about something that a case may wait for, unless it was told before."""
    lacking = missing(row.kind, row.values)
    if lacking:
        raise Refused(lacking)
    with runtime.db.read() as connection:
        message = message_of(connection, row)
    name, key, payload, message_id = message
    if (name, message_id) in told:
        return []
    problem = runtime.refusal(name, key, payload)
    if problem is not None:
        raise Refused(problem)
    told.add((name, message_id))
    return [_Change(line=line, row=row, columns={}, message=(*message, _KEPT))]


def _order(line: int, row: Row, known: Mapping[str, Any] | None, now: int) -> _Change | None:
    """What an order's row changes; a stage never goes back, whatever an older file says."""
    given = dict(row.values)
    digest = sha256(canonical.encode(given)).hexdigest()
    facts = canonical.decode(known["facts"]) if known else {}
    told = facts.pop(IMPORT, {"hash": None, "changed": {}})
    if told["hash"] == digest:
        return None
    before = known["order_stage"] if known else None
    lacking = missing(row.kind, {**(known or {}), **given})
    if lacking:
        raise Refused(lacking)
    stage = given.get("order_stage", before)
    if before is not None and _STAGES.index(before) > _STAGES.index(stage):
        stage = before
    # What the desk has changed (06) stays until the shop says something new of it: an export repeats what was.
    said = told.get("said", {})
    fresh = {name: given[name] for name in ORDER_BLOB & given.keys() if name not in said or given[name] != said[name]}
    left = {name: value for name, value in said.items() if name not in fresh}
    if told.get("added") and "order_remark" in fresh:
        left["order_remark"] = fresh["order_remark"]
        fresh["order_remark"] = with_lines(fresh["order_remark"], told["added"])
    news = {name: value for name, value in fresh.items() if value != facts.get(name)}
    changed = told["changed"] | (dict.fromkeys(news, now) if known else {})
    facts |= news
    columns = {name: given[name] for name in given if name not in ORDER_BLOB and name != "paid_at"}
    columns |= {
        "order_stage": stage,
        "facts": canonical.encode({**facts, IMPORT: {**told, "hash": digest, "changed": changed, "said": left}}),
    }
    if "paid_at" in given:
        columns["paid_at"] = to_microseconds(given["paid_at"])
    message = None
    if stage in _TO_DISPATCH and before in (None, "unpaid"):
        kept = {name: known[name] for name in ("customer_id", "channel", "shop") if known and known.get(name)}
        told_of = {name: value for name, value in given.items() if name != "agent"}
        payload = {**kept, **told_of, **facts, "order_stage": stage}
        message = ("msg_order_paid", row.key, payload, f"order_paid:{row.key}", _KEPT)
    read = (known["facts"], known["order_stage"]) if known else None
    return _Change(line=line, row=row, columns=columns, message=message, before=read)


def _parcel(line: int, row: Row, known: Mapping[str, Any] | None, now: int) -> _Change | None:
    """What a parcel's row changes: only news newer than what is known."""
    given = dict(row.values)
    lacking = missing(row.kind, given)
    if lacking:
        raise Refused(lacking)
    updated_at = given["last_update_at"]
    at = to_microseconds(updated_at)
    if at > now + _AHEAD // timedelta(microseconds=1):
        raise Refused("最近物流更新晚于当前时间")
    if known is not None and at <= known["last_update_at"]:
        return None
    columns = {**given, "last_update_at": at, "stage_since": _stage_since(given["stage"], at, known)}
    message = None
    if known is not None:
        payload = {"stage": given["stage"], "location": given.get("location"), "updated_at": updated_at}
        message_id = f"{row.key}:{updated_at.isoformat()}"
        message = ("msg_logistics_updated", row.key, payload, message_id, timedelta(0))
    return _Change(line=line, row=row, columns=columns, message=message)


def _stage_since(stage: Value, at: int, known: Mapping[str, Any] | None) -> int:
    """When the stage that the news tell of began: with them, unless tracking knows it already."""
    if known is None or tracking_stage(known["stage"]) != tracking_stage(str(stage)):
        return at
    since = known.get("stage_since")
    return int(known["last_update_at"] if since is None else since)


def _write(tx: Transaction, change: _Change, now: int) -> bool:
    """Write the row, unless somebody has changed the order since it was read; tells whether it was written."""
    columns = dict(change.columns)
    if not columns:
        return True
    if change.row.kind is RowKind.PARCEL:
        new = upsert(parcel).values(columns)
        known = parcel.c.last_update_at < new.excluded.last_update_at
        tx.connection.execute(new.on_conflict_do_update(index_elements=["waybill_no"], set_=columns, where=known))
        return True
    columns["updated_at"] = now
    if change.before is None:
        new_order = upsert(shop_order).values(columns).on_conflict_do_nothing()
        return tx.connection.execute(new_order).rowcount == 1
    facts, stage = change.before
    is_as_read = (shop_order.c.facts == facts, shop_order.c.order_stage == stage)
    of_order = update(shop_order).where(shop_order.c.order_id == change.row.key, *is_as_read)
    return tx.connection.execute(of_order.values(columns)).rowcount == 1
