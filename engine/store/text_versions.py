"""Texts in versions: one writes or proposes, another approves or refuses; nothing is ever changed or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from engine import canonical
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import FourEyes, InvalidValue, NotFound, StepError
from engine.model import Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import text_version

MAX_NOTE: Final = 300
_OPEN: Final = ("proposed", "approving")


class Standing(StrEnum):
    """What has become of a version."""

    PROPOSED = "proposed"
    #: Approved, and on its way into force: only an approval may follow.
    APPROVING = "approving"
    IN_FORCE = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """One version of a text; times are aware UTC."""

    key: int
    kind: str
    id: str
    #: 1, 2, 3 …; None: it is not in force, and never was.
    version: int | None
    content: Value
    status: Standing
    based_on: int
    made_at: datetime
    made_by: str
    note: str
    decided_at: datetime | None
    decided_by: str | None
    answer: str | None

    @property
    def open(self) -> bool:
        """Whether somebody has to decide about it."""
        return self.status in _OPEN


def newest(connection: Connection, kind: str, text_id: str) -> TextVersion | None:
    """The version in force, or None."""
    of_text = _of(kind, text_id).where(text_version.c.version.is_not(None))
    row = connection.execute(of_text.order_by(text_version.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else _read(row)


def get(connection: Connection, key: int) -> TextVersion:
    """A version by its key.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(text_version).where(text_version.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"there is no version {key}", message_zh="没有这个版本。")
    return _read(row)


def list_of(connection: Connection, kind: str, text_id: str, limit: int = 100) -> tuple[TextVersion, ...]:
    """Versions of a text and proposals for it, the newest first."""
    found = connection.execute(_of(kind, text_id).order_by(text_version.c.key.desc()).limit(limit))
    return tuple(map(_read, found))


def list_open(connection: Connection, kinds: Sequence[str], limit: int = 100) -> tuple[TextVersion, ...]:
    """What waits to be decided about, the oldest first."""
    found = select(text_version).where(text_version.c.status.in_(_OPEN), text_version.c.kind.in_(kinds))
    return tuple(map(_read, connection.execute(found.order_by(text_version.c.key).limit(limit))))


def put_in_force(
    tx: Transaction, kind: str, text_id: str, content: Value, actor: Actor, *, at: datetime, note: str, based_on: int
) -> TextVersion:
    """Make the next version, and say so in the system's history.

    Args:
        tx: the caller's transaction.
        kind: script, template or words.
        text_id: whose next version it is.
        content: what canonical can write.
        actor: who makes it.
        at: aware UTC.
        note: why.
        based_on: the version that the writer had before them, 0 for none.

    Raises:
        InvalidValue: somebody else was faster, or the note is too long.
    """
    number = _check_base(tx.connection, kind, text_id, based_on)
    return _insert(tx, kind, text_id, content, actor, at=at, note=note, based_on=based_on, version=number + 1)


def propose(
    tx: Transaction, kind: str, text_id: str, content: Value, actor: Actor, *, at: datetime, note: str, based_on: int
) -> TextVersion:
    """Leave a version for somebody else's approval; arguments and errors as for ``put_in_force``."""
    _check_base(tx.connection, kind, text_id, based_on)
    if not note.strip():
        raise InvalidValue("Please write why you change it.", message_zh="请写明为什么这样改。")
    return _insert(tx, kind, text_id, content, actor, at=at, note=note, based_on=based_on, version=None)


def begin_approval(tx: Transaction, key: int, actor: Actor) -> TextVersion:
    """Take a proposal for approval: nobody refuses or withdraws it from now on.

    Raises:
        NotFound: there is none.
        FourEyes: it is the actor's own.
        StepError: it has been decided.
        InvalidValue: a newer version came into force since it was written.
    """
    found = _undecided(tx.connection, key, actor)
    _check_base(tx.connection, found.kind, found.id, found.based_on)
    _move(tx, key, _OPEN, status=Standing.APPROVING)
    return found


def stop_approval(tx: Transaction, key: int) -> None:
    """Give a proposal back that could not come into force."""
    _move(tx, key, (Standing.APPROVING,), status=Standing.PROPOSED)


def approve(tx: Transaction, key: int, actor: Actor, *, at: datetime, answer: str = "") -> TextVersion:
    """Put a proposal in force; errors as for ``begin_approval``."""
    found = _undecided(tx.connection, key, actor)
    number = _check_base(tx.connection, found.kind, found.id, found.based_on) + 1
    _decide(tx, found, actor, at, answer, status=Standing.IN_FORCE, version=number)
    return get(tx.connection, key)


