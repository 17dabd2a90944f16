"""docs/asvs.csv tells the truth, and the check that `make check` runs would see if it did not."""

import csv
import importlib.util
import io
import subprocess
import sys
from pathlib import Path

from tests.each import each

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/check_asvs.py"
TABLE = (ROOT / "docs/asvs.csv").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def _script():
    spec = importlib.util.spec_from_file_location("check_asvs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ASVS = _script()
HELD = {"level": "1", "requirement": "x", "status": "held", "file": "web/app.py", "test": "", "note": ""}
TEST = "tests/unit/test_asvs.py::test_the_table_holds"


def table(**changed: str | None) -> str:
    """A table in which nothing is wrong, but for what is changed in its row 3.1.1."""
    rows = {f"{chapter}.1.1": {"id": f"{chapter}.1.1", **HELD} for chapter in ASVS.CHAPTERS}
    rows["3.1.1"] |= changed
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ASVS.COLUMNS)
    writer.writerows([value for value in row.values() if value is not None] for row in rows.values())
    return out.getvalue()


def test_the_table_holds() -> None:
    assert ASVS.problems(TABLE) == []


def test_what_is_open_is_said_in_the_document_too() -> None:
    left = [row["id"] for row in csv.DictReader(TABLE.splitlines()) if row["status"] == "open"]
    assert left
    assert [name for name in left if name not in SECURITY] == []


@each(
    "changed",
    [
        {"test": TEST}, {"test": "tests/unit/test_asvs.py"}, {"file": "web"}, {"id": "3.*"}, {"id": "3.1.*"},
        {"status": "open", "file": "", "note": "not yet"}, {"status": "not applicable", "file": "", "note": "none"},
        {"status": "partly", "note": "half"},
    ],
)  # fmt: skip
def test_what_is_right_is_taken(changed: dict[str, str]) -> None:
    assert ASVS.problems(table(**changed)) == []


@each(
    ("changed", "said"),
    [
        ({"test": TEST + "_gone"}, "is gone"),
        ({"test": "tests/unit/test_no_such_file.py"}, "is gone"),
        ({"test": "tests/unit/conftest.py"}, "is neither"),
        ({"test": "../tests/unit/test_asvs.py"}, "is neither"),
        ({"file": "web/app.py web/gone.py"}, "is gone"),
        ({"file": ""}, "names a file"),
        ({"status": "open", "note": "x"}, "names neither"),
        ({"status": "open", "file": ""}, "says why"),
        ({"status": "partly"}, "says why"),
        ({"status": "done"}, "no status"),
        ({"level": "4"}, "no level"),
        ({"requirement": " "}, "does not say"),
        ({"id": "3.x"}, "no id"),
        ({"id": "18.1.1"}, "order"),
        ({"id": "2.1.1"}, "stands 2 times"),
        ({"id": "2.1.1"}, "Chapter 3 is missing"),
        ({"note": None}, "columns"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, str | None], said: str) -> None:
    assert said in " ".join(ASVS.problems(table(**changed)))


def test_other_columns_are_none() -> None:
    assert "columns" in " ".join(ASVS.problems("id,level\n1.1.1,1\n"))


def test_the_command_says_how_much_is_held() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "held" in done.stdout


def test_make_check_runs_it() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "check-all-else" in makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    assert "scripts/check_asvs.py" in makefile.partition("\ncheck-all-else:")[2].partition("\n\n")[0]
