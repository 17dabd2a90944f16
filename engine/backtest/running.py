"""Does the work of back-tests, some cases at a time: what it has done stands whenever it is stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row, bindparam, select, update

from engine import canonical
from engine.backtest.asking import DONE, FAILED, OPEN, RUNNING
from engine.backtest.candidate import Candidate
from engine.backtest.reading import Unreadable, read_recorded
from engine.clock import Clock, to_microseconds
from engine.connectors import CONNECTORS, NAMED, RESULTS
from engine.definitions import bytes_of
from engine.errors import EngineError
from engine.inspection.sums import sums_of
from engine.inspection.traits import Told
from engine.masking import mask_within
from engine.model import Migrate
from engine.rerun import Broken, Comparison, Live, Missing, Played, RecordedCase, Verdict, compare, play, remember
from engine.store.database import Database
from engine.store.tables import backtest, backtest_case, resource

_log = structlog.get_logger(__name__)
#: Cases between two looks at whether somebody wants it to stop.
BATCH: Final = 50
#: Job types whose steps bring nothing into the case.
SILENT: Final = frozenset(CONNECTORS) - frozenset(RESULTS) - NAMED
#: Columns of backtest_case but its key.
Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Work:
    key: int
    candidate: Candidate


class Runner:
    """Does one batch after the other; the compiled candidate of the last one is kept."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._work: _Work | None = None

    def __call__(self) -> bool:
        """One batch of the oldest back-test that is not done; False: there is none."""
        with self._db.read() as connection:
            query = select(backtest).where(backtest.c.status.in_(OPEN)).order_by(backtest.c.key).limit(1)
            row = connection.execute(query).one_or_none()
        if row is None:
            self._work = None
            return False
        began = time.monotonic()
        try:
            work = self._prepare(row)
            results = self._run_some(work)
        except EngineError as problem:
            self._finish(row.key, FAILED, problem=problem.message_zh or str(problem))
            return True
        self._write(row, results, began)
        return True

    def _prepare(self, row: Row[Any]) -> _Work:
        if self._work is None or self._work.key != row.key:
            wanted = {tuple(name.split("/", 1)): digest for name, digest in canonical.decode(row.candidate).items()}
            with self._db.read() as connection:
                read = select(resource.c.hash, resource.c.content).where(resource.c.hash.in_(list(wanted.values())))
                contents = {found.hash: bytes_of(found.content) for found in connection.execute(read)}
            parts = {(kind, name): contents[digest] for (kind, name), digest in wanted.items()}
            self._work = _Work(row.key, Candidate(self._db, parts))
        return self._work

    def _run_some(self, work: _Work) -> list[tuple[int, Result]]:
        cases = backtest_case.c
        open_ones = select(cases.n, cases.case_id).where(cases.backtest == work.key, cases.verdict.is_(None))
        with self._db.read() as connection:
            rows = connection.execute(open_ones.order_by(cases.n).limit(BATCH)).all()
            places = {row.case_id: row.n for row in rows}
            recorded = read_recorded(connection, list(places))
        now = self._clock.now()
        found = [(places[one.case_id], _judged(one, work.candidate, now)) for one in recorded]
        seen = {n for n, _ in found}
        gone: Result = {
            **_NOTHING,
            "verdict": Verdict.CANNOT.value,
            "detail": _told("工单已不在。", "The case is gone."),
        }
        return [*found, *((n, gone) for n in places.values() if n not in seen)]

    def _write(self, row: Row[Any], results: list[tuple[int, Result]], began: float) -> None:
        spent = int((time.monotonic() - began) * 1000)
        now = to_microseconds(self._clock.now())
        with self._db.begin() as tx:
            done = 0
            if results:
                put = update(backtest_case).where(
                    backtest_case.c.backtest == row.key,
                    backtest_case.c.n == bindparam("of_n"),
                    backtest_case.c.verdict.is_(None),
                )
                done = tx.connection.execute(
                    put.values({name: bindparam(f"to_{name}") for name in _NOTHING}),
                    [{"of_n": n, **{f"to_{name}": value for name, value in one.items()}} for n, one in results],
                ).rowcount
            values: dict[str, Any] = {
                "done": backtest.c.done + done,
                "spent_ms": backtest.c.spent_ms + spent,
                "status": RUNNING if len(results) == BATCH else DONE,
            }
            if row.started_at is None:
                values["started_at"] = now
            if len(results) < BATCH:
                values["ended_at"] = now
            tx.connection.execute(
                update(backtest).where(backtest.c.key == row.key, backtest.c.status.in_(OPEN)).values(values)
            )

    def _finish(self, key: int, status: str, *, problem: str) -> None:
        with self._db.begin() as tx:
            values = {"status": status, "problem": problem, "ended_at": to_microseconds(self._clock.now())}
            tx.connection.execute(update(backtest).where(backtest.c.key == key).values(values))


