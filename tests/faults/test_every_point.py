"""A crash, a kill or an error of the disk at every failpoint: done again, all is as if there had been none."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from engine import failpoints
from engine.errors import StorageUnavailable
from engine.failpoints import Armed, Crash, Lost
from tests.faults.children import KILLED, Child, Mouth
from tests.faults.plan import PLAN, Life, live
from tests.faults.reference import Place, Reference
from tests.sample import some

#: Where a real process dies in the short run; in the long one it is everywhere.
SAMPLE = frozenset({
    "store.flush.history_events",
    "store.commit.after",
    "store.migrate.statements",
    "runtime.deliver.after",
    "outbox.spool.written",
})  # fmt: skip
ROLLBACKS = {"store.rollback.before", "store.rollback.after"}
STATUS = {"exit": 137, "kill": KILLED}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The workload, done once without a fault."""
    return Reference.made_in(tmp_path_factory.mktemp("reference"))


def test_the_workload_reaches_every_failpoint_and_no_other(reference: Reference) -> None:
    assert set(reference.places) == failpoints.NAMES


@pytest.mark.parametrize("name", some(sorted(failpoints.NAMES), 9))
def test_a_crash_at_a_failpoint_is_as_if_it_had_not_been(reference: Reference, name: str, tmp_path: Path) -> None:
    places = reference.some(name)
    for number, place in enumerate(places):
        folder = reference.copied(place, tmp_path / str(number))
        with failpoints.watched(Armed(name, place.time, "raise")), pytest.raises(Crash):
            live(folder, PLAN[place.step])
        assert reference.faults_after_death(place, folder) == [], place
        live(folder, PLAN[place.step])
        assert reference.faults_after_redoing(place, folder, again=place is places[-1]) == [], place


@pytest.mark.parametrize("name", some(sorted(failpoints.NAMES), 6))
def test_an_error_of_the_disk_at_a_failpoint_is_told_and_a_second_try_succeeds(
    reference: Reference, name: str, tmp_path: Path
) -> None:
    try_twice(reference, reference.places[name][-1], tmp_path / "x")


@pytest.mark.parametrize("step", some([step.name for step in PLAN], 5))
def test_a_commit_whose_answer_is_lost_has_happened_and_a_second_try_changes_nothing(
    reference: Reference, step: str, tmp_path: Path
) -> None:
    number = [step.name for step in PLAN].index(step)
    place = next(place for place in reference.places["store.commit.after"] if place.step == number)
    try_twice(reference, place, tmp_path / "x")


def try_twice(reference: Reference, place: Place, folder: Path, *, again: bool = False) -> None:
    """The same client asks the same program again."""
    reference.copied(place, folder)
    step = PLAN[place.step]
    life = Life(folder, step.hours)
    try:
        # A rollback that fails is healed by a new connection: nobody has to hear of it.
        told = nullcontext() if place.name in ROLLBACKS else pytest.raises((StorageUnavailable, Lost))
        with failpoints.watched(Armed(place.name, place.time, "lost")), told:
            step.act(life)
        step.act(life)
    finally:
        life.close()
    assert reference.faults_after_redoing(place, folder, again=again) == [], place


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.faults) for name in sorted(failpoints.NAMES)],
)
def test_a_process_that_dies_at_a_failpoint_leaves_what_a_new_one_goes_on_with(
    reference: Reference, name: str, tmp_path: Path
) -> None:
    die_and_go_on(reference, reference.places[name][-1], "exit", tmp_path / "x")


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(failpoints.NAMES))
def test_whenever_a_process_is_killed_at_a_failpoint_the_workload_ends_as_without(
    reference: Reference, name: str, tmp_path: Path
) -> None:
    for number, place in enumerate(reference.some(name)):
        folder = tmp_path / str(number)
        die_and_go_on(reference, place, "kill", folder)
        rest = PLAN[place.step + 1 :]
        for step in rest:
            live(folder, step)
        assert reference.faults_after_redoing(place, folder, 1 + len(rest), again=True) == [], place


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(failpoints.NAMES))
def test_whenever_the_disk_fails_at_a_failpoint_a_second_try_succeeds(
    reference: Reference, name: str, tmp_path: Path
) -> None:
    for number, place in enumerate(reference.some(name)):
        try_twice(reference, place, tmp_path / str(number), again=True)


def die_and_go_on(reference: Reference, place: Place, action: str, folder: Path) -> None:
    """A process of its own dies; another one does its step again."""
    reference.copied(place, folder)
    assert Child(die, folder, place, action).end() == STATUS[action], place
    assert reference.faults_after_death(place, folder) == [], place
    live(folder, PLAN[place.step])
    assert reference.faults_after_redoing(place, folder, again=True) == [], place


def die(_: Mouth, folder: Path, place: Place, action: str) -> None:
    """In a process of its own: a step that ends at the failpoint."""
    failpoints.arm(f"{place.name}:{place.time}:{action}")
    live(folder, PLAN[place.step])
    os._exit(3)  # it was not reached
