"""Traits and sums of cases are what their events say, whichever shipped process wrote them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from engine import inspection
from engine.history.record import values_of
from engine.inspection.reading import read_cases
from engine.inspection.sums import Sums, fen_of, sums_of
from engine.inspection.traits import Told, traits_of
from engine.model import Value
from engine.scenarios import Stage, prepare
from engine.store.database import Database
from engine.store.tables import case_sum, case_trait, history_value
from tests.processes.scenario_files import all_scenarios
from tests.sample import some

ROOT = Path(__file__).parents[3]
SUFFIXES = {".bpmn", ".dmn", ".form", ".txt"}
#: Those with real sub-processes, money and loops.
CHOSEN = (
    "01-A3", "01-A5", "02-S1", "03-S1", "04-S3", "05-S4", "06-A3", "07-S2", "08-S4", "09-S4", "10-S5", "11-S3",
    "12-S5", "13-S4", "14-S4",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for folder in ("processes", "forms")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in SUFFIXES
    }
    with prepare(files) as made:
        yield made


SCENARIOS = all_scenarios()


def events_of(connection: Connection) -> list[tuple[str, str, str, str | None, Any]]:
    """(case, process, kind, element, actor, value) of every event, by another way than the product's."""
    values = {
        (row.stream, row.revision): values_of(row.values) for row in connection.execute(select(history_value)).all()
    }
    query = (
        "SELECT p.case_id, p.process_id, e.kind, e.element, e.actor, e.stream, e.revision, e.n FROM history_event e "
        "JOIN process_instance p ON p.key = e.stream ORDER BY e.stream, e.seq"
    )
    found = []
    for row in connection.execute(text(query)):
        step = values[row.stream, row.revision]
        value = step[row.n] if row.n < len(step) else None
        found.append((row.case_id, row.process_id, row.kind, row.element, row.actor, value))
    return found  # type: ignore[return-value]


def by_brute_force(events: list[Any]) -> Counter[tuple[int, str, str]]:
    """Every trait of every case, counted sentence by sentence of the specification."""
    found: Counter[tuple[int, str, str]] = Counter()
    for case_id, process, kind, element, actor, value in events:
        key = int(case_id)
        if actor != "system":
            found[key, "person", actor] += 1
            if kind == "user_task.completed":
                found[key, "did", f"{actor}@{process}.{element}"] += 1
        subject, _, participle = kind.partition(".")
        if (subject in ("element", "user_task", "job", "call") and participle == "completed") or kind in (
            "timer.fired",
            "subscription.correlated",
        ):
            found[key, "element", f"{process}.{element}"] += 1
        if kind == "user_task.created":
            for group in value["groups"]:
                found[key, "group", group] += 1
        if kind == "decision.evaluated":
            found.update((key, *trait) for trait in decided(value))
        if kind == "instance.completed" and value["end_state"]:
            found[key, "end", f"{process}.{value['end_state']}"] += 1
        for trait, told_by, name in (
            ("template", "outbox.written", "template"),
            ("called", "call.started", "process"),
            ("incident", "incident.created", "kind"),
        ):
            if kind == told_by and value.get(name):
                found[key, trait, value[name]] += 1
    return found


def decided(value: Any) -> Iterator[tuple[str, str]]:
    for table in ({"element": value["decision"], "rules": value["rules"]}, *value.get("tables", ())):
        yield from (("rule", f"{table['element']}#{rule}") for rule in table["rules"])
    output = value["output"]
    if isinstance(output, bool):
        yield "output", f"{value['decision']}={json.dumps(output)}"
    elif isinstance(output, str) and 0 < len(output) <= 40:
        yield "output", f"{value['decision']}={output}"
    elif isinstance(output, Decimal):
        yield "output", f"{value['decision']}={output.normalize():f}"


