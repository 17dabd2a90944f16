"""`kefuflow repair`: one or many, a line for each, and an exit status that says whether all went well."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import accounts
from engine.__main__ import main
from engine.cli.parts import Parts, parts_on
from engine.clock import SystemClock
from engine.model import SYSTEM
from engine.store.database import Database
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing

Run = Callable[..., tuple[int, str, str]]
WHO = ("--as", "zhao")


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; gives exit status, stdout and stderr."""
    monkeypatch.setenv("KEFUFLOW_DATABASE_URL", database_url)

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["repair", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture
def parts(database_url: str) -> Iterator[Parts]:
    """The database that the commands work on, with a supervisor, an agent and a process of two tasks."""
    db = Database.open(database_url)
    with db.begin() as tx:
        accounts.add(tx, "zhao", "赵敏", "correct horse", ["supervisor"])
        accounts.add(tx, "li", "李娜", "correct horse", ["aftersales"])
        accounts.add(tx, "gone", "前主管", "correct horse", ["supervisor"])
        accounts.set_active(tx, "gone", active=False)
    Engine(db, SystemClock()).deploy(  # type: ignore[arg-type]  # a clock of the machine, as the commands have it
        Drawing("p").start().user("first").user("second").end().flow("start", "first", "second", "end")
    )
    yield parts_on(db, SystemClock())
    db.close()


def start(parts: Parts) -> int:
    return parts.runtime.start("p", {}, SYSTEM).instance_key


def tasks(parts: Parts) -> list[tuple[int, str]]:
    with sqlite3.connect(Path(parts.db.file)) as connection:
        found = connection.execute("SELECT id, element FROM user_task WHERE status = 'open' ORDER BY id").fetchall()
    connection.close()
    return found


def statuses(parts: Parts) -> list[str]:
    with sqlite3.connect(Path(parts.db.file)) as connection:
        found = [status for (status,) in connection.execute("SELECT status FROM process_instance ORDER BY key")]
    connection.close()
    return found


def put_incident(parts: Parts, task: int, kind: str = "completion_refused") -> None:
    with sqlite3.connect(Path(parts.db.file)) as connection:
        connection.execute(
            "INSERT INTO incident (id, instance, case_id, element, kind, message, created_at)"
            " VALUES (?, ?, ?, 'first', ?, 'the courier\nis down', 0)",
            (task, task // 100_000_000, str(task // 100_000_000), kind),
        )
    connection.close()


def test_incidents_are_listed_and_tried_again(run: Run, parts: Parts) -> None:
    for _ in range(2):
        start(parts)
    for task, _ in tasks(parts):
        put_incident(parts, task)
    status, out, _ = run("incidents", *WHO)
    assert (status, out.count("\n"), "the courier is down" in out) == (0, 3, True)
    listed = [
        json.loads(line)
        for line in run("incidents", *WHO, "--json", "--kind", "completion_refused")[1].split("\n")
        if line
    ]
    assert [row["id"] for row in listed] == [task for task, _ in tasks(parts)]
    assert run("incidents", *WHO, "--older-than", "1h", "--process", "q")[1].startswith("0 open")
    first = listed[0]["id"]
    status, out, _ = run("retry", *WHO, first)
    assert (status, out.splitlines()[0]) == (0, f"ok  {first}  it is tried again (已安排再试一次。)")
    status, out, _ = run("retry", *WHO, first, listed[1]["id"])
    assert (status, "1 repaired, 1 failed" in out) == (1, True)
    assert f"FAILED  {first}" in out


def test_tokens_are_skipped_with_variables_by_filters(run: Run, parts: Parts) -> None:
    key = start(parts)
    put_incident(parts, tasks(parts)[0][0])
    arguments = ("--process", "p", "--element", "first", "--reason", "客户已取消", "--set", "paid:boolean=yes")
    assert run("skip", *WHO, *arguments)[0] == 0
    assert [element for _, element in tasks(parts)] == ["second"]
    with sqlite3.connect(Path(parts.db.file)) as connection:
        (row,) = connection.execute("SELECT variables FROM process_instance WHERE key = ?", (key,))
        actors = connection.execute("SELECT actor FROM history_event WHERE kind = 'instance.repaired'").fetchall()
    connection.close()
    assert (row[0], actors) == (b'{"paid":true}', [("zhao",)])


def test_an_incident_is_resolved_with_variables(run: Run, parts: Parts) -> None:
    start(parts)
    ((task, _),) = tasks(parts)
    put_incident(parts, task)
    status, out, _ = run("resolve", *WHO, task, "--set", "amount:number=12.50", "--reason", "金额已改正")
    assert (status, "ok" in out) == (0, True)


def test_tokens_are_moved_where_the_listing_says_they_can_go(run: Run, parts: Parts) -> None:
    key = start(parts)
    ((task, _),) = tasks(parts)
    out = run("tokens", *WHO, key)[1]
    assert f"instance {key}" in out
    assert f"  {task}  first  first!  user_task" in out
    assert "  can enter second  second!" in out
    assert run("modify", *WHO, key, "--cancel", task, "--enter", "second", "--reason", "跳到第二步")[0] == 0
    assert [element for _, element in tasks(parts)] == ["second"]
    assert run("modify", *WHO, key, "--enter", "nowhere", "--reason", "x")[0] == 2


def test_cases_are_suspended_resumed_and_cancelled(run: Run, parts: Parts) -> None:
    keys = [start(parts) for _ in range(3)]
    assert run("suspend", *WHO, keys[0], 999, "--reason", "停")[0] == 1
    assert statuses(parts) == ["suspended", "active", "active"]
    status, out, _ = run("suspend", *WHO, "--process", "p", "--reason", "停", "--limit", 1)
    assert (status, out.count("ok  ")) == (0, 1)
    assert sorted(statuses(parts)) == ["active", "suspended", "suspended"]
    assert run("resume", *WHO, "--process", "p")[0] == 0
    assert statuses(parts) == ["active"] * 3
    put_incident(parts, tasks(parts)[1][0])
    assert run("cancel", *WHO, "--kind", "completion_refused", "--reason", "重复")[0] == 0
    assert statuses(parts) == ["active", "cancelled", "active"]
    assert run("cancel", *WHO, "--process", "p", "--reason", "重复")[0] == 0
    assert statuses(parts) == ["cancelled"] * 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["suspend", *WHO], "name ids, or choose by filters"),
        (["suspend", *WHO, "1", "--process", "p"], "name ids, or choose by filters"),
        (["retry", *WHO, "x"], "no id"),
        (["skip", *WHO, "1", "--set", "novalue"], "NAME[:TYPE]=VALUE"),
        (["skip", *WHO, "1", "--set", "n:number=x"], "no number"),
        (["suspend", "--as", "nobody", "1", "--reason", "x"], "no such account"),
        (["suspend", "--as", "gone", "1", "--reason", "x"], "not active"),
        (["suspend", "--as", "li", "1", "--reason", "x"], "lacks P07"),
        (["incidents", "--as", "li"], "lacks P07"),
        (["tokens", *WHO, "999"], "no case"),
        (["modify", *WHO, "999", "--enter", "x", "--reason", "y"], "no instance"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, parts: Parts, arguments: list[str], sentence: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


@pytest.mark.parametrize(
    "arguments", [["retry", "1"], ["suspend", *WHO, "--older-than", "soon"], ["modify", *WHO, "x"]]
)
def test_malformed_commands_are_refused(run: Run, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as done:
        run(*arguments)
    assert done.value.code == 2


def test_without_a_reason_each_says_so(run: Run, parts: Parts) -> None:
    key = start(parts)
    status, out, _ = run("suspend", *WHO, key)
    assert (status, "请写明原因" in out, statuses(parts)) == (1, True, ["active"])
