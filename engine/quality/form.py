"""What the items of a check weigh, in versions: a check keeps the one by which it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.model import SYSTEM, Actor, Event
from engine.quality import words
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import quality_form

SHIPPED: Final[Mapping[str, int]] = {item.id: item.points for item in words.ITEMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A version: 0 is the shipped one."""

    version: int
    weights: Mapping[str, int]
    note: str
    made_by: str
    made_at: datetime | None


def list_forms(connection: Connection) -> tuple[Form, ...]:
    """Every version, the newest first; the shipped one last."""
    rows = connection.execute(select(quality_form).order_by(quality_form.c.version.desc()))
    return (*map(_form, rows), _shipped())


def current_form(connection: Connection) -> Form:
    """The version in force."""
    row = connection.execute(select(quality_form).order_by(quality_form.c.version.desc()).limit(1)).one_or_none()
    return _shipped() if row is None else _form(row)


def form_of(connection: Connection, version: int) -> Form:
    """A version by its number."""
    if version == 0:
        return _shipped()
    return _form(connection.execute(select(quality_form).where(quality_form.c.version == version)).one())


def save_form(
    tx: Transaction, weights: Mapping[str, int], actor: Actor, *, now: datetime, note: str, based_on: int
) -> Form:
    """Make a version; the one in force where it says the same.

    Args:
        tx: the caller's transaction.
        weights: points by item; every item, 0 for one that is left out, Σ 100.
        actor: who makes it, P19 without bounds.
        now: aware UTC.
        note: why.
        based_on: the version that the actor has seen as the newest.

    Raises:
        NotAllowed: the actor may not.
        InvalidValue: the points are not 100, or the reason is missing.
        StepError: somebody else was faster.
    """
    if not words.sets_form(actor):
        raise NotAllowed(f"{actor.id} may not change the form")
    if set(weights) != set(SHIPPED) or any(not 0 <= points <= words.FULL for points in weights.values()):
        raise InvalidValue("Each item must be a whole number from 0 to 100.", message_zh="每项须为 0 到 100 的整数。")
    total = sum(weights.values())
    if total != words.FULL:
        raise InvalidValue(
            f"The items must sum up to 100 and sum up to {total}. Please correct them.",
            message_zh=f"各项之和须为 100,现在是 {total},请改正。",
        )
    known = current_form(tx.connection)
    if known.version != based_on:
        raise StepError(
            "Somebody else has just changed the form. Please reload the page and change it again.",
            message_zh="质检表刚被他人修改,请刷新后再改一次。",
        )
    if dict(known.weights) == dict(weights):
        return known
    if not note.strip() or len(note.strip()) > words.MAX_REMARK:
        raise InvalidValue(
            f"Please write why you change it, in at most {words.MAX_REMARK} characters.",
            message_zh=f"请写明修改的原因,最长 {words.MAX_REMARK} 字。",
        )
    row = {"version": known.version + 1, "weights": canonical.encode(dict(weights)), "note": note.strip()}
    tx.connection.execute(insert(quality_form).values(**row, made_by=actor.id, made_at=to_microseconds(now)))
    value = {"version": known.version + 1, "before": dict(known.weights), "after": dict(weights), "note": note.strip()}
    append_system(tx, [Event(kind="quality_form.changed", value=value)], at=now, actor=actor.id)
    return current_form(tx.connection)


def _shipped() -> Form:
    return Form(version=0, weights=SHIPPED, note="出厂设置", made_by=SYSTEM.id, made_at=None)


def _form(row: Row[Any]) -> Form:
    weights = {name: int(points) for name, points in canonical.decode(row.weights).items()}
    return Form(
        version=row.version,
        weights=weights,
        note=row.note,
        made_by=row.made_by,
        made_at=from_microseconds(row.made_at),
    )