#: And of every process that they leave out the scenario in the middle of its file.
OTHERS = tuple(
    numbers[len(numbers) // 2]
    for process in sorted({scenario.process for scenario in SCENARIOS.values()})
    if (numbers := [no for no, scenario in SCENARIOS.items() if scenario.process == process])
    and not set(numbers) & set(CHOSEN)
)


@pytest.mark.parametrize("no", some([*CHOSEN, *OTHERS], 13))
def test_traits_are_what_brute_force_counts_over_the_events(stage: Stage, no: str) -> None:
    result = stage.run(SCENARIOS[no])
    assert result.ok, result.problem
    db = Database.open(f"sqlite:///{stage._folder / 'scenario.db'}")
    try:
        while inspection.due(db):
            pass
        with db.read() as connection:
            rows = connection.execute(select(case_trait)).all()
            expected = by_brute_force(events_of(connection))
        assert {(row.case_key, row.kind, row.what): row.times for row in rows} == dict(expected)
        assert len(expected) >= 5  # the shortest way: four elements and an end
    finally:
        db.close()


def test_the_money_of_a_case_is_asked_approved_and_paid(stage: Stage) -> None:
    """01-A3: 20 were offered without anybody's approval; refused, 199 were approved by the manager and paid."""
    assert stage.run(SCENARIOS["01-A3"]).ok
    db = Database.open(f"sqlite:///{stage._folder / 'scenario.db'}")
    try:
        while inspection.due(db):
            pass
        with db.read() as connection:
            (row,) = connection.execute(select(case_sum)).all()
        assert (row.asked, row.approved, row.paid, row.compensated) == (19900, 19900, 19900, 19900)
        assert (row.status, row.end_state, row.order_id) == ("completed", "end_to_three_guarantees", "SO-1001")
        assert row.elapsed is not None
        assert row.worked is not None
    finally:
        db.close()


def told(stream: int, process: str, kind: str, element: str | None, value: Value, actor: str = "li") -> Told:
    return Told(stream, process, kind, element, actor, value)


def approval(stream: int, amount: int, *, yes: bool | None) -> list[Told]:
    started = told(stream, "s03_amount_approval", "instance.started", None, {"variables": {"comp_amount": amount}})
    if yes is None:
        return [started]
    said = {"variables": {"supervisor_approved": yes}}
    return [started, told(stream, "s03_amount_approval", "user_task.completed", "approve_by_supervisor", said, "zhou")]


def payout(stream: int, first: int, paid: int | None, register: str = "compensation_register") -> list[Told]:
    column = "comp_amount" if register == "compensation_register" else "payout_amount"
    cells: list[dict[str, Value]] = [{column: Decimal(first)}]
    if paid is not None:
        cells.append({column: Decimal(first), "paid_amount": Decimal(paid)})
    return [
        told(stream, "s02_payout", "register.written", "register_payout", {"register": register, "values": one})
        for one in cells
    ]


def test_what_was_refused_is_not_approved_and_payouts_add_up() -> None:
    events = [*approval(2, 80, yes=False), *approval(3, 60, yes=True), *payout(4, 60, 60), *payout(5, 40, 40)]
    assert sums_of(events) == Sums(asked=10000, approved=6000, paid=10000, compensated=10000)


def test_a_payout_that_is_written_twice_is_paid_once_and_a_refund_is_no_compensation() -> None:
    events = [*payout(4, 60, 60), *payout(4, 60, 60)[1:], *payout(5, 200, 150, "refund_register")]
    assert sums_of(events) == Sums(asked=26000, approved=None, paid=21000, compensated=6000)


def test_what_was_never_paid_is_asked_only() -> None:
    assert sums_of([*approval(2, 20, yes=None), *payout(3, 25, None)]) == Sums(asked=2500)
    assert sums_of([]) == Sums()


def test_registers_of_other_processes_say_nothing_about_what_was_paid() -> None:
    value: Value = {
        "register": "compensation_register",
        "values": {"comp_amount": Decimal(9), "paid_amount": Decimal(9)},
    }
    assert sums_of([told(1, "p01_compensation", "register.written", "negotiate", value)]) == Sums()


@pytest.mark.parametrize("amount", [None, "20", True, Decimal("NaN"), Decimal("1e20")])
def test_what_is_no_amount_is_none(amount: Any) -> None:
    assert fen_of(amount) is None


def test_amounts_are_rounded_half_up_to_fen() -> None:
    assert fen_of(Decimal("0.005")) == 1
    assert fen_of(Decimal("199.994")) == 19999
    assert fen_of(7) == 700


def test_looks_repairs_and_reopening_are_traits() -> None:
    events = [
        told(1, "p", "personal.revealed", None, {"field": "receiver_phone"}, "zhou"),
        told(1, "p", "attachment.revealed", None, {"file": "x"}, "zhou"),
        told(1, "p", "instance.repaired", None, {"repair": "skip", "reason": "客户已答复"}, "zhou"),
        told(1, "p", "element.skipped", "check", None, "zhou"),
        told(1, "p", "instance.repaired", None, {"repair": "retry", "reason": "网络恢复"}, "zhou"),
        told(1, "p", "case.reopened", None, {"case": "9"}, "li"),
    ]
    assert traits_of(events) == {
        ("person", "zhou"): 5,
        ("person", "li"): 1,
        ("unmasked", "zhou"): 2,
        ("repaired", "skip"): 1,
        ("repaired", "retry"): 1,
        ("skipped", "p.check"): 1,
        ("reopened", ""): 1,
    }


@pytest.mark.parametrize("value", [None, [], "text", {"rules": "x", "output": {}, "tables": 3}, {"groups": None}])
def test_values_of_another_shape_are_passed_over(value: Any) -> None:
    kinds = ("decision.evaluated", "user_task.created", "call.started", "outbox.written", "instance.completed")
    found = traits_of(told(1, "p", kind, None, value, "system") for kind in kinds)
    assert all(what in ("", "=") or not what for _, what in found)
    sums_of(told(1, "s02_payout", kind, None, value) for kind in ("register.written", "user_task.completed"))


def test_an_output_is_kept_while_it_is_one_short_word() -> None:
    def outputs(value: Value) -> list[str]:
        event = told(1, "p", "decision.evaluated", "d", {"decision": "d", "rules": [], "output": value}, "system")
        return [what for kind, what in traits_of([event]) if kind == "output"]

    assert outputs("主管") == ["d=主管"]
    assert outputs("长" * 40) == [f"d={'长' * 40}"]
    assert outputs("长" * 41) == []
    assert outputs(Decimal("30.50")) == ["d=30.5"]
    assert outputs(True) == ["d=true"]
    assert outputs({"a": 1}) == []


def test_no_case_is_read_that_is_none(db: Database) -> None:
    with db.read() as connection:
        assert read_cases(connection, [1, 2]) == []
