"""Commitments hide and bind values; the chain binds rows to their order."""

from __future__ import annotations

import hmac
from decimal import Decimal
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from engine import canonical
from engine.history import GENESIS, StreamHead, record_step, values_of
from engine.history.record import salt
from engine.model import Event

SEED = bytes(range(32))
EVENTS = (
    Event(kind="user_task.completed", element="check_logistics", token=2, value={"after": {"hours": Decimal("24.5")}}),
    Event(kind="flow.taken", element="f_1"),
    Event(kind="user_task.created", element="contact_courier", token=5, value={"groups": ["courier"]}),
)


def record(events: tuple[Event, ...] = EVENTS, **changed: object) -> object:
    given_ = {"revision": 3, "at": 1_000, "actor": "li", "seed": SEED, **changed}
    return record_step(7, StreamHead(4, GENESIS), events, **given_)  # type: ignore[arg-type]


def test_events_are_numbered_behind_the_head_without_gaps() -> None:
    rows = record().events  # type: ignore[attr-defined]
    assert [(row.seq, row.n) for row in rows] == [(5, 0), (6, 1), (7, 2)]


def test_the_new_head_is_the_last_row() -> None:
    made = record()
    last = made.events[-1]  # type: ignore[attr-defined]
    assert made.head == StreamHead(last.seq, last.hash)  # type: ignore[attr-defined]


def test_values_come_back_by_their_number() -> None:
    assert values_of(record().values) == [event.value for event in EVENTS]  # type: ignore[attr-defined]


def test_the_same_step_gives_the_same_bytes() -> None:
    assert record() == record()


def test_every_part_of_a_row_changes_its_hash() -> None:
    plain = record().head.hash  # type: ignore[attr-defined]
    for changed in ({"revision": 4}, {"at": 1_001}, {"actor": "wang"}, {"seed": bytes(32)}):
        assert record(**changed).head.hash != plain  # type: ignore[attr-defined]
    for n, event in enumerate(EVENTS):
        other = Event(kind=event.kind, element=event.element, token=event.token, value="changed")
        swapped = (*EVENTS[:n], other, *EVENTS[n + 1 :])
        assert record(swapped).head.hash != plain  # type: ignore[attr-defined]


def test_equal_values_have_different_commitments() -> None:
    same = tuple(Event(kind="k", value=True) for _ in range(2))
    first, second = record(same).events  # type: ignore[attr-defined]
    assert first.commitment != second.commitment


def test_a_commitment_opens_with_its_salt() -> None:
    for row, value in zip(record().events, EVENTS, strict=True):  # type: ignore[attr-defined]
        assert row.commitment == sha256(salt(SEED, row.n) + canonical.encode(value.value)).digest()


def test_a_salt_opens_one_value_and_no_other() -> None:
    assert len({salt(SEED, n) for n in range(100)}) == 100


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1))
def test_salts_are_hmac_sha_256(seed: bytes, n: int) -> None:
    assert salt(seed, n) == hmac.digest(seed, n.to_bytes(4, "big"), "sha256")


@given(
    st.lists(st.one_of(st.none(), st.booleans(), st.text(alphabet="退货张三ab"), st.integers(-5, 10**20)), max_size=6)
)
def test_any_values_survive_recording(values: list[object]) -> None:
    events = tuple(Event(kind="k", value=value) for value in values)
    made = record_step(1, StreamHead(0, GENESIS), events, revision=1, at=0, actor="a", seed=SEED)
    assert [canonical.encode(v) for v in values_of(made.values)] == [canonical.encode(v) for v in values]
