"""docs/requirements.csv tells the truth, and the check that `make check` runs would see if it did not."""

import csv
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.each import each

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/check_requirements.py"
TABLE = (ROOT / "docs/requirements.csv").read_text(encoding="utf-8")


def _script():
    spec = importlib.util.spec_from_file_location("check_requirements", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REQUIREMENTS = _script()


def table(*changes: dict[str, str | None], rows: dict[str, dict[str, str | None]] | None = None) -> str:
    """A table in which nothing is wrong, but for what is changed in the row of E01 and further rows."""
    lines = {name: {**LATER, "id": name, "requirement": f"要求{name}"} for name in REQUIREMENTS.IDS}
    lines["E01"] = {**SHOWN, "id": "E01"}
    for change in changes:
        lines["E01"] |= change
    lines |= rows or {}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(REQUIREMENTS.COLUMNS)
    writer.writerows([value for value in row.values() if value is not None] for row in lines.values())
    return out.getvalue()


LATER = {"id": "", "requirement": "", "status": "later", "file": "", "test": "", "note": "later: duties"}
SHOWN = {
    "id": "",
    "requirement": "证明",
    "status": "partly",
    "file": "docs/requirements.csv Makefile",
    "test": "tests/unit/test_requirements.py::test_a_fault_is_said_in_a_sentence "
    "processes/scenarios/p08_repair.yaml::08-S1",
    "note": "其余未做。later: audit, studio",
}


def test_the_table_can_be_believed() -> None:
    assert REQUIREMENTS.problems(TABLE) == []


def test_the_ids_are_those_of_the_documents() -> None:
    """Compared only where the documents' catalogue lies beside this repository."""
    assert len(REQUIREMENTS.IDS) == len(set(REQUIREMENTS.IDS)) == 121
    sources = sorted(ROOT.parent.glob("*/catalogue/README.md"))
    if not sources:
        pytest.skip("the catalogue is not beside this repository")
    printed = re.findall(r"^\| (SLA-\d\d|[EPK]\d\d[a-c]?) \|", sources[0].read_text("utf-8"), re.MULTILINE)
    assert len(printed) == len(set(printed))
    assert set(printed) == set(REQUIREMENTS.IDS)


def test_a_table_in_order_has_no_problem() -> None:
    assert REQUIREMENTS.problems(table()) == []
    assert REQUIREMENTS.problems(table({"status": "done", "note": ""})) == []


@each(
    ("change", "said"),
    [
        ({"status": "soon"}, "E01: 'soon' is no status; it is one of done, partly, later."),
        ({"status": ""}, "E01: '' is no status; it is one of done, partly, later."),
        ({"status": "done"}, "E01: it is done, yet its note says that something comes later."),
        ({"status": "done", "test": " ", "note": ""}, "E01: what is done names a test."),
        ({"test": ""}, "E01: what is partly names a test."),
        ({"file": ""}, "E01: what is partly names a file."),
        ({"status": "later", "test": ""}, "E01: what comes later names no file."),
        ({"status": "later", "file": ""}, "E01: what comes later names no test."),
        (
            {"status": "later", "file": "", "test": "", "note": "以后"},
            "E01: its note does not say with which part the rest comes (later: …).",
        ),
        ({"note": ""}, "E01: its note does not say with which part the rest comes (later: …)."),
        ({"file": "engine/nothing.py"}, "E01: the file engine/nothing.py is gone."),
        ({"file": "Makefile engine"}, "E01: the file engine is gone."),
        (
            {"test": "tests/unit/test_requirements.py::test_a_fault"},
            "E01: the test tests/unit/test_requirements.py::test_a_fault is gone.",
        ),
        (
            {"test": "tests/unit/test_nothing.py::test_a_fault"},
            "E01: the test tests/unit/test_nothing.py::test_a_fault is gone.",
        ),
        (
            {"test": "processes/scenarios/p08_repair.yaml::08-S99"},
            "E01: the test processes/scenarios/p08_repair.yaml::08-S99 is gone.",
        ),
        (
            {"test": "processes/scenarios/p99.yaml::08-S1"},
            "E01: the test processes/scenarios/p99.yaml::08-S1 is gone.",
        ),
        ({"note": "later: someday"}, "E01: 'someday' is no part of the product"),
        ({"requirement": "proof"}, "E01: the requirement is not said in Chinese."),
        ({"requirement": "要求E02"}, "E02: the requirement is word for word that of E01."),
        ({"note": None}, "E01: the row must have 6 columns."),
        ({"more": "列"}, "E01: the row must have 6 columns."),
        ({"id": "E20"}, "E01 is missing."),
        ({"id": "E20"}, "E20 is no requirement of the documents."),
        ({"id": "E02"}, "E02 stands 2 times."),
    ],
)
def test_a_fault_is_said_in_a_sentence(change: dict[str, str | None], said: str) -> None:
    assert any(problem.startswith(said) for problem in REQUIREMENTS.problems(table(change)))


@pytest.mark.parametrize(
    "test",
    [
        "tests/unit/test_requirements.py",
        "tests/unit/test_requirements.py::table",
        "tests/unit/test_requirements.py::test_a_fault_is_said_in_a_sentence[change0]",
        "tests/../tests/unit/test_requirements.py::test_a_fault_is_said_in_a_sentence",
        "engine/access.py::test_a_fault_is_said_in_a_sentence",
        "processes/scenarios/p08_repair.yaml",
    ],
)
def test_what_names_no_test_is_refused(test: str) -> None:
    (said,) = REQUIREMENTS.problems(table({"test": test}))
    assert said.startswith(f"E01: {test} is neither tests/…/test_….py::test_… nor")


def test_rows_come_in_the_order_of_the_documents() -> None:
    head, *rows = table().splitlines()
    swapped = "\n".join([head, rows[1], rows[0], *rows[2:]])
    assert REQUIREMENTS.problems(swapped) == ["SLA-02 stands out of order; the rows come as the documents number them."]


def test_other_columns_are_refused() -> None:
    told = ["The columns must be id, requirement, status, file, test, note."]
    assert REQUIREMENTS.problems("id,requirement,status\nP01,发起,done\n") == told
    assert REQUIREMENTS.problems("") == told


def test_a_test_in_a_file_that_is_a_text_or_a_comment_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "tests/test_texts.py"
    path.parent.mkdir()
    path.write_text(
        '"""\ndef test_quoted():\n    pass\n"""\n# def test_commented(): pass\ndef test_real(): pass\n', "utf-8"
    )
    assert REQUIREMENTS.functions_in(path) == {"test_real"}


def test_a_scenario_file_that_cannot_be_read_has_no_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("process: [", "utf-8")
    assert REQUIREMENTS.scenarios_in(path) == frozenset()


def test_make_check_runs_it_and_ends_by_its_verdict() -> None:
    assert "$(BIN)/python scripts/check_requirements.py" in (ROOT / "Makefile").read_text("utf-8")
    run = subprocess.run([sys.executable, SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert re.fullmatch(r"121 requirements: \d+ done, \d+ partly, \d+ later\n", run.stdout)


def test_what_is_wrong_is_printed_and_fails(tmp_path, monkeypatch, capsys) -> None:
    broken = tmp_path / "docs"
    broken.mkdir()
    (broken / "requirements.csv").write_text(TABLE.replace("SLA-01,", "SLA-99,", 1), "utf-8")
    monkeypatch.setattr(REQUIREMENTS, "ROOT", tmp_path)
    assert REQUIREMENTS.main() == 1
    assert "docs/requirements.csv: SLA-01 is missing." in capsys.readouterr().err
