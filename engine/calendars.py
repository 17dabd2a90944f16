"""The working calendars of a database: versions that never change, one line of them a shop and one for the rest."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import NotFound
from engine.failpoints import reached
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import calendar_version, installation
from engine.worktime import Calendar, CalendarProblem, calendar_from, default_calendar, plain_of

#: The line of versions for every shop that has none of its own.
ANY_SHOP: Final = ""
MAX_NOTE: Final = 200
MAX_SHOP: Final = 60
#: The installation's counter of what has been put in force, by which other processes notice it.
_EPOCH: Final = "deployments"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarVersion:
    """One version of a calendar. Times are aware UTC."""

    key: int
    #: A shop's name, or ANY_SHOP.
    shop: str
    version: int
    #: SHA-256 of the canonical bytes of its content.
    hash: str
    calendar: Calendar
    valid_from: datetime
    made_at: datetime
    made_by: str
    note: str


def list_versions(connection: Connection, shop: str = ANY_SHOP) -> tuple[CalendarVersion, ...]:
    """The versions of a shop's line, the newest first; none where it has no line of its own."""
    found = select(calendar_version).where(calendar_version.c.shop == shop)
    return tuple(map(_version, connection.execute(found.order_by(calendar_version.c.version.desc()))))


def list_shops(connection: Connection) -> tuple[str, ...]:
    """Whose calendars there are, ANY_SHOP first."""
    return tuple(
        connection.execute(select(calendar_version.c.shop).distinct().order_by(calendar_version.c.shop)).scalars()
    )


def list_all(connection: Connection) -> tuple[CalendarVersion, ...]:
    """Every version of every line, oldest first."""
    return tuple(map(_version, connection.execute(select(calendar_version).order_by(calendar_version.c.key))))


