"""Scenarios as text: read back as written, in the house's form, while everything around them keeps its bytes."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidValue
from engine.scenarios import Occurrence, Scenario, ScenarioRefused, Turn, Visits, read_scenarios
from engine.scenarios.editing import append, next_number, replace
from engine.scenarios.parsing import MAX_DEPTH, parse_values, scenario_lines
from engine.scenarios.verdict import same
from engine.scenarios.writing import length, plain, write
from tests.each import each
from tests.sample import some

FILES = sorted((Path(__file__).parents[3] / "processes/scenarios").glob("*.yaml"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=12)
    | st.decimals(-(10**6), 10**6, places=2)
    | st.integers(-9999, 9999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
    max_leaves=8,
)
EMPTY = Scenario(
    process="p", no="1", title="", file="a.yaml", start={}, do={}, calls={}, svc={}, events={}, fire={}, expect={},
    end=None, path=None,
)  # fmt: skip


def read(lines: list[str]) -> Scenario:
    text = "process: p\nscenarios:\n" + "\n".join(lines) + "\n"
    (scenario,) = read_scenarios({"a.yaml": text.encode()})
    return scenario


@given(st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=4), st.text(max_size=40))
def test_any_value_and_title_is_read_as_it_was_written(values: dict[str, Any], title: str) -> None:
    said = changed(
        EMPTY, title=title, start=values, expect=values, do={"x": Visits((values, values), every_time=False)}
    )
    found = read(write(said))
    assert (found.title, same(values, dict(found.start))) == (title, True)
    assert same(values, found.do["x"].values[1])  # type: ignore[arg-type]


@each(
    "text",
    ["no", "null", "12:30", "0571", "1e5", "- a", "a: b", "#x", "x #y", "{a}", "[a", "a,b", "", " a", "'", '"', "\\",
     "!t", "&a", "*a", "@a", "`a", "%a", "a\nb", "a\u2028b", "\x85", "\ufeff", "😀", "a\tb", "=", "<<", "?", "? a",
     "yes", "Y"],
)  # fmt: skip
def test_what_yaml_would_read_as_something_else_is_quoted(text: str) -> None:
    found = read(write(changed(EMPTY, title=text, start={"k": text, text or "e": 1}, end=text or "e")))
    assert (found.title, found.start["k"], found.end) == (text, text, text or "e")


def test_a_half_character_is_refused() -> None:
    with pytest.raises(InvalidValue):
        write(changed(EMPTY, title="\ud800"))


@pytest.mark.parametrize("file", some(FILES, 20), ids=lambda path: path.stem)
def test_shipped_scenarios_are_written_as_they_were_read(file: Path) -> None:
    text = file.read_bytes()
    scenarios = read_scenarios({file.name: text})
    for scenario in some(scenarios, 3):
        again = replace(text, scenario.no, scenario)
        found = {one.no: one for one in read_scenarios({file.name: again})}
        assert found == {one.no: one for one in scenarios}
        start = scenario_lines(text)[scenario.no] - 1
        lines, old = again.splitlines(), text.splitlines()
        assert lines[:start] == old[:start]
        rest = old[start + 1 :]
        behind = rest[next((n for n, line in enumerate(rest) if line.startswith((b"- no", b"#"))), len(rest)) :]
        assert not behind or lines[-len(behind) :] == behind, "remarks and the others keep their bytes"


def test_a_new_one_stands_behind_the_last_with_the_next_number() -> None:
    text = b"# top\nprocess: p\nscenarios:\n- no: 07-A2\n  start: {}\n# the end\n"
    numbers = [one.no for one in read_scenarios({"a.yaml": text})]
    no = next_number(numbers, "p", taken={"07-A3"})
    assert no == "07-A4"
    assert append(text, changed(EMPTY, no=no, title="又一个")) == text + (
        "\n- no: 07-A4\n  title: 又一个\n  start: {}\n".encode()
    )


@pytest.mark.parametrize(
    ("numbers", "process", "expected"),
    [
        ([], "p02_rush_shipping", "02-A1"),
        ([], "s02_payout", "S2-A1"),
        ([], "refund", "REFUND-A1"),
        (["02-S1", "02-S2"], "p02_x", "02-A1"),
        (["02-A9", "02-A10"], "p02_x", "02-A11"),
        (["1"], "p02_x", "02-A1"),
    ],
)
def test_numbers_go_on_in_the_houses_form(numbers: list[str], process: str, expected: str) -> None:
    assert next_number(numbers, process) == expected


def test_empty_lines_at_the_end_stay() -> None:
    text = b"process: p\nscenarios:\n- no: 1\n  start: {}\n\n\n"
    assert append(text, changed(EMPTY, no="2")) == text + b'- no: "2"\n  title: ""\n  start: {}\n'


def test_other_indents_line_ends_and_missing_last_ends_are_kept() -> None:
    windows = b"process: p\r\nscenarios:\r\n  - no: 1\r\n    start: {}"
    found = append(windows, changed(EMPTY, no="2"))
    assert found == windows + b'\r\n\r\n  - no: "2"\r\n    title: ""\r\n    start: {}\r\n'
    again = replace(windows, "1", changed(EMPTY, title="t"))
    assert again == b'process: p\r\nscenarios:\r\n  - no: "1"\r\n    title: t\r\n    start: {}'
    empty = b"process: p\nscenarios:\n"
    assert append(empty, EMPTY) == empty + b'- no: "1"\n  title: ""\n  start: {}\n'
    both = b"scenarios:\n- no: 1\n  start: {}\n\n# of the process\nprocess: p\n"
    assert append(both, changed(EMPTY, no="2")).endswith(b"\n\n# of the process\nprocess: p\n")


@pytest.mark.parametrize(
    "text",
    ["process: p\nscenarios: [{no: 1}]\n", "process: p\nscenarios:\n- {no: 1}\n", "process: q\nscenarios:\n- no: 1\n",
     "process: p\n", "[", "process: p\nscenarios:\n- no: 2\n"],
)  # fmt: skip
def test_a_file_that_cannot_take_it_is_left_alone_with_a_reason(text: str) -> None:
    scenario = changed(EMPTY, no="2")
    with pytest.raises(ScenarioRefused) as refused:
        append(text.encode(), scenario)
    assert refused.value.message_zh != ScenarioRefused.message_zh
    with pytest.raises(ScenarioRefused):
        replace(text.encode(), "3", scenario)


def test_order_is_written_and_read() -> None:
    turns = (
        Turn(key="a", n=2),
        Turn(key="call_x/b", payload={"x": Decimal(1)}),
        Turn(duration=timedelta(days=1, hours=2, minutes=3, seconds=4)),
        Turn(duration=timedelta(days=3)),
    )
    lines = write(changed(EMPTY, order=turns))
    assert '  order: ["a#2", [call_x/b, {x: 1}], P1DT2H3M4S, P3D]' in lines
    assert read(lines).order == turns
    for wrong in ("order: []", "order: a", "order: [1]", "order: [a#0]", "order: [a], events: {x: y}"):
        with pytest.raises(ScenarioRefused) as refused:
            read([f"- {{no: 1, {wrong}}}"])
        assert "order" in refused.value.message_zh


@given(st.integers(0, 10**7))
def test_durations_are_read_as_they_were_written(seconds: int) -> None:
    (turn,) = read([f"- {{no: 1, order: [{length(timedelta(seconds=seconds))}]}}"]).order or ()
    assert turn.duration == timedelta(seconds=seconds)


def test_values_of_a_run_are_said_as_a_file_can() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    known = {
        "at": datetime(2026, 1, 2, 1, 0, tzinfo=ZoneInfo("UTC")),
        "exact": datetime(2026, 1, 2, 9, 0, 30, tzinfo=shanghai),
        "day": date(2026, 1, 2),
        "hour": time(9, 5),
        "files": [{"id": "f1", "name": "a.jpg", "type": "image/jpeg", "size": 1, "sha256": "0"}],
    }
    said = plain(known)
    assert said == {
        "at": "2026-01-02T09:00",
        "exact": "2026-01-02T09:00:30",
        "day": "2026-01-02",
        "hour": "09:05:00",
        "files": ["a.jpg"],
    }
    assert all(same(said[name], value) for name, value in known.items())


def test_bombs_are_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    for text in (bomb, "[" * 100_000, "{a: " * 50_000, "- " * 50_000, "x: !!binary aGk=", "!!set {a}", "? [a]\n: b\n"):
        with pytest.raises(ScenarioRefused) as refused:
            read_scenarios({"a.yaml": text.encode()})
        assert refused.value.message_zh
    deep = "process: p\nscenarios: [{no: 1, start: {x: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}}]"
    with pytest.raises(ScenarioRefused, match="deeper than"):
        read_scenarios({"a.yaml": deep.encode()})


def test_variables_are_typed_a_line_each() -> None:
    assert parse_values("a: 1\nb: 圆通\nc: [1, x]") == {"a": Decimal(1), "b": "圆通", "c": [Decimal(1), "x"]}
    assert parse_values("{a: true}") == {"a": True}
    assert parse_values("  \n") == {}
    for wrong in ("a", "- a", "1", "a: b: c", "{a", "&x {a: 1}"):
        with pytest.raises(ScenarioRefused):
            parse_values(wrong)


def test_a_scenario_may_say_that_a_job_is_done_for_real() -> None:
    scenario = changed(EMPTY, svc={"x": Visits((None, {"a": Decimal(1)}), every_time=False)})
    assert read(write(scenario)).svc == scenario.svc
    assert [scenario.svc["x"].passes(n) for n in range(3)] == [True, False, False]
    assert read(write(changed(EMPTY, events={"g": Visits((Occurrence("e"),), every_time=True)}))).events["g"].at(0)
