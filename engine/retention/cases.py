"""Redacts a whole case in one transaction: history, variables, registers, files, texts, its entry in the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from engine import attachments, canonical, search
from engine.clock import to_microseconds
from engine.labels import labels_for
from engine.masking import HIDDEN
from engine.model import Actor, Event, Value
from engine.retention import traces
from engine.retention.due import is_late, keys_of, process_of, why_kept
from engine.retention.erasing import erasing
from engine.retention.histories import redact_stream
from engine.retention.redacting import Redactor
from engine.retention.rules import Rules, read_rules
from engine.retention.vocabulary import Vocabulary
from engine.runtime.register_rows import cell_of
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import (
    call_entry,
    history_event,
    history_redaction,
    process_instance,
    register_cell,
    register_row,
    retention_done,
    shop_order,
)

if TYPE_CHECKING:
    from engine.definitions import Definitions

_VOCABULARY: Final = Vocabulary()
_i: Final = process_instance.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """When and by which rule a case was redacted."""

    at: datetime
    actor: str
    reason: str


def redact_case(db: Database, definitions: Definitions, case_id: str, *, now: datetime, actor: Actor) -> bool:
    """Redact a case whose time is over; gives whether there was something to redact.

    Everything is looked at again under the lock under which everybody writes: whoever reopens, holds or adds to the
    case at the same moment comes before or after the whole of it. A crash leaves the case as it was.

    Args:
        db: the database.
        definitions: the versions that its instances ran on.
        case_id: of the case.
        now: aware; what its rule is measured by.
        actor: who does it.
    """
    with erasing(db) as tx:
        rules = read_rules(tx.connection)
        keys = keys_of(tx.connection, case_id)
        done = select(history_redaction.c.stream).where(history_redaction.c.stream == int(case_id))
        again = tx.connection.execute(done).first() is not None
        if again and not is_late(tx.connection, rules, case_id, now):
            return False
        if not again and (not keys or why_kept(tx.connection, rules, case_id, now) is not None):
            return False
        hashes = _redact(tx, db, definitions, case_id, keys, rules, now=now, actor=actor, again=again)
    attachments.drop_unnamed(db, hashes)
    return True


def _redact(
    tx: Transaction,
    db: Database,
    definitions: Definitions,
    case_id: str,
    keys: Sequence[int],
    rules: Rules,
    *,
    now: datetime,
    actor: Actor,
    again: bool,
) -> list[str]:
    """Everything of a case; gives the hashes of the files' contents that are not the case's any more."""
    at, days = to_microseconds(now), rules.of(process_of(tx.connection, case_id)).days or 0
    redactor = redactor_for(tx, case_id, keys)
    gone = sum(redact_stream(tx, key, redactor, at=at, actor=actor.id, reason=f"P{days}D") for key in keys)
    told = Event(kind="retention.redacted", value={"case": case_id, "streams": list(keys)})
    append_system(tx, [told], at=now, actor=actor.id)  # without it, verification takes the values for destroyed
    if not again:  # masks of masks would be other ones
        _redact_instances(tx, keys, redactor)
        _redact_registers(tx, definitions, case_id, redactor)
    traces.redact_values(tx, case_id, redactor)
    traces.hide_texts(tx, case_id)
    traces.hide_tasks(tx, case_id)
    traces.scrub_findings(tx, case_id, redactor)
    calls = tx.connection.execute(select(call_entry.c.id).where(call_entry.c.case_id == case_id)).scalars()
    hashes = attachments.erase_within(tx, [case_id, *(f"call:{key}" for key in calls)], now=now)
    search.index_again(tx, definitions, case_id)
    row = {"kind": "late" if again else "case", "subject": case_id, "at": at, "actor": actor.id}
    tx.connection.execute(insert(retention_done).values(**row, days=days, count=gone))
    return hashes


def redactor_for(tx: Transaction, case_id: str, keys: Sequence[int]) -> Redactor:
    """A redactor that lets stay what the shop's files say, the numbers of the case, its goods and its people."""
    said = (_i.parent_case_id, _i.opened_by, _i.first_owner, _i.owner)
    of_case = _i.key.in_(keys)
    rows = tx.connection.execute(select(*said).where(of_case)).all()
    actors = select(history_event.c.actor).where(history_event.c.stream.in_(keys)).distinct()
    own = {case_id, *map(str, keys), *tx.connection.execute(actors).scalars()}
    own |= {str(one) for row in rows for one in row if one}
    column = shop_order.c
    facts = (column.order_id, column.shop, column.waybill_no, column.facts)
    of_these = column.order_id.in_(select(_i.order_id).where(of_case))
    for row in tx.connection.execute(select(*facts).where(of_these)):
        own |= {str(one) for one in row[:-1] if one}
        own.update(_texts(canonical.decode(row.facts).get("items")))
    return Redactor(_VOCABULARY.words(tx.connection), frozenset(own))


def _texts(value: Value) -> Iterator[str]:
    """The texts within a value: what goods are called."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _redact_instances(tx: Transaction, keys: Sequence[int], redactor: Redactor) -> None:
    for row in tx.connection.execute(
        select(_i.key, _i.variables, _i.business_key, _i.order_id).where(_i.key.in_(keys))
    ).all():
        values = {
            "variables": canonical.encode(redactor.value("", canonical.decode(row.variables))),
            "business_key": None if row.business_key is None else redactor.text("order_id", row.business_key),
            "order_id": None if row.order_id is None else redactor.text("order_id", row.order_id),
            # What is left of its elements' own variables: nobody steps an instance that is over.
            "state": None,
            "customer_id": None,
        }
        tx.connection.execute(update(process_instance).where(_i.key == row.key).values(values))


def _redact_registers(tx: Transaction, definitions: Definitions, case_id: str, redactor: Redactor) -> None:
    row, cell = register_row.c, register_cell.c
    found = tx.connection.execute(
        select(row.id, row["values"].label("data"), _i.definition)
        .join(process_instance, _i.key == row.instance)
        .where(row.case_id == case_id)
    ).all()
    for one in found:
        labels = labels_for(definitions.get(one.definition))
        values = redactor.value("", canonical.decode(one.data))
        changed = update(register_row).where(row.id == one.id)
        tx.connection.execute(changed.values({"values": canonical.encode(values)}))
        for name in tx.connection.execute(select(cell.column).where(cell.row == one.id)).scalars().all():
            shown = cell_of(name, values.get(name, HIDDEN), labels)
            this = update(register_cell).where(cell.row == one.id, cell.column == name)
            tx.connection.execute(this.values(shown))
