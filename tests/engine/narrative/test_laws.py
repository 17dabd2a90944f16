"""What holds of every telling: from events alone, all that matters, once, and nothing unmasked."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from sqlalchemy import select

from engine import canonical
from engine.labels import Labels
from engine.masking import MASKED_FIELDS, mask
from engine.model import SYSTEM
from engine.narrative import Facts, Narrative, Sentence, tell
from engine.narrative.of_case import labels_of_case
from engine.narrative.patterns import BAD, GATHERED, PATTERNS, ROLES, SUMMARY, UNKNOWN, WORDS
from engine.narrative.telling import SAYINGS
from engine.permissions import GROUPS
from engine.queries import EventView
from engine.store.tables import process_instance
from tests.engine.narrative.theatre import CASES, Theatre, spread
from tests.processes.scenario_files import all_scenarios
from tests.sample import some

#: The first test plays them all.
pytestmark = pytest.mark.timeout(600)
#: Two shipped scenarios of each process (in the short run of some), and whole ways with hand-made events, and a payout.
NUMBERS = tuple(some(spread(2), 14))
HAND_MADE = ("handed_over", "repaired", "cancelled", "late_and_escalated", "compensation_under_the_limit")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A case with what is told of it."""

    name: str
    events: list[EventView]
    labels: Labels
    narrative: Narrative
    english: Narrative
    #: Personal data as they are stored.
    secrets: frozenset[str]

    def sentences(self) -> list[Sentence]:
        return [sentence for day in self.narrative.days for sentence in day.sentences]

    def text(self) -> str:
        return self.narrative.as_text() + self.english.as_text()


def secrets_in(theatre: Theatre) -> frozenset[str]:
    found: set[str] = set()
    with theatre.db.read() as connection:
        for row in connection.execute(select(process_instance.c.variables)):
            found |= set(_secrets(canonical.decode(row.variables)))
    return frozenset(found)


def _secrets(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, name)
    elif isinstance(value, str) and name in MASKED_FIELDS and len(value) > 1 and value not in str(mask(name, value)):
        yield value


@pytest.fixture(scope="module")
def told(deployed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    found = []
    for name in (*NUMBERS, *HAND_MADE):
        theatre = Theatre(deployed, tmp_path_factory.mktemp("laws"))
        if name in CASES:
            CASES[name](theatre)
        else:
            theatre.play(all_scenarios()[name])
        labels = labels_of_case(theatre.definitions, theatre.queries.case(theatre.case_id, SYSTEM))
        found.append(
            Told(
                name=name,
                events=theatre.events(),
                labels=labels,
                narrative=theatre.tell(),
                english=theatre.tell(english=True),
                secrets=secrets_in(theatre),
            )
        )
        theatre.db.close()
    return found


def test_every_sentence_tells_of_events_that_there_are_and_of_none_twice(told: list[Told]) -> None:
    for one in told:
        there = {(event.stream, event.seq) for event in one.events}
        refs = Counter(ref for sentence in one.sentences() for ref in sentence.refs)
        assert all(sentence.refs for sentence in (*one.sentences(), *one.narrative.summary))
        assert set(refs) <= there, one.name
        assert max(refs.values()) == 1, one.name
        assert {ref for sentence in one.narrative.summary for ref in sentence.refs} <= there, one.name


def test_a_sentence_stands_on_the_day_and_at_the_time_of_its_event(told: list[Told]) -> None:
    for one in told:
        at = {(event.stream, event.seq): event.at for event in one.events}
        assert all(sentence.at == at[sentence.refs[0]] for sentence in one.sentences())
        assert [day.day for day in one.narrative.days] == sorted({day.day for day in one.narrative.days})


def test_every_completed_task_payment_message_and_end_is_told(told: list[Told]) -> None:
    must = {"user_task.completed", "outbox.written", "timer.fired", "decision.evaluated", "instance.completed",
            "instance.repaired", "instance.cancelled", "call.started", "call.completed", "comment.added"}  # fmt: skip
    for one in told:
        refs = {ref for sentence in one.sentences() for ref in sentence.refs}
        missing = [e for e in one.events if e.kind in must and (e.stream, e.seq) not in refs]
        assert [e for e in missing if e.kind != "instance.completed" or e.stream == one.events[0].stream] == [], (
            one.name
        )


def test_every_amount_told_is_in_an_event(told: list[Told]) -> None:
    for one in told:
        known = {number for event in one.events for number in numbers_in(event.value)}
        for sentence in one.sentences():
            for amount in re.findall(r"-?¥[\d,]+\.\d\d", sentence.text):
                assert Decimal(amount.replace("¥", "").replace(",", "")) in known, (one.name, sentence.text)


def numbers_in(value: Any) -> Iterator[Decimal]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from numbers_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        yield round(Decimal(value), 2)
    elif isinstance(value, str):
        yield from (Decimal(text) for text in re.findall(r"\d+(?:\.\d+)?", value))


def test_the_sum_paid_is_that_of_the_payments(told: list[Told]) -> None:
    with_payments = 0
    for one in told:
        paid = [event.value["variables"]["paid_amount"] for event in one.events
                if event.kind == "user_task.completed" and event.value["variables"].get("pay_ok") is True]  # fmt: skip
        said = [line.text for line in one.narrative.summary if line.text.startswith("共打款")]
        expected = [f"共打款 ¥{sum(paid):,.2f}({len(paid)} 笔)。"] if paid else []
        assert said == expected, one.name
        with_payments += bool(paid)
    assert with_payments


def test_nothing_personal_is_told_unmasked(told: list[Told]) -> None:
    assert {secret for one in told for secret in one.secrets}
    for one in told:
        text = one.text()
        assert [secret for secret in one.secrets if secret in text] == [], one.name
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), one.name


