"""Every element says where it comes from, in the seed's own words, and every line of the charts is realised."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS, DATA, drawing, nodes
from tests.processes.process_drawing import ROOT

SEED = "004_35ac7528f134f9d6.txt"
#: Line number → text, of the seed's lines that the charts come from.
LINES: dict[int, str] = {
    int(key): text for key, text in json.loads((DATA / "seed_004.json").read_text("utf-8")).items()
}
#: Lines that the catalogue reads as headings, footers, noise, or praise without a rule (its §1).
SILENT = frozenset(
    {2, 3, 110, 141, 177, 207, 257, 258, 259, 260, 269, 280, 294, 295, 296, 312, 313, 314, 315, 316, 317}
)
#: Misprints that the catalogue corrects without a mark.
MISPRINTS = (("与时", "及时"), ("效劳", "服务"), ("联பைடு நூலகம்系客户", "联系客户"))
_CITED = re.compile(
    r"004_35ac7528f134f9d6\.txt,F\d+(?:[、,]F\d+)*\(L(\d+)(?:[–-]L?(\d+))?\)[::]?(.*?)(?=004_|F\d+\(L|$)", re.M
)


def texts(process: str) -> list[tuple[str, str]]:
    """(element id, documentation); the process itself is an element too."""
    drawn = drawing(process)
    return [(process, drawn.documentation), *((node.id, node.documentation) for node in drawn.nodes.values())]


def plain(text: str) -> str:
    for wrong, right in MISPRINTS:
        text = text.replace(wrong, right)
    return re.sub(r"\s+", "", text)


@cache
def between(first: int, last: int) -> str:
    return plain("".join(LINES.get(number, "") for number in range(first, last + 1)))


def cited(text: str) -> list[tuple[int, int, str]]:
    """(first line, last line, what follows) of the places that a documentation names."""
    return [(int(first), int(last or first), rest) for first, last, rest in _CITED.findall(text)]


def test_the_copy_of_the_seed_is_the_seed() -> None:
    sources = sorted(ROOT.parent.glob(f"*/seeds/{SEED}"))
    if not sources:
        pytest.skip("the documents are not beside this repository")
    read = sources[0].read_text("utf-8").split("\n")
    assert {number: read[number - 1] for number in LINES} == LINES


@each("process", CHART_IDS)
def test_documentation_quotes_the_seed_or_says_added(process: str) -> None:
    for element, text in texts(process):
        assert re.match(r"来源[:: ]|ADDED:.{8,}", text) or element == process, (element, text)
        assert len(text) > 10, element
        assert "TODO" not in text, element


@each("process", CHART_IDS)
def test_quoted_words_stand_in_the_lines_that_are_named(process: str) -> None:
    wrong = []
    for element, text in texts(process):
        for first, last, rest in cited(text):
            for quote in re.findall(r"「([^」]+)」", rest):
                parts = [plain(part) for part in re.split(r"…+|\.\.\.", quote)]
                if not all(part in between(first, last) for part in parts):
                    wrong.append((element, f"L{first}–{last}", quote))
    assert wrong == []


def test_every_line_of_the_charts_is_realised_somewhere() -> None:
    realised = {
        number
        for process in CHART_IDS
        for _, text in texts(process)
        for first, last, _ in cited(text)
        for number in range(first, last + 1)
    }
    left = [number for number, text in LINES.items() if text.strip() and number not in realised | SILENT]
    assert left == []


@each("process", CHART_IDS)
def test_every_element_has_a_chinese_name(process: str) -> None:
    for node in drawing(process).nodes.values():
        assert re.search(r"[一-鿿]", node.name) or node.name in ("等待2分钟",), node.id
        if node.id not in nodes(process):
            assert re.match(r"ADDED:|来源:", node.documentation), node.id
