"""The shipped library says what the catalogue's script library says, word for word, and refers to what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.scripts import CONDITIONS, MARK, Script, checked, content_of, read_script
from engine.shop import CHANNELS
from engine.wording import judge, shipped
from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS
from tests.processes.catalogued import PROCESSES, drawing
from tests.processes.process_drawing import ROOT

#: The repository's copy of the catalogue's §5.
CATALOGUED = json.loads((Path(__file__).parent / "data" / "scripts" / "catalogue.json").read_text("utf-8"))
LIBRARY = [read_script(row) for row in json.loads((ROOT / "processes/scripts/library.json").read_text("utf-8"))]
BY_CODE = {script.code: script for script in LIBRARY}
SHARED = ROOT.parent / "shared/catalogue/aftersales/README.md"
#: Instructions that the catalogue prints around a text in brackets.
_INSTRUCTIONS = re.compile(r"^\((?P<before>可以满足)\)\s*|\((?P<after>[^()]+)\)$")


@each("row", CATALOGUED, ids=lambda row: row["code"])
def test_a_script_reads_as_catalogued(row: dict) -> None:
    script = BY_CODE[row["code"]]
    if "message" in row:
        assert script.text == row["message"]
        said = re.sub(r"^\(M-[A-Z0-9-]+\)\s*", "", row["text"])
        assert script.seed == said
    else:
        notes = [found for match in _INSTRUCTIONS.finditer(row["text"]) for found in match.groups() if found]
        bare = _INSTRUCTIONS.sub("", row["text"]) if script.note in notes else row["text"]
        assert script.text == bare
    assert script.source == row["source"]


@pytest.mark.skipif(not SHARED.is_file(), reason="the catalogue itself is not here")
def test_the_copy_is_the_catalogue() -> None:
    printed = re.findall(r"^\| (S\d\d) \| .+? \| (.+?) \| .+? \|\s*$", SHARED.read_text("utf-8"), re.M)
    assert [(row["code"], row["text"]) for row in CATALOGUED] == printed


@each("script", LIBRARY, ids=lambda script: script.code)
def test_a_shipped_script_is_in_order(script: Script) -> None:
    assert checked(script, channels=CHANNELS) == script
    assert read_script(json.loads(json.dumps(content_of(script)))) == script
    assert [blank.mark for blank in script.blanks] == MARK.findall(script.text)
    assert script.condition in CONDITIONS
    assert script.tags


@each("script", LIBRARY, ids=lambda script: script.code)
def test_a_shipped_script_belongs_to_steps_that_exist(script: Script) -> None:
    for process, element in script.steps:
        assert process in {*PROCESSES, *CHART_IDS}
        assert not element or element in drawing(process).nodes, (process, element)


def test_only_the_negative_example_says_what_is_banned() -> None:
    found = {
        script.code
        for script in LIBRARY
        for context in ("presale", "aftersale")
        if judge(shipped(), script.text, context=context).blocked
    }
    assert found == {"S28"}
    assert [script.code for script in LIBRARY if script.forbidden] == ["S28"]


def test_what_claims_something_waits_for_it() -> None:
    assert {script.code for script in LIBRARY if "主管说" in script.text} == {"S09"}
    assert {s.code for s in LIBRARY if s.condition == "supervisor_answered"} == {"S06", "S09"}
    assert {s.code for s in LIBRARY if s.condition == "refunded"} == {"S17", "S18", "S19", "S23"}


def test_every_flow_has_scripts_beside_its_forms_and_conversations_are_opened_and_closed() -> None:
    flows = {process for script in LIBRARY for process, _ in script.steps}
    assert {process for process in PROCESSES if process.startswith("p")} <= flows
    assert "问候" in BY_CODE["S01"].tags
    assert {script.code for script in LIBRARY if script.closing} == {"S24", "S44", "S45"}
    assert all("结束语" in script.tags for script in LIBRARY if script.closing)
