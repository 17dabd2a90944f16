"""The command line: what it prints, its exit status, and that nobody ever sees a traceback."""

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import accounts, second_factor, totp
from engine.__main__ import main
from engine.cli.parts import parts_on
from engine.clock import SystemClock
from engine.model import SYSTEM, Actor
from engine.store.database import Database
from tests.engine.shop_desk import FEW, shipped_files

ROOT = Path(__file__).parents[3]
PROCESSES, FORMS = str(ROOT / "processes"), str(ROOT / "forms")
COMMANDS = [
    [],
    ["serve"],
    ["deploy"],
    ["lint"],
    ["scenarios"],
    ["scenarios", "run"],
    ["backtest"],
    ["shop"],
    ["shop", "import"],
    ["user"],
    ["user", "add"],
    ["history"],
    ["history", "show"],
    ["audit"],
    ["audit", "re-execute"],
    ["audit", "export"],
    ["audit", "policy"],
    ["repair"],
    *(
        ["repair", name]
        for name in ("incidents", "tokens", "retry", "resolve", "skip", "modify", "cancel", "suspend", "resume")
    ),
    ["db"],
    ["db", "upgrade"],
]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh database; gives exit status, stdout and stderr."""
    monkeypatch.setenv("KEFUFLOW_DATABASE_URL", database_url)

    def run(*arguments: str | Path, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few of the shipped processes, their forms, and all tables and texts."""
    folder = tmp_path_factory.mktemp("house")
    for name, content in shipped_files(*FEW).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@pytest.fixture
def folders(house: Path) -> tuple[str, ...]:
    """The house's two folders as arguments."""
    return ("--processes", str(house / "processes"), "--forms", str(house / "forms"))


@pytest.fixture
def deployed(run: Run, house: Path) -> Run:
    """A few of the shipped processes are in force."""
    assert run("deploy", house / "processes", house / "forms")[0] == 0
    return run


def start_inquiry(database_url: str) -> str:
    db = Database.open(database_url)
    li = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
    start = {"order_id": "SO-1", "customer_id": "C-1", "channel": "phone", "description": "问", "waybill_no": "YT1"}
    case_id = parts_on(db, SystemClock()).runtime.start("p10_courier_query", {**start, "courier": "圆通"}, li).case_id
    db.close()
    return case_id


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([*command, "--help"])
    out = capsys.readouterr().out
    assert done.value.code == 0
    assert out.startswith(f"usage: kefuflow {' '.join(command)}".rstrip())


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(f"\n    {command[0]} " in out for command in COMMANDS if command)


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["destroy"])
    assert done.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


# --- databases -----------------------------------------------------------------------------------


def test_a_database_is_made_and_upgrading_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'desk.db'}"
    assert run("--database", url, "db", "upgrade") == run("db", "upgrade", "--database", url)
    assert (tmp_path / "new" / "desk.db").exists()


def test_without_a_schema_the_command_says_what_to_do(run: Run, tmp_path: Path) -> None:
    status, _, err = run("history", "show", "1", "--database", f"sqlite:///{tmp_path / 'empty.db'}")
    assert status == 2
    assert "kefuflow db upgrade" in err


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite:////proc/nowhere/x.db"])
def test_a_database_that_cannot_be_opened_is_one_sentence(run: Run, url: str) -> None:
    status, _, err = run("--database", url, "db", "upgrade")
    assert status == 2
    assert err.startswith("kefuflow: ")
    assert err.count("\n") == 1


def test_an_unknown_setting_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFUFLOW_COLOUR", "red")
    status, _, err = run("db", "upgrade")
    assert (status, "KEFUFLOW_COLOUR" in err) == (2, True)


# --- deploy and lint -----------------------------------------------------------------------------


