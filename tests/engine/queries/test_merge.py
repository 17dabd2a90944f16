"""Histories of a call tree in one order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.queries.merge import merge


@dataclass(frozen=True)
class E:
    stream: int
    seq: int
    at: int = 0
    kind: str = "element.completed"
    revision: int = 1
    token: int | None = None


def names(streams: dict[int, list[E]], calls: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    return [(event.stream, event.seq) for event in merge(streams, calls)]


def test_a_child_stands_between_its_call_and_the_calls_end_though_the_clock_stood_still() -> None:
    parent = [
        E(1, 1),
        E(1, 2, kind="call.started", token=7),
        E(1, 3, kind="call.completed", token=7, revision=2),
        E(1, 4, revision=2),
    ]
    child = [E(2, 1), E(2, 2), E(2, 3, revision=2)]
    assert names({1: parent, 2: child}, {2: (1, 7)}) == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (1, 3), (1, 4)]


def test_the_step_that_started_a_child_ends_before_the_child_begins() -> None:
    parent = [E(1, 1, kind="call.started", token=7), E(1, 2)]
    assert names({1: parent, 2: [E(2, 1)]}, {2: (1, 7)}) == [(1, 1), (1, 2), (2, 1)]


def test_a_cancelled_call_comes_behind_what_the_child_did_until_then() -> None:
    parent = [E(1, 1, kind="call.started", token=7), E(1, 2, at=9, kind="call.cancelled", token=7, revision=2)]
    child = [E(2, 1), E(2, 2, at=9, kind="instance.cancelled")]
    assert names({1: parent, 2: child}, {2: (1, 7)}) == [(1, 1), (2, 1), (2, 2), (1, 2)]


def test_a_child_whose_call_was_read_before_begins_at_once() -> None:
    assert names({1: [E(1, 9, at=5)], 2: [E(2, 1, at=3)]}, {2: (1, 7)}) == [(2, 1), (1, 9)]


def test_where_everything_waits_for_something_else_the_order_of_time_decides() -> None:
    parent = [E(1, 1, kind="call.completed", token=7), E(1, 2, kind="call.started", token=7)]
    assert names({1: parent, 2: [E(2, 1), E(2, 2)]}, {2: (1, 7)}) == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_children_that_wait_for_their_calls_come_each_in_its_turn() -> None:
    parent = [
        E(1, seq, at=seq // 2, kind=kind, token=token, revision=seq)
        for seq, (kind, token) in enumerate(
            [(kind, token) for token in (7, 8, 9) for kind in ("call.started", "call.completed")], 1
        )
    ]
    children = {key: [E(key, 1, at=at), E(key, 2, at=at)] for key, at in ((2, 0), (3, 1), (4, 2))}
    found = names({1: parent, **children}, {2: (1, 7), 3: (1, 8), 4: (1, 9)})
    assert [key for key, _ in found] == [1, 2, 2, 1, 1, 3, 3, 1, 1, 4, 4, 1]


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 5), st.lists(st.integers(0, 3), max_size=6).map(sorted), max_size=4))
def test_every_event_comes_once_each_stream_in_its_order_and_time_runs_forward(times: dict[int, list[int]]) -> None:
    streams = {key: [E(key, n, at) for n, at in enumerate(ats, 1)] for key, ats in times.items()}
    merged = list(merge(streams, {}))
    assert sorted(merged, key=repr) == sorted((e for events in streams.values() for e in events), key=repr)
    for key, events in streams.items():
        assert [event for event in merged if event.stream == key] == events
    assert all(before.at <= after.at for before, after in pairwise(merged))
