"""Looks through a case's events once: what belongs together, how long each wait was, what was paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

from engine.model import Value
from engine.narrative.told import Ref
from engine.queries import EventView

#: Instance, element.
Place: TypeAlias = tuple[int, str | None]
#: What opens a wait → what ends it.
_WAITS: Final = {
    "user_task.created": ("user_task.completed", "user_task.cancelled"),
    "timer.armed": ("timer.fired", "timer.cancelled"),
    "subscription.opened": ("subscription.correlated", "subscription.cancelled"),
    "call.started": ("call.completed", "call.cancelled"),
}
_ENDS: Final = {end: start for start, ends in _WAITS.items() for end in ends}
#: Whose sentence stands for the job that wrote them.
_OF_JOBS: Final = frozenset({"outbox.written", "evidence.submitted", "order.updated", "priority.asked"})
#: What happens to every instance of a case and is said once.
_OF_CASE: Final = frozenset({"instance.suspended", "instance.resumed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that went to the buyer."""

    event: EventView
    amount: Decimal


def ref(event: EventView) -> Ref:
    """The event's place in the history."""
    return event.stream, event.seq


def value_of(event: EventView) -> Mapping[str, Value]:
    """The event's values; none where it has none or retention has deleted them."""
    return event.value if isinstance(event.value, Mapping) else {}


def mapping_in(event: EventView, name: str) -> Mapping[str, Value]:
    """One of its values that is a context itself."""
    found = value_of(event).get(name)
    return found if isinstance(found, Mapping) else {}


class Reading:
    """The events with what each needs to know of the others."""

    def __init__(self, events: Sequence[EventView]) -> None:
        self.events = events
        #: The case's own instance: the one that began first.
        self.root = events[0].stream if events else 0
        #: Events of one step of an instance.
        self._steps: dict[tuple[int, int], list[EventView]] = defaultdict(list)
        #: Event that ends a wait → the one that opened it.
        self.began: dict[Ref, EventView] = {}
        #: Waits that nothing has ended, in order.
        self.open: dict[Ref, EventView] = {}
        #: How often the same step was completed, this time included.
        self.times: dict[Ref, int] = {}
        #: Called instance's first event by the call that started it.
        self.called: dict[Ref, EventView] = {}
        #: Last event of an instance.
        self.ended: dict[int, EventView] = {}
        #: Elements with which an instance ended.
        self.ends: set[Place] = set()
        #: Called instance by the call's end.
        self.came_back: dict[Ref, EventView] = {}
        self._same: set[tuple[object, ...]] = set()
        for event in events:
            self._steps[event.stream, event.revision].append(event)
        self._look_through(events)

    def _look_through(self, events: Iterable[EventView]) -> None:
        waiting: dict[tuple[str, Place], list[EventView]] = defaultdict(list)
        counts: dict[tuple[str, str, str | None], int] = defaultdict(int)
        calls: list[EventView] = []
        child_of: dict[Ref, int] = {}
        for event in events:
            place = (event.stream, event.element)
            if event.kind in _WAITS:
                waiting[event.kind, place].append(event)
                self.open[ref(event)] = event
            elif event.kind in _ENDS and (opened := waiting[_ENDS[event.kind], place]):
                began = opened.pop(0)
                self.began[ref(event)] = began
                self.open.pop(ref(began), None)
                if ref(began) in child_of:
                    self.came_back[ref(event)] = self.ended.get(child_of[ref(began)], began)
            if event.kind == "call.started":
                calls.append(event)
            elif event.kind == "instance.started" and event.stream != self.root and calls:
                caller = calls.pop()
                self.called[ref(caller)] = event
                child_of[ref(caller)] = event.stream
            elif event.kind in ("instance.completed", "instance.cancelled"):
                self._end(event)
            if event.kind in ("user_task.completed", "call.started"):
                name = (event.kind, event.process_name, event.element)
                counts[name] += 1
                self.times[ref(event)] = counts[name]

    def _end(self, event: EventView) -> None:
        self.ended[event.stream] = event
        end = value_of(event).get("end_state")
        if isinstance(end, str):
            self.ends.add((event.stream, end))

    def step(self, event: EventView) -> list[EventView]:
        """Every event of the same step of the same instance."""
        return self._steps[event.stream, event.revision]

    def beside(self, event: EventView, *kinds: str) -> list[EventView]:
        """Events of these kinds in the same step at the same element."""
        return [one for one in self.step(event) if one.kind in kinds and one.element == event.element]

    def in_order(self) -> Iterator[EventView]:
        """The events as they are told: a repair stands before what it made of the case."""
        led: set[Ref] = set()
        for event in self.events:
            for repair in self.step(event):
                if repair.kind == "instance.repaired" and ref(repair) not in led:
                    led.add(ref(repair))
                    yield repair
            if ref(event) not in led:
                yield event

    def waited(self, event: EventView) -> timedelta | None:
        """How long what it ends had waited; None where it ends nothing."""
        began = self.began.get(ref(event))
        return None if began is None else event.at - began.at

    def payments(self) -> list[Payment]:
        """Payments that finance has confirmed."""
        found = []
        for event in self.events:
            paid = payment_in(event)
            if paid is not None and paid > 0:
                found.append(Payment(event=event, amount=paid))
        return found

    def is_said_elsewhere(self, event: EventView) -> bool:
        """Whether the sentence of another event of the step tells of this one."""
        if event.kind == "job.completed":
            return bool(self.beside(event, *_OF_JOBS)) or not event.element
        if event.kind == "subscription.correlated":
            return bool(self.beside(event, "event.registered"))
        if event.kind in ("element.skipped", "instance.modified", "instance.migrated", "incident.resolved"):
            return any(one.kind == "instance.repaired" for one in self.step(event))
        if event.kind == "register.written":
            return any(one is not event and one.element == event.element for one in self.step(event))
        if event.kind == "element.completed":
            return self._is_small(event)
        if event.kind in _OF_CASE:
            return self._is_again(event)
        if event.kind == "instance.cancelled":
            end = self.ended.get(self.root, event)
            return end is not event and (end.kind, end.at) == (event.kind, event.at)
        return event.stream != self.root and event.kind in ("instance.started", "instance.completed")

    def _is_small(self, event: EventView) -> bool:
        """Gateways, starts, ends, and decisions, which tell of themselves."""
        if not mapping_in(event, "after") or (event.stream, event.element) in self.ends:
            return True
        first = next((one for one in self.step(event) if one.kind == "element.completed"), event)
        starts = first is event and event.revision == 1
        return starts or bool(self.beside(event, "decision.evaluated", "instance.completed"))

    def _is_again(self, event: EventView) -> bool:
        key = (event.kind, event.at, event.actor)
        known = key in self._same
        self._same.add(key)
        return known

    def last_at(self) -> datetime | None:
        """When the case ended; None while it has not."""
        end = self.ended.get(self.root)
        return None if end is None else end.at


def payment_in(event: EventView) -> Decimal | None:
    """What a completed task of finance says that it paid; None of every other event."""
    if event.kind != "user_task.completed":
        return None
    given = mapping_in(event, "variables")
    amount = given.get("paid_amount")
    if given.get("pay_ok") is not True or isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        return None
    return Decimal(amount)