def refuse(tx: Transaction, key: int, actor: Actor, *, at: datetime, answer: str) -> TextVersion:
    """Refuse a proposal, with an answer; who made it withdraws it and needs none.

    Raises:
        NotFound: there is none.
        InvalidValue: the answer is missing.
        StepError: it has been decided.
    """
    found = get(tx.connection, key)
    own = found.made_by == actor.id
    if not own and not answer.strip():
        raise InvalidValue("Please write why you do not accept it.", message_zh="不同意时请写明理由。")
    if found.status is not Standing.PROPOSED:
        raise StepError("This proposal is decided already.", message_zh="该提议已处理。")
    _decide(tx, found, actor, at, answer, status=Standing.WITHDRAWN if own else Standing.REFUSED, version=None)
    return get(tx.connection, key)


# --- inside ----------------------------------------------------------------------------------------


def _of(kind: str, text_id: str) -> Any:
    return select(text_version).where(text_version.c.kind == kind, text_version.c.id == text_id)


def _check_base(connection: Connection, kind: str, text_id: str, based_on: int) -> int:
    of_text = select(func.max(text_version.c.version)).where(text_version.c.kind == kind, text_version.c.id == text_id)
    number = connection.execute(of_text).scalar() or 0
    if number != based_on:
        said = "这段文字已有更新的版本,请刷新后在新版本上修改。"
        raise InvalidValue(
            f"There is a newer version of this text ({number}). Please reload the page and change that one.",
            message_zh=said,
        )
    return int(number)


def _undecided(connection: Connection, key: int, actor: Actor) -> TextVersion:
    found = get(connection, key)
    if found.made_by == actor.id:
        raise FourEyes("You cannot decide about your own proposal.", message_zh="不能审批自己的提议。")
    if not found.open:
        raise StepError("This proposal is decided already.", message_zh="该提议已处理。")
    return found


def _insert(
    tx: Transaction,
    kind: str,
    text_id: str,
    content: Value,
    actor: Actor,
    *,
    at: datetime,
    note: str,
    based_on: int,
    version: int | None,
) -> TextVersion:
    if len(note.strip()) > MAX_NOTE:
        raise InvalidValue(
            f"The note may have {MAX_NOTE} characters. Please shorten it.", message_zh=f"说明不超过 {MAX_NOTE} 字。"
        )
    row = {
        "kind": kind,
        "id": text_id,
        "version": version,
        "content": canonical.encode(content),
        "status": (Standing.PROPOSED if version is None else Standing.IN_FORCE).value,
        "based_on": based_on,
        "made_at": to_microseconds(at),
        "made_by": actor.id,
        "note": note.strip(),
    }
    key = tx.connection.execute(insert(text_version).values(row).returning(text_version.c.key)).scalar_one()
    what = "proposed" if version is None else "changed"
    told = {"id": text_id, "version": version, "based_on": based_on, "note": row["note"], "content": content}
    append_system(tx, [Event(kind=f"{kind}.{what}", value=told)], at=at, actor=actor.id)
    return get(tx.connection, key)


def _decide(
    tx: Transaction,
    found: TextVersion,
    actor: Actor,
    at: datetime,
    answer: str,
    *,
    status: Standing,
    version: int | None,
) -> None:
    _move(
        tx,
        found.key,
        _OPEN,
        status=status,
        version=version,
        decided_at=to_microseconds(at),
        decided_by=actor.id,
        answer=answer.strip()[:MAX_NOTE] or None,
    )
    told = {"id": found.id, "proposal": found.key, "version": version, "answer": answer.strip()[:MAX_NOTE]}
    append_system(tx, [Event(kind=f"{found.kind}.{status.value}", value=told)], at=at, actor=actor.id)


def _move(tx: Transaction, key: int, before: Sequence[str], **values: Any) -> None:
    """Compare and set: who comes second hears that it is decided.

    Raises:
        StepError: the version is in none of the states that it has to be in.
    """
    change = update(text_version).where(text_version.c.key == key, text_version.c.status.in_([str(b) for b in before]))
    status = values.pop("status")
    changed = tx.connection.execute(change.values(status=str(status), **values))
    if changed.rowcount != 1:
        raise StepError("This proposal is decided already.", message_zh="该提议已处理。")


def _read(row: Row[Any]) -> TextVersion:
    return TextVersion(
        key=row.key,
        kind=row.kind,
        id=row.id,
        version=row.version,
        content=canonical.decode(row.content),
        status=Standing(row.status),
        based_on=row.based_on,
        made_at=from_microseconds(row.made_at),
        made_by=row.made_by,
        note=row.note,
        decided_at=instant_or_none(row.decided_at),
        decided_by=row.decided_by,
        answer=row.answer,
    )
