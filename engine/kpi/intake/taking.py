"""Takes figures in: a file is kept while somebody looks at it, then all of it is taken or nothing.

What replaces another number keeps that one with the import that brought it. A file twice changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.access import Reach
from engine.clock import instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotFound
from engine.kpi.figures import BY_NAME, FigureKind
from engine.kpi.intake.past import ImportView, import_view
from engine.kpi.intake.reading import FigureRow, ReadFile, read_file
from engine.kpi.intake.sheets import MAX_BYTES
from engine.kpi.people import Circle, by_word
from engine.kpi.periods import today_of
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_figure, kpi_figure_past, kpi_import, kpi_upload

_MAX_NAME: Final = 120
#: A file that nobody has taken is thrown away.
_KEPT: Final = timedelta(days=1)
#: Files that wait at once, of one person.
_MOST_WAITING: Final = 5
_BATCH: Final = 500
_LISTED: Final = 50

#: Day, figure, person, channel.
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A number that takes another one's place."""

    day: str
    name: str
    person: str
    channel: str
    before: int
    after: int

    @property
    def label(self) -> str:
        """The figure in words."""
        return BY_NAME[self.name].label


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would do."""

    id: str
    kind: FigureKind
    name: str
    sha256: str
    file: ReadFile
    added: int
    same: int
    #: The first of those that would be replaced, and how many there are.
    replaced: tuple[Change, ...]
    replaced_count: int
    first_day: date | None
    last_day: date | None
    #: When the same file was taken before.
    taken_before: datetime | None

    @property
    def may_take(self) -> bool:
        """Whether it can be taken: nothing is wrong in it, and something in it is new."""
        return not self.file.problem_count and bool(self.added or self.replaced_count)


def upload(tx: Transaction, kind: FigureKind, name: str, content: bytes, actor: Actor, *, now: datetime) -> str:
    """Keep a file while somebody looks at it; gives its id.

    Raises:
        InvalidValue: it is empty or larger than 5 MB.
    """
    if not content:
        raise InvalidValue("Please choose a file that is not empty.", message_zh="请选择一个有内容的文件。")
    if len(content) > MAX_BYTES:
        raise InvalidValue(
            "The file is too large: more than 5 MB. Please split it.", message_zh="文件超过 5 MB,请拆分后再导入。"
        )
    old = to_microseconds(now - _KEPT)
    tx.connection.execute(delete(kpi_upload).where(kpi_upload.c.uploaded_at < old))
    own = select(kpi_upload.c.id).where(kpi_upload.c.uploaded_by == actor.id)
    waiting = list(tx.connection.execute(own.order_by(kpi_upload.c.uploaded_at.desc(), kpi_upload.c.id)).scalars())
    tx.connection.execute(delete(kpi_upload).where(kpi_upload.c.id.in_(waiting[_MOST_WAITING - 1 :])))
    upload_id = secrets.token_hex(16)
    row = {"id": upload_id, "kind": kind.value, "name": name.strip()[:_MAX_NAME] or "导入文件", "content": content}
    tx.connection.execute(insert(kpi_upload).values(**row, uploaded_by=actor.id, uploaded_at=to_microseconds(now)))
    return upload_id


def throw_away(tx: Transaction, upload_id: str, actor: Actor) -> None:
    """Throw a file away that was only looked at."""
    tx.connection.execute(delete(kpi_upload).where(kpi_upload.c.id == upload_id, kpi_upload.c.uploaded_by == actor.id))


def preview_of(connection: Connection, upload_id: str, actor: Actor, circle: Circle, *, now: datetime) -> Preview:
    """What the actor's uploaded file would do.

    Raises:
        NotFound: there is no such file of the actor.
        InvalidValue: it cannot be read as a whole.
    """
    row = _waiting(connection, upload_id, actor)
    return look(connection, row.id, FigureKind(row.kind), row.name, row.content, circle, now=now)


def look(
    connection: Connection,
    upload_id: str,
    kind: FigureKind,
    name: str,
    content: bytes,
    circle: Circle,
    *,
    now: datetime,
) -> Preview:
    """What a file would do, read with what is known now.

    Raises:
        InvalidValue: it cannot be read as a whole.
    """
    words = by_word(connection)
    people = {word: person for word, person in words.items() if circle.everybody or person in circle.members}
    file = read_file(
        kind,
        name,
        content,
        people=people,
        others=frozenset(words) - frozenset(people),
        today=today_of(now),
        may_shop=circle.everybody or circle.reach is Reach.YES,
    )
    new = _numbers(file.rows)
    known = _known(connection, file.rows)
    changes = [
        Change(day=key[0], name=key[1], person=key[2], channel=key[3], before=known[key][0], after=value)
        for key, value in sorted(new.items())
        if key in known and known[key][0] != value
    ]
    digest = sha256(content).hexdigest()
    before = connection.execute(
        select(kpi_import.c.imported_at).where(kpi_import.c.sha256 == digest).order_by(kpi_import.c.key.desc()).limit(1)
    ).scalar_one_or_none()
    days = sorted(row.day for row in file.rows)
    return Preview(
        id=upload_id,
        kind=kind,
        name=name,
        sha256=digest,
        file=file,
        added=sum(1 for key in new if key not in known),
        same=sum(1 for key, value in new.items() if key in known and known[key][0] == value),
        replaced=tuple(changes[:_LISTED]),
        replaced_count=len(changes),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        taken_before=instant_or_none(before),
    )


def take(tx: Transaction, upload_id: str, actor: Actor, circle: Circle, *, now: datetime) -> ImportView | None:
    """Take the whole file; None where every number of it is known already.

    Raises:
        NotFound: there is no such file of the actor; it has been taken.
        InvalidValue: something in it is wrong; nothing was taken.
    """
    row = _waiting(tx.connection, upload_id, actor)
    kind = FigureKind(row.kind)
    seen = look(tx.connection, row.id, kind, row.name, row.content, circle, now=now)
    if seen.file.problem_count:
        raise InvalidValue(
            f"Mistakes in the file: {seen.file.problem_count}. Please correct them and upload it again.",
            message_zh=f"文件里有 {seen.file.problem_count} 处错误,请改正后重新上传。",
        )
    tx.connection.execute(delete(kpi_upload).where(kpi_upload.c.id == upload_id))
    new, known = _numbers(seen.file.rows), _known(tx.connection, seen.file.rows)
    fresh = {key: value for key, value in new.items() if key not in known or known[key][0] != value}
    if not fresh or seen.first_day is None or seen.last_day is None:
        return None
    values = {
        "kind": kind.value,
        "name": row.name,
        "sha256": seen.sha256,
        "rows": len(seen.file.rows),
        "added": seen.added,
        "replaced": seen.replaced_count,
        "first_day": seen.first_day.isoformat(),
        "last_day": seen.last_day.isoformat(),
        "imported_by": actor.id,
        "imported_at": to_microseconds(now),
    }
    key = tx.connection.execute(insert(kpi_import).values(values).returning(kpi_import.c.key)).scalar_one()
    _write(tx, key, fresh, known)
    told = {
        name: values[name] for name in ("kind", "name", "sha256", "rows", "added", "replaced", "first_day", "last_day")
    }
    append_system(tx, [Event(kind="kpi_figures.imported", value={"import": key, **told})], at=now, actor=actor.id)
    return import_view(tx.connection.execute(select(kpi_import).where(kpi_import.c.key == key)).one())


def _waiting(connection: Connection, upload_id: str, actor: Actor) -> Row[Any]:
    row = connection.execute(
        select(kpi_upload).where(kpi_upload.c.id == upload_id, kpi_upload.c.uploaded_by == actor.id)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such file", message_zh="没有这个待导入的文件,可能已导入或已过期,请重新上传。")
    return row


def _numbers(rows: Iterable[FigureRow]) -> dict[_Key, int]:
    return {
        (row.day.isoformat(), name, row.person, row.channel): value
        for row in rows
        for name, value in row.values.items()
    }


def _known(connection: Connection, rows: tuple[FigureRow, ...]) -> dict[_Key, tuple[int, int]]:
    """What is known of the days of a file: (number, import)."""
    if not rows:
        return {}
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    names = sorted({name for row in rows for name in row.values})
    found = connection.execute(
        select(kpi_figure).where(
            kpi_figure.c.name.in_(names), kpi_figure.c.day.between(first.isoformat(), last.isoformat())
        )
    )
    return {(one.day, one.name, one.person, one.channel): (one.value, one.import_key) for one in found}


def _write(tx: Transaction, key: int, fresh: dict[_Key, int], known: dict[_Key, tuple[int, int]]) -> None:
    past = [
        {
            "import_key": key, "day": day, "name": name, "person": person, "channel": channel,
            "before": known[day, name, person, channel][0], "before_import": known[day, name, person, channel][1],
        }
        for day, name, person, channel in fresh
        if (day, name, person, channel) in known
    ]  # fmt: skip
    rows = [
        {"day": day, "name": name, "person": person, "channel": channel, "value": value, "import_key": key}
        for (day, name, person, channel), value in fresh.items()
    ]
    for start in range(0, len(past), _BATCH):
        tx.connection.execute(insert(kpi_figure_past), past[start : start + _BATCH])
    put = upsert(kpi_figure)
    replace = put.on_conflict_do_update(
        index_elements=["day", "name", "person", "channel"],
        set_={"value": put.excluded.value, "import_key": put.excluded.import_key},
    )
    for start in range(0, len(rows), _BATCH):
        tx.connection.execute(replace, rows[start : start + _BATCH])
