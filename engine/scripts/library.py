"""The scripts in force: found by text, situation, step and favourites, the most used first; imported from a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotFound
from engine.model import Actor
from engine.scripts.model import Script, checked, content_of, normalised, read_script, sought_by
from engine.store import text_versions
from engine.store.database import Transaction
from engine.store.tables import script, script_favourite, script_step, script_tag, script_use, text_version

KIND: Final = "script"
PAGE: Final = 50
#: How far back use counts.
USED_WITHIN: Final = timedelta(days=30)
#: Ordinal of 1970-01-01.
_EPOCH_DAY: Final = 719_163


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty rules nothing out."""

    text: str = ""
    tag: str = ""
    process_id: str = ""
    #: Only the person's favourites.
    favourites: bool = False
    #: Those out of use, too.
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A script in a list."""

    script: Script
    version: int
    changed_at: datetime
    changed_by: str
    retired: bool
    #: Times that anybody copied it within 30 days.
    uses: int
    favourite: bool
    #: 2: made for this very step; 1: for its process; 0: for neither.
    nearness: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the library; ``after`` is where the next one begins."""

    entries: tuple[Entry, ...]
    after: str | None


def day_of(now: datetime) -> int:
    """The day in Shanghai, in days since 1970-01-01."""
    return now.astimezone(SHANGHAI).date().toordinal() - _EPOCH_DAY


def list_scripts(
    connection: Connection, actor: Actor, wanted: Wanted, *, now: datetime, after: str | None = None, limit: int = PAGE
) -> Page:
    """A page of the scripts that are wanted, the most used first.

    Args:
        connection: a snapshot.
        actor: whose favourites are marked.
        wanted: filters.
        now: from which use counts back.
        after: ``uses.code`` of the last entry of the page before.
        limit: entries.

    Raises:
        NotFound: ``after`` is no place in a list.
    """
    uses, favourite = _uses(now), _favourite(actor)
    found = _select(uses, favourite).where(*_conditions(wanted, favourite))
    if after:
        last, code = _place(after)
        found = found.where(or_(uses < last, and_(uses == last, script.c.code > code)))
    rows = connection.execute(found.order_by(uses.desc(), script.c.code).limit(limit + 1)).all()
    entries = tuple(map(_entry, rows[:limit]))
    more = f"{entries[-1].uses}.{entries[-1].script.code}" if len(rows) > limit else None
    return Page(entries=entries, after=more)


def list_beside(
    connection: Connection,
    actor: Actor,
    process_id: str,
    element: str,
    *,
    now: datetime,
    text: str = "",
    limit: int = 40,
) -> tuple[Entry, ...]:
    """Scripts beside a form: those of the step, of its process, favourites; then whatever is sought.

    Args:
        connection: a snapshot.
        actor: whose favourites come first among equals.
        process_id: of the user task.
        element: of the user task; "": every step of the process is as near.
        now: from which use counts back.
        text: what is sought in all scripts; "": nothing but what belongs here and the favourites.
        limit: entries.
    """
    nearness = (
        select(func.max(_near(element)))
        .where(script_step.c.code == script.c.code, script_step.c.process_id == process_id)
        .scalar_subquery()
    )
    near = func.coalesce(nearness, 0)
    uses, favourite = _uses(now), _favourite(actor)
    found = _select(uses, favourite, near).where(script.c.forbidden == 0, *_conditions(Wanted(text=text), favourite))
    if not normalised(text):
        found = found.where(or_(near > 0, favourite))
    rows = connection.execute(found.order_by(near.desc(), favourite.desc(), uses.desc(), script.c.code).limit(limit))
    return tuple(map(_entry, rows))


def get_script(connection: Connection, actor: Actor, code: str, *, now: datetime) -> Entry:
    """One script, in use or not.

    Raises:
        NotFound: there is none.
    """
    found = find_script(connection, actor, code, now=now)
    if found is None:
        raise NotFound(f"there is no script {code[:20]!r}", message_zh="没有这个话术。")
    return found


def find_script(connection: Connection, actor: Actor, code: str, *, now: datetime) -> Entry | None:
    """One script, in use or not, or None."""
    row = connection.execute(_select(_uses(now), _favourite(actor)).where(script.c.code == code)).one_or_none()
    return None if row is None else _entry(row)


def list_tags(connection: Connection) -> tuple[tuple[str, int], ...]:
    """(tag, scripts in use), the most frequent first."""
    in_use = script_tag.join(script, and_(script.c.code == script_tag.c.code, script.c.retired_at.is_(None)))
    counted = func.count().label("n")
    found = select(script_tag.c.tag, counted).select_from(in_use).group_by(script_tag.c.tag)
    return tuple((row.tag, row.n) for row in connection.execute(found.order_by(counted.desc(), script_tag.c.tag)))