def test_processes_are_deployed_once_and_a_changed_table_makes_a_new_version(
    deployed: Run, house: Path, tmp_path: Path
) -> None:
    assert "没有变化" in deployed("deploy", house / "processes", house / "forms")[1]
    table = ROOT / "processes" / "decisions" / "logistics_status.dmn"
    changed = tmp_path / table.name
    changed.write_text(table.read_text(encoding="utf-8").replace("48", "36"), encoding="utf-8")
    status, out, _ = deployed("deploy", changed)
    assert status == 0
    assert "p10_courier_query version 2 is in force" in out
    assert "p07_delivery" not in out


def test_lint_errors_refuse_a_deployment_and_say_it_in_two_languages(
    run: Run, folders: tuple[str, ...], tmp_path: Path
) -> None:
    broken = tmp_path / "p10_courier_query.bpmn"
    broken.write_bytes(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    status, out, err = run("deploy", broken)
    assert (status, "未发布" in err) == (1, True)
    assert str(broken) in out
    assert run("lint", broken, *folders)[0] == 1


def test_the_shipped_processes_have_no_finding(run: Run) -> None:
    status, out, _ = run("lint", PROCESSES, FORMS)
    assert (status, out.splitlines()[-1].split(",")[0]) == (0, "0 errors")


def test_lint_findings_are_json_objects_on_request(run: Run, folders: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.form").write_text("{", encoding="utf-8")
    status, out, _ = run("lint", "--json", tmp_path, *folders)
    findings = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert {"rule", "severity", "element", "zh", "en", "file"} == findings[0].keys()


def test_lint_may_refer_to_what_is_deployed(deployed: Run, tmp_path: Path) -> None:
    alone = ROOT / "processes" / "service" / "p10_courier_query.bpmn"
    nothing = ("--processes", tmp_path / "none", "--forms", tmp_path / "none")
    assert deployed("lint", alone, *nothing)[0] == 1, "its forms are not among the files"
    assert deployed("lint", "--deployed", alone)[0] == 0


def test_missing_files_are_one_sentence(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.bpmn", tmp_path):
        status, _, err = run("lint", path)
        assert (status, err.count("\n")) == (2, 1)
        assert str(tmp_path) in err


# --- people and orders ---------------------------------------------------------------------------


def test_an_account_is_made_with_a_password_from_stdin(run: Run, database_url: str) -> None:
    arguments = ["user", "add", "li.na", "--name", "李娜", "--group", "aftersales", "--password-stdin"]
    assert run(*arguments, stdin="correct horse\n")[0] == 0
    assert run(*arguments, stdin="correct horse\n")[0] == 2
    own = ["user", "add", "gao.yuan", "--name", "高远", "--password-stdin", "--own-password"]
    assert run(*own, stdin="correct horse\n")[0] == 0
    file = database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        made = connection.execute('SELECT name, demo, password_given FROM "user" ORDER BY id').fetchall()
        assert made == [("高远", 0, 0), ("李娜", 0, 1)]
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM history_event WHERE stream = 0")]
    connection.close()
    assert kinds == ["user.added"] * 2


def test_a_second_factor_is_taken_off_where_nobody_can_log_in(run: Run, database_url: str) -> None:
    run("user", "add", "gao.yuan", "--name", "高远", "--password-stdin", stdin="correct horse\n")
    db = Database.open(database_url)
    secret = second_factor.begin(db, "gao.yuan")
    actor, at = accounts.get(db, "gao.yuan").actor, datetime(2026, 1, 2, 1, 0, tzinfo=UTC)
    second_factor.enrol(db, actor, totp.code(secret, 1000), seconds=1000 * totp.STEP, at=at)
    assert run("user", "remove-factor", "gao.yuan")[0] == 0
    assert not accounts.get(db, "gao.yuan").second_factor
    for nothing in ("gao.yuan", "nobody"):
        assert run("user", "remove-factor", nothing)[0] == 2
    db.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x", "--name", "李娜", "--password-stdin"], "account id"),
        (["li.na", "--name", "李娜", "--group", "nobody", "--password-stdin"], "no such groups"),
        (["li.na", "--name", "李娜"], "--password-stdin"),
    ],
)
def test_an_account_that_is_not_acceptable_is_refused(run: Run, arguments: list[str], sentence: str) -> None:
    status, _, err = run("user", "add", *arguments, stdin="correct horse\n")
    assert (status, sentence in err) == (2, True)


def test_a_short_password_is_refused(run: Run) -> None:
    assert run("user", "add", "li.na", "--name", "李娜", "--password-stdin", stdin="123\n")[0] == 2


def test_orders_and_parcels_are_imported_and_wrong_rows_told(run: Run, tmp_path: Path) -> None:
    parcels = tmp_path / "parcels.csv"
    head = "waybill_no,order_id,courier,stage,location,last_update_at\n"
    parcels.write_text(head + "YT1,SO-1,圆通,in_transit,杭州,2026-01-01T10:00\n", encoding="utf-8")
    assert run("shop", "import", parcels)[:2] == (
        0,
        f"{parcels}: 0 orders, 1 parcels, 0 events, 1 changed, 0 messages\n",
    )
    parcels.write_text(head + "YT1,SO-1,圆通,in_transit,上海,2026-01-01T12:00\n", encoding="utf-8")
    assert run("shop", "import", parcels)[1] == f"{parcels}: 0 orders, 1 parcels, 0 events, 1 changed, 1 messages\n", (
        "news are told"
    )
    parcels.write_text(head + "YT1,SO-1,圆通,in_transit,杭州,soon\n", encoding="utf-8")
    status, _, err = run("shop", "import", parcels)
    assert (status, str(parcels) in err) == (1, True)
    assert run("shop", "import", tmp_path / "none.csv")[0] == 2


# --- history and audit ---------------------------------------------------------------------------


def test_the_history_of_a_case_is_shown_in_order(deployed: Run, database_url: str) -> None:
    case_id = start_inquiry(database_url)
    status, out, _ = deployed("history", "show", case_id)
    assert status == 0
    assert "李娜" in out or "  li  " in out
    assert out.index("instance.started") < out.index("user_task.created")
    events = [json.loads(line) for line in deployed("history", "show", "--json", case_id)[1].splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-2]["element"] == "check_logistics"
    assert events[-1]["kind"] == "definition.pinned"


def test_a_case_is_executed_again_and_a_constant_changed_by_hand_is_named(deployed: Run, database_url: str) -> None:
    case_id = start_inquiry(database_url)
    status, out, _ = deployed("audit", "re-execute", case_id)
    assert (status, "一致" in out) == (0, True)
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "UPDATE resource SET content = CAST(replace(CAST(content AS TEXT), 'PT24H', 'PT25H') AS BLOB) "
            "WHERE kind = 'bpmn' AND id = 'p10_courier_query'"
        )
    connection.close()
    status, out, _ = deployed("audit", "re-execute", case_id)
    assert (status, "不一致" in out) == (1, True)
    assert "p10_courier_query" in out


def test_an_unknown_case_is_one_sentence(deployed: Run) -> None:
    for command in (["history", "show"], ["audit", "re-execute"]):
        status, _, err = deployed(*command, "999999")
        assert (status, err.count("\n")) == (2, 1)


# --- scenarios -----------------------------------------------------------------------------------


def test_a_file_is_checked_among_those_that_stand_beside_it(run: Run, folders: tuple[str, ...], tmp_path: Path) -> None:
    status, out, _ = run("lint", PROCESSES)
    assert (status, out.strip().splitlines()[-1].startswith("0 errors, 0 warnings")) == (0, True)
    shipped = ROOT / "processes" / "service" / "p10_courier_query.bpmn"
    status, out, _ = run("lint", shipped)
    assert (status, out.startswith("0 errors, 0 warnings")) == (0, True)
    copy = tmp_path / shipped.name
    copy.write_text(
        shipped.read_text("utf-8").replace("p10_courier_query.file_claim", "p10_courier_query.nothing"), "utf-8"
    )
    status, out, _ = run("lint", copy, *folders)
    assert (status, "unknown.form" in out, out.count("error [")) == (1, True, 1), "the copy, not what it is a copy of"
    status, out, _ = run("lint", copy, "--processes", tmp_path / "none", "--forms", tmp_path / "none")
    assert (status, "unknown.process" in out) == (1, True), "nothing beside it"


def test_scenarios_pass_and_a_lie_in_a_copy_fails(run: Run, folders: tuple[str, ...], tmp_path: Path) -> None:
    shipped = ROOT / "processes" / "scenarios" / "s02_payout.yaml"
    status, out, _ = run("scenarios", "run", shipped, *folders, "--coverage")
    assert (status, "0 failed" in out, "100%" in out) == (0, True, True)
    copy = tmp_path / "copy.yaml"
    copy.write_text(shipped.read_text(encoding="utf-8").replace("end: end_paid", "end: end_unpaid"), encoding="utf-8")
    status, out, _ = run("scenarios", "run", copy, *folders)
    assert (status, "FAILED S2-S1" in out) == (1, True)
    assert "the case ended at end_paid, not at end_unpaid" in out


def test_results_are_json_objects_on_request_and_gaps_in_coverage_fail(
    run: Run, folders: tuple[str, ...], tmp_path: Path
) -> None:
    one = tmp_path / "one.yaml"
    one.write_text(
        "process: s02_payout\nscenarios:\n- no: X1\n  start: {payout_kind: refund, payout_amount: 5}\n"
        "  do: {finance_pay: {pay_ok: true, payment_no: P1, paid_amount: 5}}\n  end: end_paid\n",
        encoding="utf-8",
    )
    arguments = ("scenarios", "run", one, *folders, "--json")
    status, out, _ = run(*arguments)
    (result,) = map(json.loads, out.splitlines())
    assert status == 0
    assert result.keys() == {"no", "ok", "end", "path", "variables", "problem"}
    assert (result["no"], result["ok"], result["end"], result["problem"]) == ("X1", True, "end_paid", None)
    status, _, err = run(*arguments, "--coverage")
    assert (status, "fix_pay_info" in err) == (1, True)


def test_scenarios_of_processes_that_do_not_pass_the_lint_are_not_run(run: Run, house: Path, tmp_path: Path) -> None:
    shutil.copytree(house / "processes", tmp_path / "processes")
    (tmp_path / "processes" / "shared" / "s02_payout.bpmn").write_text("<x/>", encoding="utf-8")
    shipped = ROOT / "processes" / "scenarios" / "s02_payout.yaml"
    status, _, err = run("scenarios", "run", shipped, "--processes", tmp_path / "processes", "--forms", house / "forms")
    assert (status, "s02_payout.bpmn" in err) == (2, True)


# --- serve ---------------------------------------------------------------------------------------


def test_the_server_refuses_a_virtual_clock_outside_a_demonstration(run: Run) -> None:
    status, _, err = run("serve", "--virtual-clock")
    assert (status, "--demo" in err) == (2, True)


def test_the_server_refuses_demo_accounts_outside_a_demonstration(run: Run, database_url: str) -> None:
    db = Database.open(database_url)
    with db.begin() as tx:
        accounts.add(tx, "li.na", "李娜", "kefuflow-demo", ["aftersales"], demo=True)
    parts_on(db, SystemClock()).runtime.record("test", None, SYSTEM)
    db.close()
    status, _, err = run("serve", "--port", "0")
    assert (status, "li.na" in err) == (2, True)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_none_of_ours_is_one_sentence(run: Run, host: str) -> None:
    status, _, err = run("serve", "--host", host, "--port", "0")
    assert (status, err.count("\n")) == (2, 1)
