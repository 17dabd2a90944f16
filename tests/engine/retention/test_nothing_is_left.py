"""Redaction leaves nothing: whatever people typed into forms, beside them or into files is found nowhere any more."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from engine import attachments, retention
from engine.audit import re_execute
from engine.model import SYSTEM
from tests.engine.retention.planting import (
    ACCOUNT,
    LONG,
    MAIL,
    PIXELS,
    PLANTED,
    TAX,
    PlantedWalk,
    found_in_files,
    found_in_tables,
    plant_row,
    planted_walk,
    tables_of_cases,
)
from tests.processes.walks.record import Record
from tests.processes.walks.stage import WalkStage, walk_stage
from tests.sample import times


@pytest.fixture(scope="module")
def stage() -> Iterator[WalkStage]:
    with walk_stage() as found:
        yield found


@pytest.fixture
def walk(stage: WalkStage, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlantedWalk]:
    # The flows in which people's data are typed most: those of the shop's own, and visits at home.
    found = planted_walk(stage, 11, monkeypatch, cases=times(12, 6), orders=times(3, 2), only=("p", "a13"))
    yield found
    found.db.close()


def forget_unsent(walk: PlantedWalk) -> None:
    """What was uploaded and never sent goes a day later, by the machine's clock too."""
    for path in attachments.Folder.beside(walk.db).root.rglob("*"):
        os.utime(path, (0, 0))
    attachments.sweep(walk.db, now=walk.clock.now())


def pages_name_nobody(walk: PlantedWalk, cases: list[str]) -> bool:
    """Case, history, replay and registers are read on."""
    shown: list[object] = []
    for case_id in cases:
        shown += [walk.queries.case(case_id, SYSTEM), walk.queries.film(case_id, SYSTEM)]
        shown.append(walk.queries.events(case_id, SYSTEM, limit=2000))
        assert re_execute(walk.db, case_id).redacted
    return not any(text in repr(shown) for text in PLANTED)


def test_what_was_typed_into_the_shipped_processes_is_found_nowhere_afterwards(walk: PlantedWalk) -> None:
    planted = {text for _, _, text in found_in_tables(walk.db)}
    # Not every walk pays to an account, or asks for an invoice.
    assert planted >= set(PLANTED) - {ACCOUNT, TAX, MAIL}, planted
    assert any(text == PIXELS.decode() for _, text in found_in_files(walk.db))
    cases = Record.read(walk).cases
    for number, table in enumerate(tables_of_cases()):
        plant_row(walk.db, table, cases[0], number + 1)
    walk.clock.advance(LONG)
    taken = retention.run(walk.db, walk.definitions, now=walk.clock.now())
    assert taken.counts["case"] == len(cases)
    assert found_in_tables(walk.db) == set()
    assert pages_name_nobody(walk, cases)
    forget_unsent(walk)
    retention.compact(walk.db)
    assert found_in_files(walk.db) == set()
    again = retention.run(walk.db, walk.definitions, now=walk.clock.now())
    assert again.nothing
