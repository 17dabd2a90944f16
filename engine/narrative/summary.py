"""The first lines of a telling: who wanted what, what was decided, what it cost, how long it took, what is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engine.narrative.reading import mapping_in, ref, value_of
from engine.narrative.teller import Teller
from engine.narrative.told import Ref, Sentence
from engine.narrative.work import approval_in
from engine.queries import EventView

#: Who and what a case is about stands in the sentence itself.
_SAID = ("customer_id", "order_id", "shop", "channel")


def summarise(teller: Teller) -> Iterator[Sentence]:
    """The sentences; what did not happen has none."""
    yield _asked(teller)
    yield from _decided(teller)
    yield from _ended(teller)
    yield from _paid(teller)
    yield _lasted(teller)


def _asked(teller: Teller) -> Sentence:
    event, tongue = teller.reading.events[0], teller.tongue
    given = mapping_in(event, "variables")
    of = [
        tongue.word(name, **{name: tongue.text(str(given[key]))})
        for name, key in (("buyer", "customer_id"), ("order", "order_id"))
        if given.get(key)
    ]
    facts = {
        "who": teller.who(event),
        "at": tongue.moment(event.at),
        "process": teller.facts.name,
        "about": tongue.word("about", of=tongue.listed(of)) if of else "",
        "values": tongue.pairs(given, without=[*_SAID, *filter(tongue.labels.is_personal, given)]),
    }
    return _line(teller, "asked", facts, [ref(event)], event.at)


def _decided(teller: Teller) -> Iterator[Sentence]:
    """Who approved and refused, in order."""
    said, refs = [], []
    at: datetime | None = None
    for event in teller.reading.events:
        found = approval_in(mapping_in(event, "variables")) if event.kind == "user_task.completed" else None
        if found is None:
            continue
        facts = {"who": teller.who(event), "step": teller.step(event)}
        said.append(teller.tongue.word("agreed" if found[1] else "disagreed", **facts))
        refs.append(ref(event))
        at = event.at
    if at is not None:
        yield _line(teller, "decided", {"list": teller.tongue.listed(said)}, refs, at)


def _ended(teller: Teller) -> Iterator[Sentence]:
    event = teller.reading.ended.get(teller.reading.root)
    if event is None:
        return
    if event.kind == "instance.cancelled":
        yield _line(teller, "cancelled", {"why": teller.why(event)}, [ref(event)], event.at)
        return
    given = value_of(event)
    result = given.get("end_state_name") or given.get("end_state")
    if result:
        yield _line(teller, "ended", {"result": str(result)}, [ref(event)], event.at)


def _paid(teller: Teller) -> Iterator[Sentence]:
    payments = teller.reading.payments()
    if payments:
        total = sum((one.amount for one in payments[1:]), payments[0].amount)
        facts = {"amount": teller.tongue.money(total), "count": str(len(payments))}
        yield _line(teller, "paid", facts, [ref(one.event) for one in payments], payments[-1].event.at)


def _lasted(teller: Teller) -> Sentence:
    first, end = teller.reading.events[0], teller.reading.ended.get(teller.reading.root)
    if end is not None:
        span = teller.tongue.span(end.at - first.at)
        return _line(teller, "lasted", {"span": span}, [ref(first), ref(end)], end.at)
    now = teller.facts.now
    waits = _waits(teller)
    names = list(dict.fromkeys(teller.step(event) for event in waits))
    facts = {"span": teller.tongue.span(now - first.at), "list": teller.tongue.listed(names)}
    refs = [ref(first), *map(ref, waits)]
    return _line(teller, "open" if names else "open_still", facts, refs, now)


def _waits(teller: Teller) -> list[EventView]:
    """What keeps the case open: tasks and messages; timers only where there is nothing else."""
    opened = list(teller.reading.open.values())
    people = [one for one in opened if one.kind in ("user_task.created", "subscription.opened")]
    return people or [one for one in opened if one.kind == "timer.armed"]


def _line(teller: Teller, name: str, facts: dict[str, str], refs: list[Ref], at: datetime) -> Sentence:
    return Sentence(text=teller.tongue.sum_up(name, **facts), refs=tuple(refs), at=at, bad=name == "cancelled")
