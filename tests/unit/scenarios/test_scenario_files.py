"""Scenario files: what is read from them, and the sentence that says where one is wrong."""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scenarios import Scenario, ScenarioRefused, read_scenarios
from engine.scenarios.scenario import Occurrence, Visits
from engine.scenarios.script import Script
from engine.scenarios.verdict import same
from tests.each import each

WHOLE = """
process: p10_courier_query
scenarios:
- no: 10-S5
  title: 滞留10小时
  start: {waybill_no: YT1, order_amount: 19.90, paid_at: 2026-01-02, time: 12:30, agreed: no, urgent: true}
  do:
    check_logistics: {hours_since_update: 10}
    contact_courier: [{confirmed_lost: false}, {confirmed_lost: true}]
  calls: {call_reship: {dispatch_result: dispatched}}
  svc: {poll_logistics: [{stage: in_transit}, {stage: signed}]}
  events:
    wait_watch: tm_watch
    wait_recovery: [ev_recovered, {stage: in_transit}]
    wait_twice: [tm_a, [ev_b, {x: 1}]]
  fire: {contact_courier: [tm_contact_courier], other: [ev_x, {y: 2}]}
  expect: {inquiry_result: reshipped}
  end: end_reshipped
  path: [start_inquiry, end_reshipped]
"""


def read(text: str, name: str = "a.yaml") -> Scenario:
    (scenario,) = read_scenarios({name: text.encode()})
    return scenario


def test_every_part_of_a_scenario_is_read() -> None:
    scenario = read(WHOLE)
    assert (scenario.process, scenario.no, scenario.end) == ("p10_courier_query", "10-S5", "end_reshipped")
    assert scenario.do["check_logistics"] == Visits(({"hours_since_update": Decimal(10)},), every_time=True)
    assert [v["confirmed_lost"] for v in scenario.do["contact_courier"].values] == [False, True]
    assert scenario.svc["poll_logistics"].at(1) == {"stage": "signed"}
    assert scenario.svc["poll_logistics"].at(2) is None
    assert scenario.path == ("start_inquiry", "end_reshipped")


def test_a_list_of_an_event_and_a_mapping_is_one_event_with_its_payload() -> None:
    events = read(WHOLE).events
    assert events["wait_watch"] == Visits((Occurrence("tm_watch"),), every_time=True)
    assert events["wait_recovery"].at(5) == Occurrence("ev_recovered", {"stage": "in_transit"})
    assert events["wait_twice"].values == (Occurrence("tm_a"), Occurrence("ev_b", {"x": Decimal(1)}))
    assert read(WHOLE).fire["other"] == (Occurrence("ev_x", {"y": Decimal(2)}),)


def test_words_are_read_as_json_would_and_numbers_exactly() -> None:
    start = read(WHOLE).start
    assert start["order_amount"] == Decimal("19.90")
    assert str(start["order_amount"]) == "19.90"
    assert (start["paid_at"], start["time"], start["agreed"], start["urgent"]) == ("2026-01-02", "12:30", "no", True)


def test_what_begins_with_a_nought_is_a_text_as_in_json() -> None:
    said = "process: p\nscenarios: [{no: 1, start: {phone: 0571888888, stock: 0, rate: 0.50, low: -0.5, big: 1E+3}}]"
    (scenario,) = read_scenarios({"t.yaml": said.encode()})
    numbers = {"stock": Decimal(0), "rate": Decimal("0.5"), "low": Decimal("-0.5"), "big": Decimal(1000)}
    assert scenario.start == {"phone": "0571888888"} | numbers


