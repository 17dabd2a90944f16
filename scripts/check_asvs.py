"""Holds docs/asvs.csv to the truth: what it names is there, and what is not held says why."""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = Path("docs/asvs.csv")
COLUMNS: Final = ("id", "level", "requirement", "status", "file", "test", "note")
HELD, PARTLY, OPEN, OUTSIDE = STATUSES = ("held", "partly", "open", "not applicable")
CHAPTERS: Final = tuple(range(1, 18))
_ID: Final = re.compile(r"(\d{1,2})\.(?:\*|(\d{1,2})\.(?:\*|(\d{1,2})))")
_TEST: Final = re.compile(r"(tests/(?:\w+/)*test_\w+\.py)(?:::(test_\w+))?")

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
    ]


def _problems_of_ids(ids: list[str]) -> Iterator[str]:
    """Ids of the standard, in its order, none twice, no chapter left out."""
    places = []
    for name in ids:
        found = _ID.fullmatch(name)
        if found is None:
            yield f"{name!r} is no id; write 1.2.3, 1.2.* or 1.*."
            continue
        places.append(tuple(99 if part is None else int(part) for part in found.groups()))
    yield from (f"{name} stands {count} times." for name, count in Counter(ids).items() if count > 1)
    if places != sorted(places):
        yield "The rows do not stand in the order of the standard."
    yield from (f"Chapter {chapter} is missing." for chapter in CHAPTERS if chapter not in {one[0] for one in places})


def _problems_of_row(row: Row, root: Path) -> Iterator[str]:
    status, note = row["status"], row["note"].strip()
    if row["level"] not in ("1", "2", "3"):
        yield f"{row['level']!r} is no level."
    if not row["requirement"].strip():
        yield "it does not say what is required."
    if status not in STATUSES:
        yield f"{status!r} is no status; it is one of {', '.join(STATUSES)}."
    if status in (HELD, PARTLY) and not row["file"].strip():
        yield f"what is {status} names a file."
    if status in (OPEN, OUTSIDE) and (row["file"].strip() or row["test"].strip()):
        yield f"what is {status} names neither file nor test."
    if status != HELD and not note:
        yield f"what is {status} says why in its note."
    yield from (f"{path} is gone." for path in row["file"].split() if not (root / path).exists())
    for test in row["test"].split():
        found = _TEST.fullmatch(test)
        if found is None:
            yield f"{test} is neither tests/…/test_….py nor tests/…/test_….py::test_…."
        elif not (root / found[1]).is_file() or (found[2] and found[2] not in functions_in(root / found[1])):
            yield f"the test {test} is gone."


@cache
def functions_in(path: Path) -> frozenset[str]:
    """The test functions that a file defines, parametrised ones by their name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def main() -> int:
    """Say what is wrong with the table; 1 when anything is."""
    text = (ROOT / TABLE).read_text(encoding="utf-8")
    found = problems(text)
    for said in found:
        print(f"{TABLE}: {said}", file=sys.stderr)
    if not found:
        count = Counter(row["status"] for row in csv.DictReader(text.splitlines()))
        print(f"ASVS 5.0 level 2: {', '.join(f'{count[status]} {status}' for status in STATUSES)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
