"""Figures of histories that the engine itself has written: items, timers, calls, suspensions, versions, filters."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from engine import calendars, flow_analysis
from engine.clock import to_microseconds
from engine.errors import InvalidValue
from engine.flow_analysis import Analysis, Asked, Condition, ElementFigures, Figure, Operator, Standing
from engine.flow_analysis.choosing import choose, meets
from engine.flow_analysis.rounds import Share
from engine.model import SYSTEM, Actor
from engine.store.tables import case_sum, process_instance
from tests.engine.support import LI, Engine
from tests.unit.bpmn.drawing import Drawing, duration, items

MINUTE = 60_000_000
HOUR = timedelta(hours=1)
BOSS = Actor(id="boss", name="赵刚", groups=frozenset({"dept_manager"}))


def figures(engine: Engine, asked: Asked = Asked(), process_id: str = "p", most: int = 1000) -> Analysis:  # noqa: B008
    drawing = flow_analysis.drawing_of(engine.definitions.latest(process_id).xml)
    with engine.db.read() as connection:
        return flow_analysis.analyse(
            connection, engine.definitions, process_id, asked, engine.clock.now(), drawing=drawing, most=most
        )


def of(analysis: Analysis, element: str) -> ElementFigures:
    return next(one for one in (*analysis.elements, *analysis.elsewhere) if one.part.id == element)


def behind(engine: Engine, place: str, figure: Figure, asked: Asked = Asked()) -> list[int]:  # noqa: B008
    with engine.db.read() as connection:
        found = flow_analysis.cases_behind(
            connection, engine.definitions, "p", asked, engine.clock.now(), place=place, figure=figure
        )
    return [int(one) for one in found]


def pass_time(engine: Engine, by: timedelta) -> None:
    engine.clock.advance(by)
    engine.worker.drain()


def one_task(**more: str) -> Drawing:
    return Drawing().start().user("ask").end().flow("start", "ask", "end")


def test_a_running_task_counts_up_to_now_and_what_was_claimed_is_worked(engine: Engine) -> None:
    engine.deploy(one_task())
    engine.start()
    engine.clock.advance(HOUR)
    engine.runtime.claim(engine.task("ask"), LI)
    engine.clock.advance(2 * HOUR)
    ask = of(figures(engine), "ask")
    assert (ask.visits, ask.running, ask.cases) == (1, 1, 1)
    assert ask.elapsed.total == ask.elapsed.median == ask.elapsed.p90 == 180 * MINUTE
    assert ask.elapsed.shares == {Share.WAITING: 60 * MINUTE, Share.WORKED: 120 * MINUTE}
    assert ask.elapsed.waiting_share == pytest.approx(1 / 3)


def test_working_time_knows_the_calendar_in_force_and_its_changes(engine: Engine) -> None:
    engine.deploy(one_task())
    engine.start()  # Friday 9:00
    with engine.db.begin() as tx:
        calendars.save(tx, calendars.default_calendar(), SYSTEM, now=engine.clock.now())
    start = engine.clock.now()
    engine.clock.advance(timedelta(days=4))
    with engine.db.read() as connection:
        wanted = calendars.calendar_at(connection, start).between(start, engine.clock.now())
    analysis = figures(engine)
    assert of(analysis, "ask").working.total == wanted // timedelta(microseconds=1)
    assert analysis.total_working < analysis.total_elapsed == 4 * 24 * 60 * MINUTE


def test_while_a_case_is_suspended_nothing_counts(engine: Engine) -> None:
    engine.deploy(one_task())
    case = engine.start()
    engine.clock.advance(HOUR)
    engine.runtime.suspend(str(case), BOSS, reason="等平台")
    engine.clock.advance(10 * HOUR)
    assert of(figures(engine), "ask").elapsed.total == 60 * MINUTE
    engine.runtime.resume(str(case), BOSS)
    engine.clock.advance(HOUR)
    engine.complete("ask")
    analysis = figures(engine)
    assert of(analysis, "ask").elapsed.total == analysis.elapsed.total == 120 * MINUTE
    assert analysis.paused == 600 * MINUTE


def test_several_items_are_one_visit_and_their_hands_are_added_up(engine: Engine) -> None:
    drawing = Drawing().start().user("ask").having(items("=[1,2,3]")).end().flow("start", "ask", "end")
    engine.deploy(drawing)
    engine.start()
    tasks = engine.tasks()
    engine.runtime.claim(tasks[0], LI)
    engine.clock.advance(HOUR)
    for task in tasks:
        engine.runtime.complete(task, {}, LI)
    ask = of(figures(engine), "ask")
    assert (ask.visits, ask.repeated, ask.elapsed.total) == (1, 0, 60 * MINUTE)
    assert ask.elapsed.shares == {Share.WORKED: 60 * MINUTE, Share.WAITING: 120 * MINUTE}


def test_a_boundary_timer_is_passed_only_when_it_fires(engine: Engine) -> None:
    drawing = one_task().boundary("late", "ask", duration("PT2H"), interrupting=False).end("reminded")
    engine.deploy(drawing.flow("late", "reminded"))
    quick, slow = engine.start(), engine.start()
    quick_task, slow_task = engine.tasks(element="ask")
    engine.runtime.complete(quick_task, {}, LI)
    pass_time(engine, 3 * HOUR)
    engine.runtime.complete(slow_task, {}, LI)
    analysis = figures(engine)
    late = of(analysis, "late")
    assert (late.armed, late.visits, late.cases, late.running, late.elapsed.total) == (2, 1, 1, 0, 0)
    assert behind(engine, "late", Figure.VISITS) == [slow]
    assert behind(engine, "ask", Figure.VISITS) == [slow, quick]
    # The time beside the task is the task's, once.
    assert analysis.total_elapsed == of(analysis, "ask").elapsed.total == 180 * MINUTE


def test_waiting_for_the_first_of_several_events_counts_once(engine: Engine) -> None:
    drawing = (
        Drawing().start().gateway("first", "eventBased").catch("day", duration("PT2H")).catch("word", message="go")
    )
    drawing.end().flow("start", "first", "day", "end").flow("first", "word", "end")
    engine.deploy(drawing)
    engine.start(order_id="A1")
    pass_time(engine, HOUR)
    assert figures(engine).total_elapsed == 60 * MINUTE
    pass_time(engine, HOUR)
    analysis = figures(engine)
    assert (of(analysis, "day").visits, of(analysis, "day").armed) == (1, 1)
    assert (of(analysis, "word").visits, of(analysis, "word").armed) == (0, 1)
    assert of(analysis, "first").elapsed.total == analysis.total_elapsed == 120 * MINUTE
    assert of(analysis, "first").elapsed.waiting_share == 1


def test_a_sub_process_holds_the_time_of_its_steps_and_adds_none(engine: Engine) -> None:
    body = Drawing().start("in").user("ask").end("out").flow("in", "ask", "out")
    engine.deploy(Drawing().start().sub("box", body).end().flow("start", "box", "end"))
    engine.start()
    engine.clock.advance(HOUR)
    engine.complete("ask")
    analysis = figures(engine)
    assert of(analysis, "box").visits == 1
    assert not of(analysis, "box").counts_time
    assert analysis.total_elapsed == 60 * MINUTE
    assert [one.part.id for one in analysis.bottlenecks] == ["ask"]


def test_a_called_process_has_figures_of_its_own(engine: Engine) -> None:
    child = Drawing("child").start().user("ask").end().flow("start", "ask", "end")
    engine.deploy(
        Drawing().start().call("call", "child").call("again", "child").end().flow("start", "call", "again", "end"),
        child,
    )
    case = engine.start()
    for _ in range(2):
        engine.clock.advance(HOUR)
        engine.complete("ask")
    calling, called = figures(engine), figures(engine, process_id="child")
    assert of(calling, "call").elapsed.shares == {Share.CALLED: 60 * MINUTE}
    assert of(calling, "call").elapsed.waiting_share == 0
    assert (called.instances, called.cases) == (2, 1)
    assert (of(called, "ask").visits, of(called, "ask").cases, of(called, "ask").repeated) == (2, 1, 0)
    assert behind(engine, "call", Figure.VISITS) == [case]


def back_and_forth() -> Drawing:
    drawing = Drawing().start().gateway("join").user("ask").service("work").gateway("again").having(default="no").end()
    drawing.flow("start", "join", "ask", "work", "again")
    return drawing.flow("again", "join", when="=again", id_="back").flow("again", "end", id_="no")


def test_a_way_back_is_told_with_its_path_and_its_cost(engine: Engine) -> None:
    engine.deploy(back_and_forth())
    case = engine.start()
    engine.start()
    task = min(engine.tasks())
    for again in (True, True, False):
        engine.clock.advance(HOUR)
        engine.runtime.complete(task, {"again": again}, LI)
        engine.worker.drain()
        task = min(engine.tasks())
    analysis = figures(engine)
    (loop,) = analysis.loops
    assert (loop.path, loop.count, loop.cases, loop.elapsed) == (("ask", "work", "ask"), 2, 1, 120 * MINUTE)
    assert (of(analysis, "ask").repeated, of(analysis, "ask").repeated_elapsed) == (2, 120 * MINUTE)
    assert of(analysis, "work").repeated == 2
    assert analysis.flows["back"].visits == 2
    assert behind(engine, "ask", Figure.REPEATED) == behind(engine, "back", Figure.VISITS) == [case]


def test_branches_side_by_side_are_no_rework(engine: Engine) -> None:
    drawing = Drawing().start().gateway("split", "parallel").gateway("merge").user("ask").end()
    drawing.flow("start", "split").flow("split", "merge", id_="one").flow("split", "merge", id_="two")
    engine.deploy(drawing.flow("merge", "ask", "end"))
    engine.start()
    analysis = figures(engine)
    assert (of(analysis, "ask").visits, of(analysis, "ask").repeated, analysis.loops) == (2, 0, ())


def test_a_cancelled_case_is_called_off_where_it_stood(engine: Engine) -> None:
    engine.deploy(one_task())
    case = engine.start()
    engine.clock.advance(HOUR)
    engine.runtime.cancel(case, "重复", BOSS)
    engine.clock.advance(HOUR)
    analysis = figures(engine)
    assert (analysis.cancelled, analysis.running, of(analysis, "ask").cancelled) == (1, 0, 1)
    assert of(analysis, "ask").elapsed.total == 60 * MINUTE
    assert behind(engine, "ask", Figure.CANCELLED) == [case]


def test_elements_of_other_versions_count_where_the_diagram_has_them(engine: Engine) -> None:
    old = Drawing().start().user("ask").user("gone").end().flow("start", "ask", "gone", "end")
    engine.deploy(old)
    engine.start()
    engine.complete("ask")
    engine.deploy(one_task())
    engine.start()
    analysis = figures(engine)
    assert of(analysis, "ask").visits == 2
    assert [one.part.id for one in analysis.elsewhere] == ["gone"]
    assert analysis.elsewhere[0].part.name == "gone!"
    assert figures(engine, Asked(versions=(2,))).instances == 1


# --- filters -------------------------------------------------------------------------------------


def test_filters_by_time_standing_outcome_and_step(engine: Engine) -> None:
    engine.deploy(one_task())
    first = engine.start()
    engine.complete("ask")
    engine.clock.advance(timedelta(days=3))
    engine.start()
    asked = {
        Asked(until=date(2026, 1, 2)): 1,
        Asked(since=date(2026, 1, 3)): 1,
        Asked(since=date(2026, 1, 5), until=date(2026, 1, 5)): 1,
        Asked(standing=Standing.RUNNING): 1,
        Asked(standing=Standing.CANCELLED): 0,
        Asked(outcome="end"): 1,
        Asked(passed="end"): 1,
        Asked(passed="ask"): 2,
        Asked(passed="nothing"): 0,
    }
    assert {one: figures(engine, one).instances for one in asked} == asked
    assert behind(engine, "ask", Figure.VISITS, Asked(outcome="end")) == [first]


def test_filters_by_variables_and_by_the_money_of_the_case(engine: Engine) -> None:
    engine.deploy(one_task())
    cases = [engine.start(amount=Decimal(amount), channel=channel) for amount, channel in ((30, "淘宝"), (31, "京东"))]
    with engine.db.begin() as tx:
        row = {"process_id": "p", "status": "active", "opened_at": 0, "revisions": 1, "case_key": cases[1]}
        tx.connection.execute(case_sum.insert().values(paid=5000, **row))

    def found(name: str, operator: Operator, value: str) -> int:
        return figures(engine, Asked(variables=(Condition(name=name, operator=operator, value=value),))).instances

    assert found("amount", Operator.GREATER, "30") == 1
    assert found("amount", Operator.EQUAL, "30.00") == 1
    assert found("amount", Operator.LESS, "many") == 0
    assert found("channel", Operator.CONTAINS, "宝") == 1
    assert found("nothing", Operator.EQUAL, "") == 0
    assert figures(engine, Asked(paid_from=Decimal(50))).instances == 1
    assert figures(engine, Asked(paid_from=Decimal("50.01"))).instances == 0
    assert figures(engine, Asked(asked_to=Decimal(9))).instances == 0


@pytest.mark.parametrize(
    ("value", "operator", "asked", "answer"),
    [
        (True, "eq", "是", True),
        (True, "eq", "true", True),
        (False, "eq", "是", False),
        (True, "gt", "0", False),
        (["a", "b"], "eq", "b", True),
        ([{"name": "四件套"}], "has", "件", True),
        (None, "has", "", False),
        ("2026-01-05", "lt", "2026-01-06", True),
        (Decimal("NaN"), "eq", "NaN", False),
    ],
)
def test_values_are_compared_as_what_they_are(value: object, operator: str, asked: str, answer: bool) -> None:
    condition = Condition(name="v", operator=Operator(operator), value=asked)
    assert meets(value, condition) is answer  # type: ignore[arg-type]


def test_the_newest_are_counted_where_there_are_too_many(engine: Engine) -> None:
    engine.deploy(one_task())
    cases = [engine.start() for _ in range(4)]
    analysis = figures(engine, most=3)
    assert (analysis.instances, analysis.is_cut) == (3, True)
    with engine.db.read() as connection:
        assert [one.key for one in choose(connection, "p", Asked(), 2)] == cases[:0:-1]
    assert not figures(engine, most=4).is_cut


def test_whoever_opened_a_case_long_ago_is_found_by_when_it_was(engine: Engine) -> None:
    engine.deploy(one_task())
    case = engine.start()
    with engine.db.begin() as tx:
        old = engine.clock.now() - timedelta(days=400)
        tx.connection.execute(
            update(process_instance).where(process_instance.c.key == case).values(opened_at=to_microseconds(old))
        )
    assert figures(engine, Asked(until=date(2025, 1, 1))).instances == 1


def test_a_process_without_cases_has_figures_of_nothing(engine: Engine) -> None:
    engine.deploy(one_task())
    analysis = figures(engine)
    assert (analysis.instances, analysis.bottlenecks, analysis.total_working, analysis.loops) == (0, (), 0, ())
    assert analysis.working.waiting_share is None


# --- the address ---------------------------------------------------------------------------------


def test_what_is_asked_is_written_as_it_was_read() -> None:
    given = [
        ("version", "3"), ("version", "12"), ("by", "ended"), ("since", "2026-01-31"), ("standing", "running"),
        ("asked_from", "30.5"), ("var", "channel"), ("op", "has"), ("val", "a&b=c"), ("var", "n"), ("op", "gt"),
        ("val", "5"),
    ]  # fmt: skip
    reading = flow_analysis.read(given)
    assert not reading.problems
    assert reading.asked.versions == (12, 3)
    assert flow_analysis.read(reading.asked.parts()).asked == reading.asked
    assert reading.asked.without("", reading.asked.variables[0]).variables == reading.asked.variables[1:]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([("since", "2026-02-30")], "since"),
        ([("since", "morgen" * 999)], "since"),
        ([("since", "2026-02-02"), ("until", "2026-02-01")], "until"),
        ([("asked_from", "1e5")], "asked_from"),
        ([("paid_from", "9"), ("paid_to", "8")], "paid_to"),
        ([("standing", "dead")], "standing"),
        ([("outcome", "<b>")], "outcome"),
        ([("version", "0")], "version"),
        ([("version", "9" * 40)], "version"),
        ([("var", "a b")], "var"),
        ([("var", "a"), ("op", "like"), ("val", "x")], "var"),
        ([("var", "a"), ("op", "eq"), ("val", "x" * 101)], "var"),
        ([(name, value) for n in range(4) for name, value in (("var", f"v{n}"), ("op", "eq"), ("val", ""))], "var"),
    ],
)
def test_what_cannot_be_read_is_said_and_left_out(given: list[tuple[str, str]], problem: str) -> None:
    reading = flow_analysis.read(given)
    assert list(reading.problems) == [problem]
    assert isinstance(reading.problems[problem], InvalidValue)
    assert len(str(reading.problems[problem])) < 200