@each(
    ("text", "sentence"),
    [
        ("scenarios: []", "`process` must name"),
        ("process: p\nscenarios: {}", "`scenarios` must be a list"),
        ("process: p\nscenarios: [{title: x}]", "has a number"),
        ("process: p\nscenarios: [{no: 1, expects: {}}]", "unknown keys expects"),
        ("process: p\nscenarios: [{no: 1, do: [a]}]", "`do` must be a mapping"),
        ("process: p\nscenarios: [{no: 1, do: {a: 5}}]", "`do.a`"),
        ("process: p\nscenarios: [{no: 1, do: {a: []}}]", "`do.a`"),
        ("process: p\nscenarios: [{no: 1, events: {a: {b: c}}}]", "`events.a`"),
        ("process: p\nscenarios: [{no: 1, fire: {a: []}}]", "`fire.a`"),
        ("process: p\nscenarios: [{no: 1, end: [x]}]", "`end` must be a text"),
        ("process: p\nscenarios: [{no: 1, path: x}]", "`path` must be a list"),
        ("process: p\nscenarios:\n- no: 1\n  do: {a: {x: 1}, a: {x: 2}}", "a.yaml:4: 'a' stands here twice"),
        ("process: [", "a.yaml:1"),
        ("process: p\nscenarios: [{no: 1}, {no: 1}]", "is used in a.yaml already"),
        ("- 1", "`process` must name"),
        ("!!python/object/apply:os.system [ls]", "a.yaml:1"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(text: str, sentence: str) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        read_scenarios({"a.yaml": text.encode()})
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("a.yaml")


def test_broken_bytes_and_large_files_are_refused() -> None:
    for content in (b"\xff\xfe\x00", b"x" * 2_000_001):
        with pytest.raises(ScenarioRefused):
            read_scenarios({"a.yaml": content})
    with pytest.raises(ScenarioRefused):
        read_scenarios({"a.json": b"{"})


def test_json_is_read_too_and_a_file_may_hold_several_processes() -> None:
    found = read_scenarios(
        {"a.json": b'[{"process": "a", "scenarios": [{"no": 1}]}, {"process": "b", "scenarios": [{"no": 2}]}]'}
    )
    assert [(s.process, s.no) for s in found] == [("a", "1"), ("b", "2")]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ScenarioRefused):
        read_scenarios({"a.yaml": text.encode("utf-8", "surrogatepass")})


def test_the_longer_key_wins_where_ids_clash() -> None:
    script = Script(
        read("process: p\nscenarios: [{no: 1, do: {x: {a: 1}, call_a/x: {a: 2}, call_b/call_a/x: {a: 3}}}]")
    )
    assert script.key("do", "x") == "x"
    assert script.key("do", "x", ("call_c",)) == "x"
    assert script.key("do", "x", ("call_a",)) == "call_a/x"
    assert script.key("do", "x", ("call_b", "call_a")) == "call_b/call_a/x"
    assert script.key("do", "y") is None


def test_visits_are_counted_by_key_and_unused_keys_are_told() -> None:
    scenario = read("process: p\nscenarios: [{no: 1, do: {x: [{a: 1}, {a: 2}], y: {a: 3}}}]")
    script = Script(scenario)
    assert [script.take("do", "x", scenario.do["x"]) for _ in range(3)] == [{"a": 1}, {"a": 2}, None]
    assert script.unused() == ["do.y"]


def test_a_visit_that_an_event_ended_may_be_null_in_the_list() -> None:
    scenario = read("process: p\nscenarios: [{no: 1, do: {x: [null, {a: 2}]}}]")
    script = Script(scenario)
    script.pass_by("do", "x", scenario.do["x"])
    script.pass_by("do", "x", scenario.do["x"])
    assert script.take("do", "x", scenario.do["x"]) == {"a": 2}
    for wrong in ("do: {x: null}", "do: {x: [null]}", "do: {x: [1, {a: 2}]}", "events: {x: [null, ev_a]}"):
        with pytest.raises(ScenarioRefused, match="not of the form"):
            read(f"process: p\nscenarios: [{{no: 1, {wrong}}}]")


@each(
    ("expected", "actual", "equal"),
    [
        (Decimal("20"), Decimal("20.00"), True),
        (20, Decimal("20.5"), False),
        (True, Decimal(1), False),
        (True, True, True),
        (None, None, True),
        (None, "", False),
        ("1", Decimal(1), False),
        ([Decimal(1)], [Decimal("1.0")], True),
        ([Decimal(1)], [Decimal(1), Decimal(1)], False),
        ({"a": Decimal(1)}, {"a": Decimal("1.0")}, True),
        ({"a": Decimal(1)}, {"a": Decimal(1), "b": None}, False),
    ],
)
def test_values_are_compared_as_values(expected: object, actual: object, equal: bool) -> None:
    assert same(expected, actual) is equal


def test_a_text_of_iso_8601_equals_its_date_or_time() -> None:
    shanghai = datetime(2026, 1, 2, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert same("2026-01-02T17:00", shanghai)
    assert same("2026-01-02T09:00Z", shanghai)
    assert same("2026-01-02T17:00", shanghai.astimezone(UTC)), "without an offset it is the shop's time"
    assert not same("2026-01-02T09:00", shanghai.astimezone(UTC))
    assert not same("2026-01-02T17:01", shanghai)
    assert same("2026-01-02", date(2026, 1, 2))
    assert same("17:00", time(17))
    assert not same("soon", date(2026, 1, 2))