def test_no_sentence_has_a_hole_or_a_machine_s_word(told: list[Told]) -> None:
    for one in told:
        for text in (s.text for day in (*one.narrative.days, *one.english.days) for s in day.sentences):
            assert not re.search(r"None|\{|\}|「」|“”|Decimal|datetime|,,|。。|::|\s\s", text), (one.name, text)
        for sentence in one.sentences():
            assert not re.search(r"(?<![\w.@-])[a-z]+_[a-z_]+(?![\w.@-])", sentence.text), (one.name, sentence.text)
            assert sentence.text.endswith("。"), sentence.text


def test_both_languages_tell_the_same_events(told: list[Told]) -> None:
    for one in told:
        chinese = [sentence.refs for sentence in one.sentences()]
        assert chinese == [sentence.refs for day in one.english.days for sentence in day.sentences]


def test_every_kind_of_the_shipped_scenarios_has_a_sentence_or_is_gathered(told: list[Told]) -> None:
    kinds = {event.kind for one in told for event in one.events}
    assert len(kinds) > 25
    assert kinds <= SAYINGS.keys() | GATHERED
    assert not SAYINGS.keys() & GATHERED


def test_every_saying_has_a_pattern_and_every_pattern_a_saying() -> None:
    assert {kind.partition(":")[0] for kind in PATTERNS} == set(SAYINGS)
    assert set(SAYINGS) <= PATTERNS.keys()
    assert set(PATTERNS) >= BAD


@pytest.mark.parametrize("table", [PATTERNS, WORDS, SUMMARY, {"unknown": UNKNOWN}, ROLES])
def test_both_languages_say_the_same_facts(table: Mapping[str, tuple[str, str]]) -> None:
    for name, pair in table.items():
        chinese, english = ({field for _, field, _, _ in Formatter().parse(text) if field} for text in pair)
        assert chinese == english, name
        assert chinese == set() or re.search(r"[\u4e00-\u9fff{:;(,、]", pair[0]), name
        assert not re.search(r"[\u4e00-\u9fff]", pair[1]), name


def test_every_role_is_of_a_group() -> None:
    assert set(ROLES) <= set(GROUPS)


def test_two_thousand_events_are_told_in_less_than_a_second(told: list[Told]) -> None:
    longest = max(told, key=lambda one: len(one.events))
    many: list[EventView] = []
    while len(many) < 2000:
        shift = 1000 * len(many)
        many += [replace(event, stream=event.stream + shift) for event in longest.events]
    facts = Facts(case_id="1", name="流程", now=many[-1].at)
    start = time.perf_counter()
    narrative = tell(facts, many, longest.labels)
    assert time.perf_counter() - start < 1
    assert sum(len(day.sentences) for day in narrative.days) > 200
