"""A case whose own diagrams ask how satisfied the customer is: the answer reaches it, and nobody asks a second time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import canonical, customers
from engine.customers import asking, planning, visiting, words
from engine.customers.visits import Answer, VisitOver, VisitProblem
from engine.errors import NotFound
from engine.model import Actor
from engine.store.database import Database
from tests.engine.support import LI, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, properties

GOOD = Answer(satisfied=5, solved=True, comment=" 很快 ", offer="")


@pytest.fixture
def bench(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Cases of asks wait for the answer; of drawn it is said that they ask; after plain somebody else asks."""
    monkeypatch.setattr(words, "VISITED", ("asks", "drawn", "plain", "caller"))
    asks = Drawing("asks").start().user("do").catch("ev", message="survey_answered", key="=case_id").end()
    drawn, plain = (Drawing(name).start().user("do").end().flow("start", "do", "end") for name in ("drawn", "plain"))
    drawn.extension = properties(asks_satisfaction="drawn")
    caller = Drawing("caller").start().call("sub", "asks").end().flow("start", "sub", "end")
    engine.deploy(asks.flow("start", "do", "ev", "end"), drawn, plain, caller)
    return engine


def case(bench: Engine, process_id: str) -> str:
    key = bench.start(process_id, customer_id="C-88", order_id="SO-1")
    bench.complete("do", LI)
    return str(key)


def variables(bench: Engine, case_id: str) -> dict[str, object]:
    (kept,) = bench.column("SELECT variables FROM process_instance WHERE key = :key", key=int(case_id))
    return dict(canonical.decode(kept))  # type: ignore[arg-type]


def planned(bench: Engine) -> list[object]:
    planning.plan_after_cases(bench.db, bench.clock.now(), bench.definitions)
    return bench.column("SELECT subject FROM visit WHERE status = 'open' ORDER BY id")


@pytest.mark.parametrize("process_id", ["asks", "caller"])
def test_a_case_that_waits_for_the_answer_gets_it_and_it_counts(bench: Engine, process_id: str) -> None:
    case_id = case(bench, process_id)
    found = visiting.ask_at_closing(bench.runtime, case_id, GOOD, LI)
    assert (found.status, found.satisfied, found.comment) == ("answered", 5, "很快")
    if process_id == "asks":
        assert variables(bench, case_id)["survey_answered"] == {"score": Decimal(5), "comment": "很快"}
    assert bench.column("SELECT status FROM process_instance") == ["completed"] * (1 if process_id == "asks" else 2)
    assert planned(bench) == []
    with pytest.raises(VisitOver):
        visiting.ask_at_closing(bench.runtime, case_id, GOOD, LI)
    consistent(bench)


def test_the_answer_is_the_one_case_s_and_is_not_kept_for_others(bench: Engine) -> None:
    first = case(bench, "asks")
    second = case(bench, "asks")
    visiting.ask_at_closing(bench.runtime, second, GOOD, LI)
    assert bench.column("SELECT status FROM process_instance ORDER BY key") == ["active", "completed"]
    with bench.db.read() as connection:
        assert asking.waits(connection, first)
        assert not asking.waits(connection, second)


def test_before_it_waits_the_question_is_not_asked(bench: Engine) -> None:
    key = bench.start("asks", customer_id="C-88")
    with pytest.raises(NotFound):
        visiting.ask_at_closing(bench.runtime, str(key), GOOD, LI)


def test_a_grade_that_is_none_brings_nothing(bench: Engine) -> None:
    case_id = case(bench, "asks")
    with pytest.raises(VisitProblem):
        visiting.ask_at_closing(bench.runtime, case_id, Answer(satisfied=6, solved=True, comment="", offer=""), LI)
    assert bench.column("SELECT status FROM process_instance") == ["active"]
    assert bench.count("visit") == 0


def test_after_a_case_that_has_asked_nobody_asks_again(bench: Engine) -> None:
    answered = case(bench, "asks")
    bench.runtime.publish("survey_answered", answered, {"score": Decimal(4), "comment": None}, actor=LI)
    drawn, plain = case(bench, "drawn"), case(bench, "plain")
    for case_id in (answered, drawn):
        with pytest.raises(VisitOver):
            visiting.ask_at_closing(bench.runtime, case_id, GOOD, LI)
    assert planned(bench) == [plain]
    assert visiting.ask_at_closing(bench.runtime, plain, GOOD, LI).satisfied == 5


def test_the_worker_s_look_knows_it(bench: Engine) -> None:
    case(bench, "drawn")
    plain = case(bench, "plain")
    customers.KeepingUp()(bench.runtime)
    assert bench.column("SELECT subject FROM visit WHERE cause = 'case'") == [plain]


def test_who_may_not_ask_may_not_answer_for_the_customer(bench: Engine, db: Database) -> None:
    case_id = case(bench, "asks")
    clerk = Actor(id="cang", groups=frozenset({"warehouse"}))
    with pytest.raises(Exception, match="lacks P25"):
        visiting.ask_at_closing(bench.runtime, case_id, GOOD, clerk)
    assert bench.column("SELECT status FROM process_instance") == ["active"]
