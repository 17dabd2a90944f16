"""The film of a case: what each event of its call tree did to the tokens of which diagram, in the order of the history.

One frame an event, so that a place in the film is a place in the history. What a frame does is said in full here (a
token that leaves was seen to come), hence the state after n frames is the sum of n frames, whoever adds them up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from engine.clock import to_microseconds
from engine.model import ID_BASE, Actor
from engine.queries.base import Names
from engine.queries.case import is_boundary
from engine.queries.case_views import EventView
from engine.queries.diagram import Marks, call_elements
from engine.queries.histories import read_events
from engine.queries.moves import Moves
from engine.queries.visibility import check_case
from engine.store.tables import history_event, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: A film is no longer than this; the history has the rest.
MAX_FRAMES: Final = 40_000
#: Arrivals at an element where the token waits for the outside, as the live diagram counts them.
_COMES: Final = frozenset({"user_task.created", "job.created", "timer.armed", "subscription.opened", "call.started"})
_DONE: Final = frozenset({
    "element.completed", "user_task.completed", "job.completed", "timer.fired", "subscription.correlated",
    "call.completed",
})  # fmt: skip
_CANCELLED: Final = frozenset({"user_task.cancelled", "job.cancelled", "timer.cancelled", "subscription.cancelled",
                               "call.cancelled"})  # fmt: skip


class What(StrEnum):
    """What a frame does to the element, or to the flow, that it names."""

    #: Nothing; the event is told all the same.
    NOTE = "note"
    #: A token comes and waits.
    ENTER = "enter"
    #: A waiting token has done its work and goes.
    LEAVE = "leave"
    #: The element is done and no token had waited there.
    PASS = "pass"  # noqa: S105  # no password
    #: A waiting token is called off.
    CANCEL = "cancel"
    FLOW = "flow"
    TROUBLE = "trouble"
    MENDED = "mended"


class Frame(NamedTuple):
    """One event of the film."""

    #: Place of the instance among the film's instances.
    instance: int
    #: Milliseconds since 1970.
    at: int
    what: What
    #: Element, or sequence flow, of the instance's diagram.
    element: str | None
    token: int | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmInstance:
    """An instance of the call tree, with the diagram that it ran on."""

    key: int
    name: str
    version: int
    definition_key: int
    #: Key of the caller, its call activity, and the token that stands there meanwhile.
    parent: int | None
    called_from: str | None
    call: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A case from its first event to its last."""

    #: Root first, then as they were called.
    instances: tuple[FilmInstance, ...]
    frames: tuple[Frame, ...]
    #: The events in words' raw form, one a frame; personal data in their values masked.
    events: tuple[EventView, ...]
    #: There are more events than a film holds.
    is_cut: bool

    def marks_after(self, count: int) -> dict[int, Marks]:
        """What the diagrams show after so many frames, by key of the instance: the sum that the page adds up."""
        marks = {instance.key: Marks() for instance in self.instances}
        for frame in self.frames[:count]:
            if frame.element is not None:
                _add(marks[self.instances[frame.instance].key], frame.what, frame.element)
        return marks


def _add(marks: Marks, what: What, element: str) -> None:
    if what is What.ENTER:
        marks.tokens[element] += 1
    elif what in (What.LEAVE, What.CANCEL):
        marks.tokens[element] -= 1
    if what in (What.LEAVE, What.PASS):
        marks.done[element] += 1
    elif what is What.FLOW:
        marks.flows[element] += 1
    elif what is What.TROUBLE:
        marks.incidents.add(element)
    elif what is What.MENDED:
        marks.incidents.discard(element)


def read_film(
    connection: Connection, definitions: Definitions, case_id: str, actor: Actor, *, most: int = MAX_FRAMES
) -> Film:
    """The film of a case.

    Args:
        connection: of one snapshot.
        definitions: the versions that the instances ran on.
        case_id: of the case.
        actor: who looks.
        most: frames at most; what comes later is cut off.

    Raises:
        NotFound: there is no such case, or the actor may not see it.
    """
    check_case(connection, case_id, actor)
    rows = _read_instances(connection, case_id)
    names = Names(connection, definitions)
    events = read_events(connection, definitions, case_id, actor, after=None, limit=most + 1, by_page=False)
    called_from = call_elements(connection, [row.key for row in rows])
    shown = events[:most]
    return Film(
        instances=tuple(_instance(row, names, called_from) for row in rows),
        frames=tuple(_Shooting(connection, rows, names).frames(shown)),
        events=shown,
        is_cut=len(events) > most,
    )


