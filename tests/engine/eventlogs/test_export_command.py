"""`kefuflow audit export` writes a whole file or none, and says which."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.__main__ import main
from tests.engine.eventlogs.shop import PHONE, Shop

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exports on a copy of the shop's database; gives exit status, stdout and stderr."""
    with shop.db.begin() as tx:  # nothing may stand in the log beside the file only
        tx.connection.exec_driver_sql("SELECT 1")
    shop.db.engine.dispose()
    for beside in ("", "-wal", "-shm"):
        source = Path(f"{shop.db.file}{beside}")
        if source.exists():
            shutil.copy(source, tmp_path / f"copy.db{beside}")
    monkeypatch.setenv("KEFUFLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'copy.db'}")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["audit", "export", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


def test_a_file_is_written_and_its_digest_said(run: Run, shop: Shop, tmp_path: Path) -> None:
    target = tmp_path / "工单.xes"
    chosen = ("--process", "p10_courier_query", "--from", "2026-01-01", "--to", "2026-01-31", "--case", shop.cases[0])
    status, out, _ = run("--format", "xes", *chosen, "--output", target)
    assert status == 0
    assert out.startswith(f"{target}: 1 cases, ")
    assert "已打码" in out
    assert sha256(target.read_bytes()).hexdigest() in out
    assert PHONE not in target.read_text(encoding="utf-8")
    assert ElementTree.parse(target).getroot().tag.endswith("log")
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("*工单*")) == ["工单.xes"], "nothing is left beside it"


def test_personal_data_are_written_with_a_reason_only(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl"
    status, _, err = run("--format", "jsonl", "--unmasked", "--output", target)
    assert (status, "needs a reason" in err, target.exists()) == (2, True, False)
    status, out, _ = run("--format", "jsonl", "--unmasked", "--reason", "客诉取证", "--output", target)
    assert (status, "未打码" in out) == (0, True)
    assert PHONE in target.read_text(encoding="utf-8")
    assert json.loads(target.read_text(encoding="utf-8").splitlines()[0])["masked"] is False


def test_no_file_is_ever_written_over(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "log.csv"
    target.write_text("mine", encoding="utf-8")
    status, _, err = run("--format", "csv", "--output", target)
    assert (status, "exists already" in err, target.read_text(encoding="utf-8")) == (2, True, "mine")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--from", "gestern"],
        ["--case", "SO-1"],
        ["--process", "p99_nothing"],
        ["--output", "/nowhere/at/all.csv"],
    ],
)
def test_what_is_wrong_is_one_sentence(run: Run, tmp_path: Path, wrong: list[str]) -> None:
    target = tmp_path / "log.csv"
    status, _, err = run("--format", "csv", "--output", target, *wrong)
    assert (status, err.count("\n"), target.exists()) == (2, 1, False)