_NOTHING: Final[Result] = dict.fromkeys(
    ("verdict", "end_before", "end_after", "paid_before", "paid_after", "assumed", "detail"), None
)


def _judged(recorded: RecordedCase | Unreadable, candidate: Candidate, now: datetime) -> Result:
    """One case must not keep the others from being judged, whatever is wrong with it."""
    try:
        return judge(recorded, candidate, now)
    except Exception:  # noqa: BLE001  else every look for work would meet the same case again
        _log.exception("backtest.case_failed", case_id=recorded.case_id)
        detail = _told("内部错误,已记入日志。", "An internal error; it is in the log.")
        return {**_NOTHING, "verdict": Verdict.CANNOT.value, "detail": detail}


def judge(recorded: RecordedCase | Unreadable, candidate: Candidate, now: datetime) -> Result:
    """Run one case under the candidate and say what would have been otherwise."""
    if isinstance(recorded, Unreadable):
        detail = _told(recorded.zh, recorded.en, redacted=recorded.redacted)
        return {**_NOTHING, "verdict": Verdict.CANNOT.value, "detail": detail}
    if any(isinstance(one.command, Migrate) for instance in recorded.instances for one in instance.commands):
        zh, en = (
            "这件工单办理途中换过流程版本,没有一个版本可以从头比起。",
            "It went over to another version on its way.",
        )
        return {**_NOTHING, "verdict": Verdict.CANNOT.value, "detail": _told(zh, en)}
    try:
        memories = remember(recorded, candidate.before)
        played = play(recorded, memories, candidate.after, horizon=now, silent=SILENT)
    except EngineError as problem:
        detail = _told(problem.message_zh or str(problem), str(problem))
        return {**_NOTHING, "verdict": Verdict.CANNOT.value, "detail": detail}
    found = compare(memories, played)
    known = played.stopped is None
    return {
        "verdict": found.verdict.value,
        "end_before": found.end_before,
        "end_after": found.end_after if known else None,
        "paid_before": paid(memory.live for memory in memories.values()),
        "paid_after": paid(played.lives.values()) if known else None,
        "assumed": bool(played.assumed),
        "detail": canonical.encode(_detail(found, played)),
    }


def paid(lives: Iterable[Live]) -> int:
    """What a case paid out, in 分."""
    told = (
        Told(live.key, live.process_id, event.kind, event.element, "", event.value)
        for live in lives
        for event in live.events
    )
    return sums_of(told).paid or 0


def _detail(found: Comparison, played: Played) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "more": [list(place) for place in found.more],
        "less": [list(place) for place in found.less],
        "reordered": played.reordered,
        "unused": played.unused,
        "assumed": [
            {
                "process": one.process_id,
                "element": one.element,
                "name": one.name,
                "before": one.before,
                "after": one.after,
            }
            for one in played.assumed
        ],
    }
    if found.parts is not None:
        parts = found.parts
        detail["parts"] = {"process": parts.process_id, "before": parts.before, "after": parts.after}
    stopped = found.stopped
    if isinstance(stopped, Missing):
        detail["missing"] = {
            "lack": stopped.lack.value, "process": stopped.process_id, "element": stopped.element,
            "name": stopped.name, "field": stopped.field, "zh": mask_within(stopped.zh), "en": mask_within(stopped.en),
        }  # fmt: skip
    elif isinstance(stopped, Broken):
        detail["broken"] = {
            "process": stopped.process_id, "element": stopped.element,
            "zh": mask_within(stopped.zh), "en": mask_within(stopped.en),
        }  # fmt: skip
    return detail


def _told(zh: str, en: str, *, redacted: bool = False) -> bytes:
    mark = {"redacted": True} if redacted else {}
    return canonical.encode({"broken": {"process": "", "element": None, "zh": zh, "en": en}, **mark})
