"""Reads the histories of the instances that are asked for, in one pass, and has their figures added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from engine.calendars import OpenTimes
from engine.clock import to_microseconds
from engine.flow_analysis.adding import Adding
from engine.flow_analysis.asked import Asked
from engine.flow_analysis.choosing import Chosen, choose
from engine.flow_analysis.diagram import Drawing, Role, drawing_of
from engine.flow_analysis.figures import Analysis
from engine.flow_analysis.rounds import READ, Event, How, Measure, Told, Way, follow
from engine.model import InstanceStatus
from engine.queries.moves import Moves
from engine.store.tables import history_event

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: More are not looked at; the page says so.
MOST_INSTANCES: Final = 20_000
_CHUNK: Final = 800
_COLUMNS: Final = tuple(history_event.c[name] for name in ("stream", *Told._fields))


class Figure(StrEnum):
    """What of an element is counted."""

    VISITS = "visits"
    RUNNING = "running"
    CANCELLED = "cancelled"
    REPEATED = "repeated"
    STUCK = "stuck"


def analyse(
    connection: Connection,
    definitions: Definitions,
    process_id: str,
    asked: Asked,
    now: datetime,
    *,
    drawing: Drawing,
    most: int = MOST_INSTANCES,
) -> Analysis:
    """The figures of a process.

    Args:
        connection: of one snapshot.
        definitions: the versions that the instances ran on.
        process_id: which process.
        asked: which of its instances.
        now: until when running ones are looked at.
        drawing: the diagram on which the figures are to stand.
        most: instances at most, the newest.
    """
    chosen = choose(connection, process_id, asked, most)
    times, until, adding = OpenTimes(connection), to_microseconds(now), Adding()
    for one, way, own in _ways(connection, definitions, chosen[:most], until):
        if asked.passed is not None and not _passes(way, own, asked.passed):
            continue
        adding.add(
            one.case_id,
            way,
            own,
            measuring(times, way.pauses),
            span=(one.opened_at, until if one.ended_at is None else one.ended_at, _how(one)),
            outcome=one.end_state,
        )
    return adding.result(drawing, is_cut=len(chosen) > most)


def cases_behind(
    connection: Connection,
    definitions: Definitions,
    process_id: str,
    asked: Asked,
    now: datetime,
    *,
    place: str,
    figure: Figure,
    most: int = MOST_INSTANCES,
) -> list[str]:
    """The ids of the cases behind a figure, the newest first: exactly those that ``analyse`` counts.

    Args:
        connection: of one snapshot.
        definitions: the versions that the instances ran on.
        process_id: which process.
        asked: which of its instances.
        now: until when running ones are looked at.
        place: an element, or a sequence flow.
        figure: what of it.
        most: instances at most.
    """
    chosen = choose(connection, process_id, asked, most)[:most]
    found: dict[str, None] = {}
    for one, way, own in _ways(connection, definitions, chosen, to_microseconds(now)):
        if (asked.passed is None or _passes(way, own, asked.passed)) and _counts(way, own, place, figure):
            found[one.case_id] = None
    return sorted(found, key=int, reverse=True)


def _passes(way: Way, drawing: Drawing, element: str) -> bool:
    return _counts(way, drawing, element, Figure.VISITS)


def _counts(way: Way, drawing: Drawing, place: str, figure: Figure) -> bool:
    if figure is Figure.STUCK:
        return place in way.stuck
    if place in way.flows:
        return figure is Figure.VISITS
    part = drawing.parts.get(place)
    watches = part is not None and part.role is Role.WATCHER
    visits = [one for one in way.visits if one.element == place and one.item_of is None]
    match figure:
        case Figure.REPEATED:
            return any(one.repeated for one in visits)
        case Figure.VISITS:
            return any(not watches or one.how is How.DONE for one in visits)
        case _:
            return not watches and any(one.how == figure.value for one in visits)


def _how(one: Chosen) -> How:
    if one.ended_at is None:
        return How.RUNNING
    return How.CANCELLED if one.status == InstanceStatus.CANCELLED else How.DONE


def _ways(
    connection: Connection, definitions: Definitions, chosen: Sequence[Chosen], now: int
) -> Iterator[tuple[Chosen, Way, Drawing]]:
    """Each instance's way, those of one case together."""
    ordered = sorted(chosen, key=lambda one: (int(one.case_id), one.key))
    drawings: dict[int, Drawing] = {}
    for start in range(0, len(ordered), _CHUNK):
        part = ordered[start : start + _CHUNK]
        histories = dict(_histories(connection, [one.key for one in part]))
        for one in part:
            if one.definition not in drawings:
                drawings[one.definition] = drawing_of(definitions.get(one.definition).xml)
            own = drawings[one.definition]
            yield one, follow(histories.get(one.key, ()), own, now), own


def _histories(connection: Connection, keys: list[int]) -> Iterator[tuple[int, list[Event]]]:
    events = history_event.c
    query = select(*_COLUMNS).where(events.stream.in_(keys), events.kind.in_(READ)).order_by(events.stream, events.seq)
    moves = Moves(connection, keys)
    rows: Iterable[Any] = connection.execute(query).all()
    for stream, told in groupby(rows, key=itemgetter(0)):
        yield stream, _moved(connection, moves, stream) if stream in moves.streams else [row[1:] for row in told]


def _moved(connection: Connection, moves: Moves, stream: int) -> list[Event]:
    """The history of an instance that went over to another version, elements under the names that they have there."""
    events = history_event.c
    columns: list[Any] = [*_COLUMNS[1:], events.seq]
    query = select(*columns).where(events.stream == stream, events.kind.in_(READ))
    return [
        (kind, None if element is None else moves.name_now(stream, seq, element), token, at)
        for kind, element, token, at, seq in connection.execute(query.order_by(events.seq))
    ]


def measuring(times: OpenTimes, pauses: Sequence[tuple[int, int]]) -> Measure:
    """What two instants have between them, by the clock on the wall and in working time, without the pauses."""
    if not pauses:
        return lambda begin, end: (end - begin, times.through(begin, end))

    def measure(begin: int, end: int) -> tuple[int, int]:
        elapsed, working = end - begin, times.through(begin, end)
        for paused, resumed in pauses:
            first, last = max(paused, begin), min(resumed, end)
            if first < last:
                elapsed -= last - first
                working -= times.through(first, last)
        return elapsed, working

    return measure
