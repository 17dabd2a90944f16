"""A scenario names files; the runner uploads tiny real ones, and the forms and the runtime judge them as ever."""

from __future__ import annotations

from typing import Any

from engine.model import SYSTEM
from engine.scenarios import Result, read_scenarios
from engine.scenarios.play import Play
from tests.engine.evidence import PROCESS, files
from tests.engine.support import Engine


def play(engine: Engine, **said: Any) -> Result:
    engine.definitions.deploy(files(), SYSTEM)
    lines = [f"process: {PROCESS}", "scenarios:", "- no: T-1"]
    lines += [f"  {name}: {value}" for name, value in said.items()]
    (scenario,) = read_scenarios({"t.yaml": "\n".join(lines).encode()})
    return Play(scenario, engine.db, engine.clock).run()


def test_names_become_files_and_are_expected_by_name(engine: Engine) -> None:
    result = play(
        engine,
        start="{received_images: [a.jpg, 收到.png], remark: 两张}",
        do="{check: {papers: [回执.pdf]}}",
        expect="{received_images: [a.jpg, 收到.png], papers: [回执.pdf]}",
        end="end",
    )
    assert result.problem is None
    assert [file["type"] for file in result.variables["received_images"]] == ["image/jpeg", "image/png"]
    assert engine.column("SELECT count(*) FROM attachment WHERE case_id IS NULL") == [0]


def test_a_wrong_name_and_a_wrong_kind_fail(engine: Engine) -> None:
    known = "{received_images: [a.jpg]}"
    assert "只能上传 JPG、PNG" in str(play(engine, start="{received_images: [a.pdf]}").problem)
    assert "a.exe" in str(play(engine, start="{received_images: [a.exe]}").problem)
    lie = play(engine, start=known, do="{check: {papers: [a.pdf]}}", expect="{papers: [b.pdf]}")
    assert "papers is" in str(lie.problem)