def _read_instances(connection: Connection, case_id: str) -> Sequence[Any]:
    instance = process_instance.c
    query = select(instance.key, instance.definition, instance.parent, instance.parent_call)
    return connection.execute(query.where(instance.case_id == case_id).order_by(instance.key)).all()


def _instance(row: Row[Any], names: Names, called_from: Mapping[int, str]) -> FilmInstance:
    deployed = names.deployed(row.definition)
    return FilmInstance(
        key=row.key,
        name=deployed.name,
        version=deployed.version,
        definition_key=row.definition,
        parent=row.parent,
        called_from=called_from.get(row.key),
        call=None if row.parent is None else row.parent_call % ID_BASE,
    )


class _Shooting:
    """Remembers which tokens stand where, while events become frames."""

    def __init__(self, connection: Connection, rows: Sequence[Row[Any]], names: Names) -> None:
        keys = [row.key for row in rows]
        self._place = {key: place for place, key in enumerate(keys)}
        self._definitions = {row.key: names.deployed(row.definition).definition for row in rows}
        self._moves = Moves(connection, keys)
        #: Calls whose child exists, by (caller, token): only these hold a token as long as the child runs.
        self._calls = {(row.parent, row.parent_call % ID_BASE) for row in rows if row.parent is not None}
        self._tokens: dict[int, dict[int, int]] = defaultdict(dict)
        known = select(history_event.c.stream, history_event.c.seq, history_event.c.token).where(
            history_event.c.stream.in_(keys), history_event.c.token.is_not(None)
        )
        for stream, seq, token in connection.execute(known):
            self._tokens[stream][seq] = token
        self._standing: dict[tuple[int, int | None], str] = {}
        self._stuck: dict[tuple[int, str], int] = defaultdict(int)

    def frames(self, events: Iterable[EventView]) -> Iterator[Frame]:
        """A frame for each event."""
        for event in events:
            token = self._tokens[event.stream].get(event.seq)
            element = self._drawn(event)
            yield Frame(
                instance=self._place[event.stream],
                at=to_microseconds(event.at) // 1000,
                what=What.NOTE if element is None else self._what(event, element, token),
                element=element,
                token=token,
                seq=event.seq,
            )

    def _drawn(self, event: EventView) -> str | None:
        """An event's element or flow as the diagram has it: of an instance that went over, that of the last version."""
        element = event.element
        if element is None or event.stream not in self._moves.streams:
            return element
        element = self._moves.name_now(event.stream, event.seq, element)
        definition = self._definitions[event.stream]
        return element if element in definition.elements or element in definition.flows else None

    def _what(self, event: EventView, element: str, token: int | None) -> What:
        kind, place = event.kind, (event.stream, token)
        if kind in _COMES:
            return self._arrival(event, element, place)
        if kind in _DONE or kind in _CANCELLED:
            stood = self._standing.get(place) == element
            if stood:
                del self._standing[place]
            if kind in _DONE:
                return What.LEAVE if stood else What.PASS
            return What.CANCEL if stood else What.NOTE
        if kind in ("incident.created", "incident.resolved"):
            return self._incident(event.stream, element, 1 if kind == "incident.created" else -1)
        return What.FLOW if kind == "flow.taken" else What.NOTE

    def _incident(self, stream: int, element: str, more: int) -> What:
        """Several tokens may be stuck at one element: it is in trouble from the first to the last."""
        before = self._stuck[stream, element]
        self._stuck[stream, element] = after = max(before + more, 0)
        if bool(before) == bool(after):
            return What.NOTE
        return What.TROUBLE if after else What.MENDED

    def _arrival(self, event: EventView, element: str, place: tuple[int, int | None]) -> What:
        """A token comes, unless it only watches from the border of an element that holds one already."""
        drawn = self._definitions[event.stream].elements.get(element)
        watches = drawn is not None and is_boundary(drawn.kind)
        if watches or (event.kind == "call.started" and place not in self._calls):
            return What.NOTE
        self._standing[place] = element
        return What.ENTER
