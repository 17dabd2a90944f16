"""What a database tells of this moment: what is stuck, late, put off, unsigned or ahead of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.store import behind
from engine.store.writes import HELD
from engine.upkeep.findings import Finding, finding

#: As engine.demo.clock keeps it.
_VIRTUAL: Final = "SELECT value FROM installation WHERE name = 'virtual_clock'"
#: A leased delivery whose sender has said nothing yet (see runtime.deliveries).
_LEASED: Final = "kind = 'delivery' AND attempts > 0 AND problem IS NULL"
#: No lease is longer; one that ends later was taken by another clock.
_LONGEST_LEASE: Final = timedelta(minutes=10)
#: What fails so often has not failed by chance.
_MANY_ATTEMPTS: Final = 4
#: The clocks of one machine may differ by so much after it was set.
_TOLERANCE: Final = timedelta(seconds=5)
_UNDELIVERED_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When is now, and what is late."""

    #: Aware UTC: the machine's clock, or the reading of the virtual one that the database is served by.
    now: datetime
    virtual: bool
    late: timedelta

    @property
    def late_before(self) -> int:
        """What was due before it is late; microseconds as stored."""
        return to_microseconds(self.now - self.late)


def moment_of(connection: Connection, now: datetime, late: timedelta) -> Moment:
    """Now, for a database."""
    kept = connection.execute(text(_VIRTUAL)).scalar_one_or_none()
    at = now if kept is None else from_microseconds(int(kept))
    return Moment(now=at, virtual=kept is not None, late=late)


def look(connection: Connection, moment: Moment) -> Iterator[Finding]:
    """Everything that is not as it should be at the moment."""
    yield from _incidents(connection)
    yield from _put_off(connection)
    yield from _late(connection, moment)
    yield from _leases(connection, moment)
    yield from _undelivered(connection, moment)
    yield from _unsigned(connection, moment)
    yield from _clock(connection, moment)


def _incidents(connection: Connection) -> list[Finding]:
    sql = "SELECT id, case_id, element, kind, created_at FROM incident ORDER BY created_at, id"
    said = [
        f"{x.id}: case {x.case_id}, {x.element}, {x.kind}, since {_time(x.created_at)}" for x in _rows(connection, sql)
    ]
    return finding("incidents", "incidents wait for a repair (kefuflow repair)", "有异常待处理(异常处理页)", said)


def _put_off(connection: Connection) -> list[Finding]:
    sql = f"""SELECT id, case_id, element, type, attempts, problem FROM job WHERE attempts >= {_MANY_ATTEMPTS}
              AND problem IS NOT NULL AND due_at <> {HELD} ORDER BY attempts DESC, id"""
    said = [
        f"{x.id}: {x.type}, case {x.case_id}, {x.element}, {x.attempts} tries: {x.problem}"
        for x in _rows(connection, sql)
    ]
    return finding("put_off", "jobs have failed again and again", "有作业多次失败、反复推迟", said)


def _late(connection: Connection, moment: Moment) -> list[Finding]:
    sql = f"""SELECT id, kind, type, case_id, due_at FROM job WHERE due_at <= {moment.late_before}
              AND NOT ({_LEASED}) ORDER BY due_at, id"""
    said = [f"{x.id}: {x.kind} {x.type}, case {x.case_id}, due {_time(x.due_at)}" for x in _rows(connection, sql)]
    en = f"due work was not done for more than {_minutes(moment)} minutes: no server runs, or its worker stands still"
    zh = f"到期的作业超过 {_minutes(moment)} 分钟未办:服务未运行,或后台停滞"
    return finding("late", en, zh, said)


def _leases(connection: Connection, moment: Moment) -> Iterator[Finding]:
    sql = f"SELECT id, due_at FROM job WHERE {_LEASED} AND due_at <= {moment.late_before} ORDER BY due_at, id"
    said = [f"{x.id}: since {_time(x.due_at)}" for x in _rows(connection, sql)]
    en = "messages were being delivered when the program ended, and nobody has taken them up again"
    yield from finding("lease_left", en, "有消息在投递中程序中断,之后无人接手", said)
    latest = to_microseconds(moment.now + _LONGEST_LEASE)
    sql = f"SELECT id, due_at FROM job WHERE {_LEASED} AND due_at > {latest} AND due_at <> {HELD} ORDER BY due_at, id"
    said = [f"{x.id}: until {_time(x.due_at)}" for x in _rows(connection, sql)]
    en = "deliveries are leased for longer than any lease is: the clock was moved back"
    yield from finding("lease_too_long", en, "投递租约过长:机器时钟被拨回过", said)


def _undelivered(connection: Connection, moment: Moment) -> list[Finding]:
    before = to_microseconds(moment.now - _UNDELIVERED_FOR)
    sql = f"""SELECT o.id, o.case_id, o.written_at FROM outbox o
              WHERE o.delivered_at IS NULL AND o.written_at < {before}
              AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = -o.id AND j.due_at = {HELD})
              ORDER BY o.written_at, o.id"""
    said = [f"{x.id}: case {x.case_id}, written {_time(x.written_at)}" for x in _rows(connection, sql)]
    return finding(
        "undelivered", "messages have been on their way for more than an hour", "有消息超过一小时未送达", said
    )


def _unsigned(connection: Connection, moment: Moment) -> list[Finding]:
    """The oldest step that no signed head covers; the worker signs once a minute."""
    position = connection.execute(text("SELECT position, stream, revision FROM log_position")).one_or_none()
    if position is not None and not behind.is_in_place(connection, position):
        return []  # the row numbers have moved: the next head tells everything anew
    steps = behind.steps_behind(connection, 0 if position is None else position.position, 1)
    at = _at(connection, steps[0].stream, steps[0].revision) if steps else None
    if at is None or at > moment.late_before:
        return []
    newest = connection.execute(text("SELECT max(at) FROM tree_head")).scalar_one()
    last = "there is none" if newest is None else f"the last is of {_time(newest)}"
    return finding(
        "unsigned",
        "the log has had no signed head for what happened: no server runs, or the key cannot be read",
        "有记录迟迟没有签名的树头:服务未运行,或签名密钥无法读取",
        [f"a step of {_time(at)} waits, {last}"],
    )


def _clock(connection: Connection, moment: Moment) -> list[Finding]:
    place = behind.newest_place(connection)
    at = _at(connection, place["stream"], place["revision"])
    if moment.virtual or at is None or at <= to_microseconds(moment.now + _TOLERANCE):
        return []
    en = "the newest event is later than now: the machine's clock was moved back"
    return finding(
        "clock_back",
        en,
        "最新事件晚于当前时间:机器时钟被拨回",
        [f"{_time(at)}, and now is {_time(to_microseconds(moment.now))}"],
    )


def _at(connection: Connection, stream: int | None, revision: int | None) -> int | None:
    sql = text("SELECT max(at) FROM history_event WHERE stream = :stream AND revision = :revision")
    found: int | None = connection.execute(sql, {"stream": stream, "revision": revision}).scalar_one()
    return found


def _rows(connection: Connection, sql: str) -> list[Any]:
    return list(connection.execute(text(sql)))


def _minutes(moment: Moment) -> int:
    return moment.late // timedelta(minutes=1)


def _time(at: int) -> str:
    return from_microseconds(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
