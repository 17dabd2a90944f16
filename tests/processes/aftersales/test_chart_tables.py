"""The decision tables of the after-sales flowcharts have the catalogue's rules, in its order."""

from __future__ import annotations

import json
import re

import pytest

from engine import dmn
from engine.dmn import Decision
from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS, DATA, drawing
from tests.processes.aftersales.corrections import CELLS, PARTED
from tests.processes.aftersales.reading import read_tables
from tests.processes.aftersales.test_charts import SHARED
from tests.processes.process_drawing import ROOT

PRINTED: dict[str, dict] = json.loads((DATA / "tables.json").read_text("utf-8"))


@pytest.mark.skipif(SHARED is None, reason="the catalogue is not beside this repository")
def test_the_copy_of_the_tables_is_the_catalogue() -> None:
    assert SHARED is not None
    read = read_tables((SHARED / "README.md").read_text("utf-8"))
    assert {name: read[name] for name in PRINTED} == PRINTED


def test_every_table_that_a_chart_asks_is_printed_or_of_the_fourteen() -> None:
    asked = {
        node.zeebe["calledDecision"]["decisionId"]
        for process in CHART_IDS
        for node in drawing(process).nodes.values()
        if "calledDecision" in node.zeebe
    }
    assert {name for name in asked if name.startswith("dmn_")} <= set(PRINTED)
    assert {name for name in asked if not name.startswith("dmn_")} <= {"compensation_approval", "gift_rule"}


@each("name", PRINTED)
def test_a_table_has_the_printed_rules(name: str) -> None:
    printed, drawn = PRINTED[name], read(name)
    assert (drawn.id, drawn.hit_policy) == (name, printed["hit"])
    further = [PARTED[name][0]] if name in PARTED else []
    assert [i.expression for i in drawn.inputs] == printed["inputs"] + further
    assert [o.name for o in drawn.outputs] == printed["outputs"]
    assert [tuple(map(plain, rule.cells)) for rule in drawn.rules] == rules(name)


def test_every_rule_says_what_it_is_based_on_and_every_value_has_a_label() -> None:
    for name in PRINTED:
        drawn = read(name)
        assert all(rule.annotation for rule in drawn.rules), name
        assert all(re.search(r"[一-鿿]", i.label or "") for i in drawn.inputs), name
        assert all(re.search(r"[一-鿿]", o.label or "") for o in drawn.outputs), name


def rules(name: str) -> list[tuple[str, ...]]:
    """The printed rules as FEEL, with the corrections' cells."""
    printed, found = PRINTED[name], []
    _, parted, parts = PARTED.get(name, ("", 0, ()))
    for number, rule in enumerate(printed["rules"], 1):
        asked, told = (
            [
                plain(CELLS[name, number, column]) if (name, number, column) in CELLS else written(cell)
                for column, cell in zip(printed[side], rule[side], strict=True)
            ]
            for side in ("inputs", "outputs")
        )
        if name not in PARTED:
            found.append((*asked, *told))
        elif number == parted:
            found += [(*asked, test, answer) for test, answer in parts]
        else:
            found.append((*asked, "-", *told))
    return found


def read(name: str) -> Decision:
    (decision,) = dmn.load((ROOT / f"processes/decisions/{name}.dmn").read_bytes()).decisions.values()
    return decision


def written(cell: str) -> str:
    """A printed cell as FEEL: labels behind quoted values are dropped."""
    return plain(re.sub(r'("[^"]*") [^",=<>()]*?(?=,|$)', r"\1", cell) if cell.startswith('"') else cell)


def plain(cell: str) -> str:
    """Without what makes no difference: quotes around a whole text, blanks, `or` for a comma, last zeros."""
    text = re.sub(r",\s+| or (?=contains)", ",", cell.strip())
    if re.fullmatch(r'"[^"]*"', text):
        text = text[1:-1]
    return re.sub(r"(\d\.\d*?)0+$", lambda found: found[1].rstrip("."), text)
