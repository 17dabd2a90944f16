"""A second person looks at a change: asked for, approved of, or given back with a note."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from engine import access
from engine.access import Reach
from engine.clock import to_microseconds
from engine.errors import FourEyes, InvalidValue, NotAllowed, StepError
from engine.model import Actor
from engine.store.database import Transaction
from engine.store.tables import studio_change
from engine.studio.changes import check_alive, check_text, read_change, record
from engine.studio.settings import read_settings
from engine.studio.values import Change, ChangeMoved, Status


def may_review(actor: Actor) -> bool:
    """P22 yes or approve: other owners, and department managers."""
    return access.reach(actor, "P22") in (Reach.YES, Reach.APPROVE)


def submit(tx: Transaction, actor: Actor, key: int, *, note: str, now: datetime) -> None:
    """Ask for a review.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change is not the actor's to submit.
        StepError: it is submitted or approved already.
        InvalidValue: it changes nothing.
    """
    access.check(actor, "P22")
    if check_alive(tx.connection, key) is not Status.OPEN:
        raise StepError("the change is submitted already", message_zh="这项变更已经提交审核。")
    change = read_change(tx.connection, key)
    check_effective(change)
    values = {"status": Status.SUBMITTED, "submitted_by": actor.id, "submitted_at": to_microseconds(now)}
    tx.connection.execute(update(studio_change).where(studio_change.c.key == key).values(values))
    record(tx, key, "submitted", actor, now=now, note=check_text(note), title=change.title, revision=change.revision)


def approve(tx: Transaction, actor: Actor, key: int, *, revision: int, note: str, now: datetime) -> None:
    """Approve of a change as it stood at a revision.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change is not the actor's to review.
        FourEyes: the actor wrote some of it, or asked for its review.
        StepError: nobody has asked for a review.
        ChangeMoved: it was written on after that revision.
    """
    change = _under_review(tx, actor, key)
    if change.status is not Status.SUBMITTED:
        raise StepError("the change is not submitted", message_zh="这项变更还没有提交审核,或已经审核过。")
    if change.revision != revision:
        raise ChangeMoved
    _decide(tx, actor, key, Status.APPROVED, revision, now)
    record(tx, key, "approved", actor, now=now, note=check_text(note), title=change.title, revision=revision)


def give_back(tx: Transaction, actor: Actor, key: int, *, note: str, now: datetime) -> None:
    """Give a change back to its authors, also one that was approved of.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change is not the actor's to review.
        FourEyes: the actor wrote some of it, or asked for its review.
        StepError: nobody has asked for a review.
        InvalidValue: the note is missing or too long.
    """
    change = _under_review(tx, actor, key)
    if change.status is Status.OPEN:
        raise StepError("the change is not submitted", message_zh="这项变更还没有提交审核。")
    note = check_text(note)
    if not note:
        raise InvalidValue("say what has to be different", message_zh="请写明退回的原因和要改的地方。")
    _decide(tx, actor, key, Status.OPEN, None, now)
    record(tx, key, "returned", actor, now=now, note=note, title=change.title, revision=change.revision)


def check_effective(change: Change) -> None:
    """Raise unless the change changes something.

    Raises:
        InvalidValue: it does not.
    """
    if not change.effective:
        raise InvalidValue("the change changes nothing", message_zh="这项变更没有任何修改:请先加入文件并修改,再继续。")


def _under_review(tx: Transaction, actor: Actor, key: int) -> Change:
    if not may_review(actor):
        raise NotAllowed(f"{actor.id} may not review changes")
    check_alive(tx.connection, key)
    change = read_change(tx.connection, key)
    if read_settings(tx.connection).four_eyes and actor.id in change.authors:
        raise FourEyes(
            "You wrote or submitted this change. Somebody else has to review it.",
            message_zh="您写过或提交了这项变更,须由另一位同事审核。",
        )
    return change


def _decide(tx: Transaction, actor: Actor, key: int, status: Status, revision: int | None, now: datetime) -> None:
    stamp = {"reviewed_by": actor.id, "reviewed_at": to_microseconds(now), "reviewed_revision": revision}
    tx.connection.execute(update(studio_change).where(studio_change.c.key == key).values(status=status, **stamp))
