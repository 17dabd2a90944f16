"""`kefuflow backtest`: past cases on files that are not deployed, in the terminal and for programs."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.clock import SHANGHAI, VirtualClock
from engine.store.database import Database
from engine.store.tables import metadata
from tests.engine.backtest.seeding import Seeder, with_limit
from tests.engine.narrative.theatre import ROOT, build

TABLE = ROOT / "processes/decisions/compensation_approval.dmn"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = build(tmp_path_factory.mktemp("past"))
    db = Database.open(f"sqlite:///{file}")
    try:
        Seeder(db, VirtualClock(datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI)), 3).make(12)
    finally:
        db.close()
    return file


@pytest.fixture
def run(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    shutil.copy(past, tmp_path / "shop.db")
    monkeypatch.setenv("KEFUFLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["backtest", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture
def fifty(tmp_path: Path) -> Path:
    file = tmp_path / "compensation_approval.dmn"
    file.write_bytes(with_limit(TABLE.read_bytes(), 50))
    return file


def dump(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "shop.db") as driver:
        return [
            repr(row)
            for table in metadata.sorted_tables
            for row in driver.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2")
        ]


def test_what_differs_is_printed_with_the_sums_and_nothing_is_written(run: Run, fifty: Path, tmp_path: Path) -> None:
    before = dump(tmp_path)
    status, out, err = run(fifty)
    assert status == 0
    *cases, counts, sums = out.splitlines()
    assert counts.startswith("12 cases: ")
    assert all(line.startswith("case ") and "path" in line for line in cases)
    assert f"{len(cases)} path (路径不同)" in counts
    assert "would be (改后) ¥" in sums
    assert "100 %" in err
    assert dump(tmp_path) == before


def test_programs_get_a_line_for_every_case_and_no_values_that_may_be_personal(run: Run, fifty: Path) -> None:
    status, out, _ = run(fifty, "--json", "--limit", "5")
    *cases, last = map(json.loads, out.splitlines())
    assert status == 0
    assert len(cases) == 5
    assert sum(last["verdicts"].values()) == 5
    assert sum(case["paid_after"] for case in cases) == last["fen_after"]
    assert all(isinstance(name, str) for case in cases for name in case["assumed"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "gestern"], "no day"),
        (["--to", "9999-12-31"], "no day"),
        (["--from", "2026-05-01", "--to", "2026-04-01"], "period ends"),
        (["--limit", "0"], "between 1 and"),
        (["--process", "nobody"], "no past case"),
        (["--from", "2030-01-01"], "no past case"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(run: Run, fifty: Path, arguments: list[str], said: str) -> None:
    status, out, err = run(fifty, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_what_is_in_force_already_changes_nothing(run: Run) -> None:
    status, _, err = run(TABLE)
    assert status == 2
    assert "no past case" in err


def test_files_that_the_lint_refuses_are_not_tried(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "p01_compensation.bpmn"
    file.write_bytes(b"<bpmn/>")
    status, out, _ = run(file)
    assert status == 1
    assert "error" in out


def test_a_missing_input_is_named(run: Run, tmp_path: Path) -> None:
    diagram = next((ROOT / "processes").rglob("p01_compensation.bpmn"))
    file = tmp_path / "p01_compensation.bpmn"
    file.write_bytes(diagram.read_bytes().replace(b"P3D", b"P10D"))
    status, out, _ = run(file)
    assert status == 0
    assert "p01_compensation.negotiate_compensation: waited" in out