def has_scripts(connection: Connection) -> bool:
    """Whether the library holds anything, in use or not."""
    return connection.execute(select(script.c.code).limit(1)).first() is not None


def next_code(connection: Connection) -> str:
    """A code that no script has, nor a proposal for one."""
    codes = connection.execute(select(text_version.c.id).where(text_version.c.kind == KIND).distinct()).scalars()
    return f"S{max((int(code[1:]) for code in codes if code[1:].isdigit()), default=0) + 1:02d}"


def import_library(tx: Transaction, content: bytes, actor: Actor, *, at: datetime, channels: Iterable[str]) -> int:
    """Take scripts over from a file: those that nobody has here yet; what people made of the others stays.

    Args:
        tx: the caller's transaction.
        content: JSON, a list of scripts as ``content_of`` writes them.
        actor: who imports.
        at: aware UTC.
        channels: those that the shop knows.

    Raises:
        InvalidValue: the file is no list of scripts, or one is not in order; nothing may be kept then.
    """
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise InvalidValue("The file of scripts is not JSON.", message_zh="话术文件不是 JSON。") from problem
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidValue("A file of scripts must hold a list of scripts.", message_zh="话术文件须为话术的列表。")
    known = set(tx.connection.execute(select(script.c.code)).scalars())
    taken = 0
    for row in rows:
        one = checked(read_script(row), channels=channels)
        if one.code in known:
            continue
        known.add(one.code)
        text_versions.put_in_force(tx, KIND, one.code, content_of(one), actor, at=at, note="初始话术", based_on=0)
        write(tx, one, 1, actor, at=at)
        taken += 1
    return taken


def write(tx: Transaction, one: Script, version: int, actor: Actor, *, at: datetime, retired: bool = False) -> None:
    """Make a version the one in force; it stands in ``text_version`` already."""
    row = {
        "situation": one.situation,
        "content": canonical.encode(content_of(one)),
        "sought": sought_by(one),
        "forbidden": int(one.forbidden),
        "version": version,
        "changed_at": to_microseconds(at),
        "changed_by": actor.id,
        "retired_at": to_microseconds(at) if retired else None,
    }
    put = upsert(script).values(code=one.code, **row)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["code"], set_=row))
    for table, rows in (
        (script_step, [{"process_id": process, "element": element} for process, element in dict.fromkeys(one.steps)]),
        (script_tag, [{"tag": tag} for tag in dict.fromkeys(one.tags)]),
    ):
        tx.connection.execute(delete(table).where(table.c.code == one.code))
        if rows:
            tx.connection.execute(insert(table), [{"code": one.code, **each} for each in rows])


# --- inside ----------------------------------------------------------------------------------------


def _uses(now: datetime) -> ColumnElement[int]:
    first = day_of(now - USED_WITHIN)
    counted = select(func.sum(script_use.c.times)).where(script_use.c.code == script.c.code, script_use.c.day > first)
    return func.coalesce(counted.scalar_subquery(), 0)


def _favourite(actor: Actor) -> ColumnElement[bool]:
    mine = select(script_favourite.c.code).where(script_favourite.c.user == actor.id)
    return script.c.code.in_(mine)


def _near(element: str) -> ColumnElement[int]:
    if not element:
        return literal(1)
    here = and_(script_step.c.element == element, script_step.c.element != "")
    return case((here, 2), (script_step.c.element == "", 1), else_=0)


def _select(
    uses: ColumnElement[int], favourite: ColumnElement[bool], near: ColumnElement[int] | None = None
) -> Select[Any]:
    columns = (script, uses.label("uses"), favourite.label("favourite"))
    return select(*columns) if near is None else select(*columns, near.label("near"))


def _conditions(wanted: Wanted, favourite: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [true() if wanted.retired else script.c.retired_at.is_(None)]
    found += [script.c.sought.contains(normalised(word), autoescape=True) for word in wanted.text.split()]
    if wanted.tag:
        found.append(script.c.code.in_(select(script_tag.c.code).where(script_tag.c.tag == wanted.tag)))
    if wanted.process_id:
        steps = select(script_step.c.code).where(script_step.c.process_id == wanted.process_id)
        found.append(script.c.code.in_(steps))
    if wanted.favourites:
        found.append(favourite)
    return found


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        script=read_script(canonical.decode(row.content)),
        version=row.version,
        changed_at=from_microseconds(row.changed_at),
        changed_by=row.changed_by,
        retired=row.retired_at is not None,
        uses=int(row.uses),
        favourite=bool(row.favourite),
        nearness=int(getattr(row, "near", 0)),
    )


def _place(after: str) -> tuple[int, str]:
    uses, _, code = after.partition(".")
    if not (uses.isascii() and uses.isdigit() and len(uses) < 12 and code):
        raise NotFound(f"there is no place {after[:20]!r} in the list", message_zh="没有这一页。")
    return int(uses), code
