"""Keeps traits and sums up to date, a few seconds behind, without costing a step anything.

As the index of words does (``search.indexing``): every step leaves a row in ``history_value``, whose row number is the
order of commits; the traits read on behind the last one. When that row is another one than it was – the file was
vacuumed, a copy restored, retention took it away – every case is compared once with what is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.inspection.reading import CaseTraits, read_cases
from engine.inspection.traits import VERSION
from engine.runtime import Runtime
from engine.store import behind
from engine.store.database import Database, Transaction
from engine.store.tables import case_sum, case_trait, inspection_state

#: Of one transaction, which nobody may write beside.
_STEPS: Final = 400
_CASES: Final = 60
_SWEPT: Final = 200
#: Of a worker's turn: it has timers to fire, and people's pages share the processor with it.
_SECONDS: Final = 0.25
_ONLY: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is to be written, and how far the traits have come then."""

    before: Row[Any]
    after: dict[str, int | None]
    cases: Sequence[CaseTraits] = ()

    @property
    def moves(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.cases) or any(getattr(self.before, name) != value for name, value in self.after.items())


def due(db: Database) -> int:
    """Read some of the cases that have changed; gives how many, at least 1, and 0 when there are none.

    Any number of processes may do so at once: who comes second finds that the first has been there, and writes nothing.
    """
    with db.read() as connection:
        state = _state(connection)
        found = None if state is None or state.version != VERSION else _look(connection, state)
    if found is None:
        _begin(db)
        return 1
    if not found.moves:
        return 0
    with db.begin() as tx:
        if _state(tx.connection) == found.before:
            _write(tx, found)
    return max(1, len(found.cases))


def look(runtime: Runtime) -> bool:
    """The worker's turn: read what has changed, for a quarter of one at the most; makes no jobs."""
    until = monotonic() + _SECONDS
    while due(runtime.db) and monotonic() < until:
        pass
    return False


def rebuild(db: Database) -> None:
    """Forget all traits, so that ``due`` makes them anew."""
    with db.begin() as tx:
        _empty(tx)


def is_whole(connection: Connection) -> bool:
    """Whether every case has been read since the traits were begun; while not, older ones may be missing."""
    state = _state(connection)
    return state is not None and state.swept is None and state.version == VERSION


def _state(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(inspection_state).where(inspection_state.c.id == _ONLY)).one_or_none()


def _begin(db: Database) -> None:
    """The first time, and when traits are told differently than they were: every case is read anew."""
    with db.begin() as tx:
        state = _state(tx.connection)
        if state is None or state.version != VERSION:
            _empty(tx)


def _empty(tx: Transaction) -> None:
    tx.connection.execute(delete(case_trait))
    tx.connection.execute(delete(case_sum))
    tx.connection.execute(delete(inspection_state))
    place = behind.newest_place(tx.connection)
    tx.connection.execute(insert(inspection_state).values(id=_ONLY, version=VERSION, swept=0, **place))


def _look(connection: Connection, state: Row[Any]) -> _Found:
    if not behind.is_in_place(connection, state):
        return _Found(before=state, after=behind.newest_place(connection) | {"swept": 0})
    after: dict[str, int | None] = {}
    keys: set[int] = set()
    steps = behind.steps_behind(connection, state.position, _STEPS)
    cases = behind.cases_of(connection, {step.stream for step in steps})
    for step in steps:
        key = cases.get(step.stream)
        if key is not None and key not in keys and len(keys) == _CASES:
            break
        keys |= {key} if key is not None else set()
        after = dict(step._mapping)
    if state.swept is not None:
        swept = _sweep(connection, state.swept)
        differing = [key for key, differs in swept if differs]
        if len(differing) > _CASES:  # the rest in the next turn
            swept = [one for one in swept if one[0] <= differing[_CASES - 1]]
        keys.update(differing[:_CASES])
        after["swept"] = swept[-1][0] if swept else None
    return _Found(before=state, after=after, cases=read_cases(connection, keys) if keys else ())


def _sweep(connection: Connection, swept: int) -> list[tuple[int, bool]]:
    """The next cases by their keys, and whether each differs from what is known of it."""
    now = behind.cases_behind(connection, swept, _SWEPT)
    there = select(case_sum.c.case_key, case_sum.c.revisions).where(case_sum.c.case_key.in_(list(now)))
    known = {row.case_key: row.revisions for row in connection.execute(there)}
    return [(key, known.get(key) != revisions) for key, revisions in now.items()]


def _write(tx: Transaction, found: _Found) -> None:
    keys = [case.key for case in found.cases]
    if keys:
        tx.connection.execute(delete(case_trait).where(case_trait.c.case_key.in_(keys)))
        tx.connection.execute(delete(case_sum).where(case_sum.c.case_key.in_(keys)))
        traits = [
            {"kind": kind, "what": what, "case_key": case.key, "times": times}
            for case in found.cases
            for (kind, what), times in case.traits.items()
        ]
        if traits:
            tx.connection.execute(insert(case_trait), traits)
        tx.connection.execute(insert(case_sum), [{"case_key": case.key, **case.facts} for case in found.cases])
    if found.after:
        tx.connection.execute(update(inspection_state).where(inspection_state.c.id == _ONLY).values(found.after))
