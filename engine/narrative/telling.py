"""Tells a case: every event that people would ask about in one sentence, by day, with a summary above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Final

from engine.clock import SHANGHAI
from engine.labels import Labels
from engine.narrative import hands, work
from engine.narrative.patterns import GATHERED
from engine.narrative.reading import Reading, ref
from engine.narrative.summary import summarise
from engine.narrative.teller import Said, Saying, Teller, sentence
from engine.narrative.told import Facts, Narrative, Paragraph, Ref, Sentence
from engine.narrative.tongue import Tongue
from engine.queries import EventView

#: Kind of event → what is said of it.
SAYINGS: Final[dict[str, Saying]] = {**work.SAYINGS, **hands.SAYINGS}


def tell(facts: Facts, events: Sequence[EventView], labels: Labels, *, english: bool = False) -> Narrative:
    """A case in plain sentences; the same events give the same sentences.

    Args:
        facts: what the events do not say of the case.
        events: all of the case and of what it called, in order; personal data in them are masked already.
        labels: what the forms of the case's process versions call their values.
        english: what the product says is in English; names and what people wrote stay as they are.
    """
    reading = Reading(events)
    teller = Teller(tongue=Tongue(labels, english=english), reading=reading, facts=facts)
    sentences = list(_sentences(teller))
    return Narrative(
        title=teller.tongue.sum_up("title", process=facts.name, case=facts.case_id),
        summary=tuple(summarise(teller)) if events else (),
        days=tuple(_paragraphs(teller.tongue, sentences)),
    )


def _sentences(teller: Teller) -> Iterator[Sentence]:
    told: set[Ref] = set()
    for event in teller.reading.in_order():
        teller.remember(event)
        if event.kind in GATHERED or ref(event) in told or teller.reading.is_said_elsewhere(event):
            continue
        said = SAYINGS.get(event.kind, _unknown)(teller, event)
        if said is None:
            continue
        made = sentence(teller, event, said)
        made = replace(made, refs=tuple(one for one in made.refs if one not in told))
        told.update(made.refs)
        yield made


def _unknown(teller: Teller, event: EventView) -> Said:
    """A kind that nobody has taught us to tell is not passed over."""
    return Said(kind=event.kind, facts={"step": teller.step(event)})


def _paragraphs(tongue: Tongue, sentences: Sequence[Sentence]) -> Iterator[Paragraph]:
    for day, group in groupby(sentences, key=_day):
        yield Paragraph(day=day, heading=tongue.heading(day), sentences=tuple(_with_clock(tongue, group)))


def _day(one: Sentence) -> date:
    return one.at.astimezone(SHANGHAI).date()


def _with_clock(tongue: Tongue, sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    """The time of day stands before the first sentence of each minute."""
    before = ""
    for one in sentences:
        clock = f"{one.at.astimezone(SHANGHAI):%H:%M}"
        lead = "" if clock == before else f"{clock} "
        yield replace(one, text=f"{lead}{one.text}")
        before = clock
