"""docs/seeds shows for every line of the source documents where it lives; this holds that it does, and truly."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from tests.each import each
from tests.processes.aftersales.test_chart_sources import LINES, between, cited, plain
from tests.processes.process_drawing import BPMN, ROOT

FOLDER = ROOT / "docs/seeds"
SEEDS = ("000", "001", "002", "003", "004")
SHARED = next(iter(sorted(ROOT.parent.glob("*/seeds"))), None)
KINDS = ("流程", "规则", "台账", "页面", "话术", "要求", "资料", "噪声", "无规则", "范围外")
#: What may lie nowhere; the note says why.
NOWHERE = frozenset({"噪声", "无规则", "范围外"})
#: A citation of more lines than this names a whole chart: what it quotes counts, not every line between.
FEW_LINES = 12
#: What a note says of a requirement that is not done.
STATES = {"later": "还没有做", "partly": "做了一部分"}


class Row(NamedTuple):
    line: str
    begins: str
    kind: str
    where: str
    note: str

    @property
    def number(self) -> tuple[int, int]:
        """(line, statement); statement 0 is the whole line."""
        line, _, statement = self.line.partition(".")
        return int(line), int(statement or 0)

    @property
    def places(self) -> list[tuple[str, str]]:
        """(path, id); the id is empty where the whole file is meant."""
        found = []
        for place in self.where.split():
            path, _, names = place.partition("#")
            found += [(path, name) for name in names.split(",")]
        return found


@cache
def rows(seed: str) -> tuple[Row, ...]:
    with (FOLDER / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert tuple(header) == Row._fields
    return tuple(Row(*line) for line in lines)


@cache
def names_in(path: str) -> frozenset[str]:
    """What ids a place in this file may have."""
    file = ROOT / path
    if file.suffix in (".bpmn", ".dmn"):
        return frozenset(str(element.get("id")) for element in etree.parse(file).iter() if element.get("id"))
    text = file.read_text("utf-8")
    if file.suffix == ".form":
        return frozenset(part["key"] for part in json.loads(text)["components"] if "key" in part)
    if file.suffix == ".json":
        return frozenset(item.get("code") or item["id"] for item in json.loads(text))
    if file.suffix == ".csv":
        return frozenset(row[0] for row in csv.reader(text.splitlines()))
    return frozenset(re.findall(r"\w+", text))


def missing(place: tuple[str, str]) -> bool:
    path, name = place
    return not (ROOT / path).is_file() or bool(name and name not in names_in(path))


def text_of(seed: str) -> list[str]:
    if SHARED is None:
        pytest.skip("the documents are not beside this repository")
    (file,) = SHARED.glob(f"{seed}_*.txt")
    return file.read_text("utf-8").split("\n")


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_in_order_and_statements_count_from_one(seed: str) -> None:
    numbers = [row.number for row in rows(seed)]
    assert [f"{line}.{statement}" if statement else str(line) for line, statement in numbers] == [
        row.line for row in rows(seed)
    ]
    assert numbers[0][1] in (0, 1)
    for (line, statement), (after, then) in pairwise(numbers):
        assert (after == line and statement and then == statement + 1) or (after > line and then in (0, 1)), after


@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_says_what_it_is_and_where_or_why_nowhere(seed: str) -> None:
    wrong = [
        row.line
        for row in rows(seed)
        if row.kind not in KINDS
        or not 0 < len(row.begins) <= 20
        or not (row.note if row.kind in NOWHERE else row.where)
        or (row.kind in ("噪声", "范围外") and row.where)
    ]
    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_place_is_there(seed: str) -> None:
    assert [(row.line, *place) for row in rows(seed) for place in row.places if missing(place)] == []


def test_a_place_that_is_not_there_is_seen() -> None:
    diagram = "processes/service/p01_compensation.bpmn"
    wanting = Row("1", "x", "流程", f"{diagram}#start_compensation,end_nowhere docs/none.md docs/feel.md", "").places
    assert [place for place in wanting if missing(place)] == [(diagram, "end_nowhere"), ("docs/none.md", "")]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_not_done_is_said_and_nothing_else_is(seed: str) -> None:
    with (ROOT / "docs/requirements.csv").open(encoding="utf-8", newline="") as file:
        status = {row["id"]: row["status"] for row in csv.DictReader(file)}
    wrong = []
    for row in rows(seed):
        asked = [name for path, name in row.places if path == "docs/requirements.csv"]
        said = {state: re.findall(rf"{words}:([\w\-、]+)", row.note) for state, words in STATES.items()}
        due = {state: ["、".join(name for name in asked if status[name] == state)] for state in STATES}
        if said != {state: names if names != [""] else [] for state, names in due.items()}:
            wrong.append((row.line, due))
    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_line_has_its_rows_and_they_begin_as_the_document_does(seed: str) -> None:
    text = text_of(seed)
    assert {row.number[0] for row in rows(seed)} == {number for number, line in enumerate(text, 1) if line.strip()}
    at = (0, 0)
    for row in rows(seed):
        line, statement = row.number
        start = at[1] if statement > 1 and at[0] == line else 0
        begins = text[line - 1].find(row.begins, start)
        if statement <= 1:
            assert text[line - 1].strip().startswith(row.begins), row.line
        assert begins >= start, row.line
        at = (line, begins + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_guide_counts_the_rows(seed: str) -> None:
    guide = (FOLDER / "README.md").read_text("utf-8")
    counted = {kind: sum(row.kind == kind for row in rows(seed)) for kind in KINDS}
    told = {
        cells[1]: int(cells[3 + SEEDS.index(seed)])
        for cells in ([cell.strip(" *") for cell in line.split("|")] for line in guide.splitlines())
        if len(cells) == 9 and cells[1] in (*KINDS, "合计")
    }
    assert told == {**counted, "合计": len(rows(seed))}


@cache
def named(line: int) -> frozenset[str]:
    """The files that the rows of a line of 004 name."""
    return frozenset(path for row in rows("004") if row.number[0] == line for path, _ in row.places)


def lines_quoted(first: int, last: int, rest: str) -> list[list[list[int]]]:
    """For each quoted part the places where it stands, each the lines that it goes over."""
    found = []
    joined = between(first, last)
    ends = [len(between(first, number)) for number in range(first, last + 1)]
    for quote in re.findall(r"「([^」]+)」", rest):
        for part in filter(None, map(plain, re.split(r"…+|\.\.\.", quote))):
            starts = [match.start() for match in re.finditer(re.escape(part), joined)]
            found.append(
                [
                    [
                        first + index
                        for index, end in enumerate(ends)
                        if start < end and (ends[index - 1] if index else 0) < start + len(part)
                    ]
                    for start in starts
                ]
            )
    return found


def unnamed(path: str, first: int, last: int, rest: str) -> list[int]:
    """Lines of a citation whose rows don't name the file that cites them."""
    quoted = lines_quoted(first, last, rest)
    left = [places[0] for places in quoted if not any(all(path in named(n) for n in lines) for lines in places)]
    if not quoted and last - first < FEW_LINES:
        left = [[number] for number in range(first, last + 1) if number in LINES and path not in named(number)]
    return sorted({number for lines in left for number in lines if path not in named(number)})


@each("path", sorted((ROOT / "processes").glob("*/*.bpmn")), ids=lambda path: path.stem)
def test_a_line_that_a_diagram_cites_names_the_diagram(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    wrong = {
        (first, last, line)
        for element in etree.parse(path).iter(f"{BPMN}documentation")
        for first, last, rest in cited(element.text or "")
        for line in unnamed(name, first, last, rest)
    }
    assert sorted(wrong) == []


def test_a_citation_of_a_line_that_names_another_diagram_is_seen() -> None:
    assert unnamed("processes/aftersales/a02_service_request.bpmn", 4, 5, ":「客户报修」") == [4]
    assert unnamed("processes/aftersales/a01_repair_ticket.bpmn", 4, 5, ":「客户报修」") == []
    assert unnamed("processes/aftersales/a02_service_request.bpmn", 4, 5, "。") == [4, 5]
