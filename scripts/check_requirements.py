"""Holds docs/requirements.csv to the truth: every requirement of the documents once, and what shows it still there."""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from engine.scenarios import ScenarioRefused, read_scenarios

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = Path("docs/requirements.csv")
COLUMNS: Final = ("id", "requirement", "status", "file", "test", "note")
DONE, PARTLY, LATER = STATUSES = ("done", "partly", "later")
#: What is not there yet comes with one of these parts of the product.
PARTS: Final = frozenset({"workspace", "audit", "studio", "aftersales", "duties"})
#: Rules on time, checks and prohibitions, permissions, indicators: as the documents number them.
IDS: Final = (
    *(f"SLA-{n:02}" for n in range(1, 37)),
    *(f"E{n:02}" for n in range(1, 20)),
    *(f"P{n:02}" for n in range(1, 27)),
    *(f"K{n:02}" for n in range(1, 15)),
    *("K14a", "K14b", "K14c"),
    *(f"K{n:02}" for n in range(15, 38)),
)
#: What shows a requirement: a test function, or a scenario of a process, which the tests run.
_TEST: Final = re.compile(r"(tests/(?:\w+/)*test_\w+\.py)::(test_\w+)")
_SCENARIO: Final = re.compile(r"(processes/scenarios/\w+\.yaml)::([\w-]+)")
_LATER: Final = re.compile(r"later: ([a-z]+(?:, [a-z]+)*)")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")

Row = Mapping[str, str]


def problems(text: str, root: Path = ROOT) -> list[str]:
    """What is wrong with the table, a sentence each; empty when it can be believed.

    Args:
        text: the table as CSV.
        root: folder in which its paths begin.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        return [f"The columns must be {', '.join(COLUMNS)}."]
    rows = list(reader)
    ragged = [row for row in rows if None in row or None in row.values()]
    whole = [row for row in rows if row not in ragged]
    return [
        *_problems_of_ids([row["id"] for row in rows]),
        *(f"{row['id']}: the row must have {len(COLUMNS)} columns." for row in ragged),
        *(f"{row['id']}: {said}" for row in whole for said in _problems_of_row(row, root)),
        *_problems_of_sentences(whole),
    ]


def _problems_of_ids(ids: list[str]) -> Iterator[str]:
    """Every id once, in the order of the documents, and no other."""
    times = Counter(ids)
    yield from (f"{name} is missing." for name in IDS if name not in times)
    yield from (f"{name} is no requirement of the documents." for name in times if name not in IDS)
    yield from (f"{name} stands {count} times." for name, count in times.items() if count > 1)
    if times == Counter(IDS) and tuple(ids) != IDS:
        wrong = next(name for name, expected in zip(ids, IDS, strict=True) if name != expected)
        yield f"{wrong} stands out of order; the rows come as the documents number them."


def _problems_of_sentences(rows: Iterable[Row]) -> Iterator[str]:
    said: dict[str, str] = {}
    for row in rows:
        first = said.setdefault(row["requirement"], row["id"])
        if first != row["id"]:
            yield f"{row['id']}: the requirement is word for word that of {first}."


def _problems_of_row(row: Row, root: Path) -> Iterator[str]:
    if not _CHINESE.search(row["requirement"]):
        yield "the requirement is not said in Chinese."
    if row["status"] not in STATUSES:
        yield f"{row['status']!r} is no status; it is one of {', '.join(STATUSES)}."
    for column in ("file", "test"):
        if row["status"] == LATER and row[column].strip():
            yield f"what comes later names no {column}."
        elif row["status"] in (DONE, PARTLY) and not row[column].strip():
            yield f"what is {row['status']} names a {column}."
    yield from (f"the file {path} is gone." for path in row["file"].split() if not (root / path).is_file())
    for test in row["test"].split():
        yield from _problems_of_test(test, root)
    yield from _problems_of_note(row)


def _problems_of_note(row: Row) -> Iterator[str]:
    """What is not whole says which part of the product brings the rest; what is done leaves nothing open."""
    named = [part for parts in _LATER.findall(row["note"]) for part in parts.split(", ")]
    yield from (
        f"{part!r} is no part of the product; {', '.join(sorted(PARTS))} are." for part in named if part not in PARTS
    )
    if row["status"] == DONE and named:
        yield "it is done, yet its note says that something comes later."
    if row["status"] in (PARTLY, LATER) and not named:
        yield "its note does not say with which part the rest comes (later: …)."


def _problems_of_test(test: str, root: Path) -> Iterator[str]:
    function, scenario = _TEST.fullmatch(test), _SCENARIO.fullmatch(test)
    if function is not None:
        known = functions_in(root / function[1])
    elif scenario is not None:
        known = scenarios_in(root / scenario[1])
    else:
        yield f"{test} is neither tests/…/test_….py::test_… nor processes/scenarios/….yaml::number."
        return
    if test.split("::")[1] not in known:
        yield f"the test {test} is gone."


@cache
def functions_in(path: Path) -> frozenset[str]:
    """The test functions that a file defines, parametrised ones by their name; none when there is no such file."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@cache
def scenarios_in(path: Path) -> frozenset[str]:
    """The numbers of a file's scenarios; none when there is no such file, or one that cannot be read."""
    if not path.is_file():
        return frozenset()
    try:
        return frozenset(scenario.no for scenario in read_scenarios({path.name: path.read_bytes()}))
    except ScenarioRefused:
        return frozenset()


def main() -> int:
    """Say what is wrong with the table; 1 when anything is."""
    text = (ROOT / TABLE).read_text(encoding="utf-8")
    found = problems(text)
    for said in found:
        print(f"{TABLE}: {said}", file=sys.stderr)
    if not found:
        count = Counter(row["status"] for row in csv.DictReader(text.splitlines()))
        print(f"{len(IDS)} requirements: {', '.join(f'{count[status]} {status}' for status in STATUSES)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
