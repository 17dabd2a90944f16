"""`kefuflow calendar`: shown, taken out, changed in an editor, put in force again; what is wrong is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.sla.support import SlaDesk


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> SlaDesk:
    return SlaDesk(db, clock)


def run(database_url: str, *words: str) -> int:
    return main(["calendar", words[0], "--database", database_url, *words[1:]])


def test_a_calendar_goes_out_and_in_again(
    desk: SlaDesk, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "日历.json"
    assert run(database_url, "export", str(file)) == 0
    assert run(database_url, "import", str(file)) == 0
    assert "nothing new" in capsys.readouterr().out
    content = json.loads(file.read_text("utf-8"))
    content["week"][6] = []
    file.write_text(json.dumps(content), "utf-8")
    assert run(database_url, "import", str(file), "--note", "周日休息") == 0
    assert "version 2" in capsys.readouterr().out
    assert run(database_url, "show") == 0
    shown = capsys.readouterr().out
    assert "Sunday     closed" in shown
    assert "周日休息" in shown
    assert "2027: 13 days (provisional)" in shown
    assert desk.column("SELECT kind FROM history_event WHERE stream = 0 ORDER BY seq")[-1] == "calendar.changed"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"zone": "Asia/Shanghai", "week": []}', "[" * 100_000])
def test_a_file_that_is_no_calendar_changes_nothing(
    desk: SlaDesk, database_url: str, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "calendar.json"
    file.write_text(content, "utf-8")
    assert run(database_url, "import", str(file)) == 2
    assert desk.column("SELECT count(*) FROM calendar_version") == [1]


def test_a_time_that_is_past_is_refused_and_a_later_one_waits(
    desk: SlaDesk, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calendar.json"
    assert run(database_url, "export", str(file)) == 0
    assert run(database_url, "import", str(file), "--from", "2020-01-01T00:00") == 2
    assert run(database_url, "import", str(file), "--from", "2099-01-01T00:00") == 0
    capsys.readouterr()
    assert run(database_url, "show") == 0
    assert capsys.readouterr().out.startswith("version 1 counts")


def test_where_there_is_no_calendar_it_says_what_to_do(
    db: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(database_url, "show") == 2
    assert "deploy task_sla.dmn first" in capsys.readouterr().err