def in_force(connection: Connection, now: datetime, shop: str = ANY_SHOP) -> CalendarVersion | None:
    """The newest version of a shop's line that is valid now; None where there is none."""
    row = connection.execute(
        select(calendar_version)
        .where(calendar_version.c.shop == shop, calendar_version.c.valid_from <= to_microseconds(now))
        .order_by(calendar_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _version(row)


def calendar_at(connection: Connection, now: datetime, shop: str = ANY_SHOP) -> Calendar:
    """By which a shop works now: its own calendar, else the line for the rest, else what every shop begins with."""
    version = in_force(connection, now, shop) or (in_force(connection, now) if shop != ANY_SHOP else None)
    return default_calendar() if version is None else version.calendar


def get_by_hash(connection: Connection, digest: str) -> Calendar:
    """The calendar that a command recorded, read from what is stored.

    Raises:
        NotFound: there is none, or what is stored is not what had that hash.
    """
    content = connection.execute(
        select(calendar_version.c.content).where(calendar_version.c.hash == digest).limit(1)
    ).scalar_one_or_none()
    if isinstance(content, str):  # a hand that edits it in SQL leaves a text behind
        content = content.encode()
    if content is None or sha256(content).hexdigest() != digest:
        raise NotFound(f"the calendar {digest[:12]} is not stored as it was")
    return calendar_from(canonical.decode(content))


def save(
    tx: Transaction,
    calendar: Calendar,
    actor: Actor,
    *,
    now: datetime,
    shop: str = ANY_SHOP,
    valid_from: datetime | None = None,
    note: str = "",
    based_on: int | None = None,
) -> CalendarVersion | None:
    """Make a version, and say so in the system's history; None where the newest one says the same from the same time.

    Args:
        tx: the caller's transaction.
        calendar: the content.
        actor: who makes it.
        now: when.
        shop: whose.
        valid_from: from when on it counts; now, unless given. Later versions count before earlier ones.
        note: why.
        based_on: number of the version that the actor has seen as the newest, 0 for none; not checked where None.

    Raises:
        CalendarProblem: it would count from a time that is past, somebody else was faster, or a text is too long.
    """
    start = now if valid_from is None else valid_from
    newest = next(iter(list_versions(tx.connection, shop)), None)
    _check(shop, note, start, now, newest, based_on)
    content = canonical.encode(plain_of(calendar))
    digest = sha256(content).hexdigest()
    if newest is not None and newest.hash == digest and valid_from is None and newest.valid_from <= now:
        return None
    row = {
        "shop": shop,
        "version": 1 if newest is None else newest.version + 1,
        "hash": digest,
        "content": content,
        "valid_from": to_microseconds(start),
        "made_at": to_microseconds(now),
        "made_by": actor.id,
        "note": note.strip(),
    }
    key = tx.connection.execute(insert(calendar_version).values(row).returning(calendar_version.c.key)).scalar_one()
    reached("calendars.save.version")
    _count(tx)
    value = {"shop": shop, "version": row["version"], "hash": digest, "valid_from": start, "note": row["note"]}
    append_system(tx, [Event(kind="calendar.changed", value=value)], at=now, actor=actor.id)
    return _version(tx.connection.execute(select(calendar_version).where(calendar_version.c.key == key)).one())


class OpenTime:
    """The opening hours of a calendar as sums, extended as far as somebody asks: quick enough for a month of tasks."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._starts: list[int] = []
        self._ends: list[int] = []
        #: Working microseconds before each interval.
        self._before: list[int] = [0]
        self._first = self._last = 0

    def between(self, start: int, end: int) -> int:
        """Working microseconds between two instants in microseconds; 0 when the second is not the later one."""
        if end <= start:
            return 0
        if start < self._first or end > self._last:
            self._extend(min(start, self._first or start), max(end, self._last))
        return self._until(end) - self._until(start)

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        return self._before[place] + min(at, self._ends[place]) - self._starts[place]

    def _extend(self, first: int, last: int) -> None:
        begin = from_microseconds(first) - timedelta(days=31)
        end = from_microseconds(last) + timedelta(days=31)
        day, intervals = begin.astimezone(SHANGHAI).date(), []
        while day <= end.astimezone(SHANGHAI).date():
            intervals += [(to_microseconds(a), to_microseconds(b)) for a, b in self._calendar.intervals(day)]
            day += timedelta(days=1)
        merged: list[list[int]] = []
        for a, b in sorted(intervals):
            if merged and a <= merged[-1][1]:
                merged[-1][1] = max(b, merged[-1][1])
            else:
                merged.append([a, b])
        self._starts, self._ends = [a for a, _ in merged], [b for _, b in merged]
        self._before = [0, *accumulate(b - a for a, b in merged)]
        self._first, self._last = to_microseconds(begin), to_microseconds(end)


class OpenTimes:
    """Working time by the calendars of a database; where there is none, every moment counts."""

    def __init__(self, connection: Connection) -> None:
        versions = sorted(list_all(connection), key=lambda one: one.version)
        self._times = {one.key: OpenTime(one.calendar) for one in versions}
        self._lines = [(to_microseconds(one.valid_from), one.key) for one in versions if one.shop == ANY_SHOP]
        #: When another calendar came into force.
        self._turns = sorted({since for since, _ in self._lines})

    def between(self, start: int, end: int, calendar: int | None = None) -> int:
        """Working microseconds between two instants in microseconds.

        Args:
            start: the first.
            end: the second.
            calendar: key of a version; None: the shop's own that was in force at the first instant, before the first
                of them that one.
        """
        key = calendar if calendar in self._times else self._in_force(start)
        return max(0, end - start) if key is None else self._times[key].between(start, end)

    def through(self, start: int, end: int) -> int:
        """Working microseconds between two instants, each moment by the shop's own calendar in force at it.

        Parts of a time add up to the whole, even where the calendar changed meanwhile.
        """
        total, begin = 0, start
        for turn in self._turns:
            if begin < turn < end:
                total += self.between(begin, turn)
                begin = turn
        return total + self.between(begin, end)

    def _in_force(self, at: int) -> int | None:
        valid = [key for since, key in self._lines if since <= at]
        return valid[-1] if valid else self._lines[0][1] if self._lines else None


def _check(
    shop: str, note: str, start: datetime, now: datetime, newest: CalendarVersion | None, based_on: int | None
) -> None:
    if len(shop) > MAX_SHOP or len(note.strip()) > MAX_NOTE:
        raise CalendarProblem(
            "The shop's name may have 60 characters, the note 200.", message_zh="店铺名称最长60字,说明最长200字。"
        )
    if start < now:
        raise CalendarProblem(
            "A calendar cannot count from a time that is past: what has been worked out does "
            "not change. Please choose a later time.",
            message_zh="生效时间不能早于现在,已算出的时限不会改变。",
        )
    if based_on is not None and based_on != (0 if newest is None else newest.version):
        raise CalendarProblem(
            "Somebody else has changed the calendar. Please reload the page and change it again.",
            message_zh="日历已被他人修改,请刷新后再改一次。",
        )


def _count(tx: Transaction) -> None:
    read = select(installation.c.value).where(installation.c.name == _EPOCH)
    value = str(int(tx.connection.execute(read).scalar_one_or_none() or 0) + 1)
    put = upsert(installation).values(name=_EPOCH, value=value)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _version(row: Row[Any]) -> CalendarVersion:
    return CalendarVersion(
        key=row.key,
        shop=row.shop,
        version=row.version,
        hash=row.hash,
        calendar=_read(row.content),
        valid_from=from_microseconds(row.valid_from),
        made_at=from_microseconds(row.made_at),
        made_by=row.made_by,
        note=row.note,
    )


@lru_cache(maxsize=64)
def _read(content: bytes) -> Calendar:
    return calendar_from(canonical.decode(content))
