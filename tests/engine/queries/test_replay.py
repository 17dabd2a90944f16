"""The film of a case ends where the case is, whatever ran: after every step of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.errors import NotFound
from engine.model import SYSTEM
from engine.queries import Queries
from engine.queries.histories import MAX_EVENTS
from engine.queries.replay import Film, What, read_film
from engine.scenarios import Scenario, Stage, prepare
from engine.scenarios.play import Play
from engine.store.tables import process_instance
from tests.engine.queries.conftest import Desk, files
from tests.engine.support import LI, ZHAO, Engine, failing
from tests.processes.scenario_files import all_scenarios
from tests.sample import some
from tests.unit.bpmn.drawing import Drawing, duration, items
from tests.unit.bpmn.event_drawing import Events, message, rounds

ROOT = Path(__file__).parents[3]
SCENARIOS = tuple(all_scenarios().values())
#: Deeds after which everything must fit.
DEEDS = ("start", "complete", "modify", "skip", "cancel", "suspend", "resume", "resolve_incident", "publish")
Shown = dict[int, tuple[dict[str, int], dict[str, int], dict[str, int], set[str]]]


class Looking:
    """Compares films with live diagrams, and remembers how often it did."""

    def __init__(self, queries: Queries) -> None:
        self.queries = queries
        self.looks = 0

    def case_ids(self) -> list[str]:
        with self.queries._db.read() as connection:
            return list(connection.execute(select(process_instance.c.case_id).distinct()).scalars())

    def check(self) -> None:
        for case_id in self.case_ids():
            self.looks += 1
            live = {
                i.key: (counted(i.tokens), dict(i.done), dict(i.flows), set(i.incidents))
                for i in self.queries.case(case_id, SYSTEM).instances
            }
            assert shown(self.queries.film(case_id, SYSTEM)) == live

    def film(self) -> Film:
        (case_id,) = self.case_ids()
        return self.queries.film(case_id, SYSTEM)

    def after(self, deed: Callable[..., object]) -> Callable[..., object]:
        def both(*args: object, **more: object) -> object:
            found = deed(*args, **more)
            self.check()
            return found

        return both


def counted(numbers: dict[str, int]) -> dict[str, int]:
    return {element: count for element, count in numbers.items() if count}


def shown(film: Film, count: int | None = None) -> Shown:
    """What stands on the diagrams after so many frames."""
    marks = film.marks_after(len(film.frames) if count is None else count)
    return {key: (counted(m.tokens), dict(m.done), dict(m.flows), set(m.incidents)) for key, m in marks.items()}


@pytest.fixture
def looking(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Looking:
    """After every deed and every round of the worker the films are compared with the diagrams."""
    found = Looking(Queries(engine.db, engine.definitions, engine.clock))
    for name in DEEDS:
        monkeypatch.setattr(engine.runtime, name, found.after(getattr(engine.runtime, name)))
    monkeypatch.setattr(engine.worker, "drain", found.after(engine.worker.drain))
    return found


def pass_time(engine: Engine, **by: int) -> None:
    engine.clock.advance(timedelta(**by))
    engine.worker.drain()


def asked_again() -> Drawing:
    d = Drawing().start().gateway("m").user("ask").gateway("g", default="g_end").end()
    return d.flow("start", "m", "ask", "g", "end").flow("g", "m", when="=more")


def test_a_loop_counts_its_rounds(engine: Engine, looking: Looking) -> None:
    engine.deploy(asked_again())
    key = engine.start()
    for more in (True, True, False):
        engine.complete("ask", more=more)
    film = looking.film()
    whole = film.marks_after(len(film.frames))[key]
    assert (whole.done["ask"], whole.flows["g_m"], whole.flows["g_end"]) == (3, 2, 1)
    assert looking.looks == 4


def test_branches_run_side_by_side(engine: Engine, looking: Looking) -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel").end()
    engine.deploy(d.flow("start", "fork", "a", "join", "end").flow("fork", "b", "join"))
    key = engine.start()
    assert shown(looking.film())[key][0] == {"a": 1, "b": 1}
    engine.complete("b")
    assert shown(looking.film())[key][0] == {"a": 1}
    engine.complete("a")
    assert shown(looking.film())[key][0] == {}


@pytest.mark.parametrize("sequential", [True, False])
def test_several_tokens_stand_at_a_multi_instance_task(engine: Engine, looking: Looking, sequential: bool) -> None:
    d = Drawing().start().user("a").having(items(number="3", sequential=sequential)).end()
    engine.deploy(d.flow("start", "a", "end"))
    key = engine.start()
    for left in (3, 2, 1):
        assert shown(looking.film())[key][0] == {"a": 1 if sequential else left}
        engine.runtime.complete(engine.tasks(element="a")[0], {}, LI)
    assert shown(looking.film())[key][0] == {}


def test_a_standard_loop_and_a_sub_process_leave_nothing_behind(engine: Engine, looking: Looking) -> None:
    body = Drawing("inside").start("s").user("b").end("e").flow("s", "b", "e")
    d = Drawing().start().user("a").having(rounds(2)).sub("sub", body).end()
    engine.deploy(d.flow("start", "a", "sub", "end"))
    key = engine.start()
    for element in ("a", "a", "b"):
        engine.complete(element)
    assert shown(looking.film())[key][0] == {}


def test_a_called_process_holds_the_token_of_its_caller(engine: Engine, looking: Looking) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    engine.deploy(Drawing().start().call("sub", "c").user("after").end().flow("start", "sub", "after", "end"), child)
    key = engine.start()
    film = looking.film()
    assert [(i.key, i.parent, i.called_from) for i in film.instances][1][1:] == (key, "sub")
    assert shown(film)[key][0] == {"sub": 1}
    engine.complete("inner")
    assert shown(looking.film())[key][0] == {"after": 1}


def test_a_child_that_fails_takes_its_callers_border(engine: Engine, looking: Looking) -> None:
    d = Drawing().start().call("sub", "c").end().boundary("failed", "sub", error="E1").user("mend")
    child = Drawing("c").start().user("inner").error_end("end", "E1").flow("start", "inner", "end")
    engine.deploy(d.flow("start", "sub", "end").flow("failed", "mend", "end"), child)
    key = engine.start()
    engine.complete("inner")
    film = looking.film()
    assert shown(film)[key][0] == {"mend": 1}
    assert What.CANCEL in {f.what for f in film.frames if f.element == "sub"}


@pytest.mark.parametrize("interrupting", [True, False])
def test_what_watches_at_a_border_is_no_token_of_its_own(engine: Engine, looking: Looking, interrupting: bool) -> None:
    d = Drawing().start().user("a").boundary("late", "a", duration("PT1H"), interrupting).user("hurry").end()
    engine.deploy(d.flow("start", "a", "end").flow("late", "hurry", "end"))
    key = engine.start()
    assert shown(looking.film())[key][0] == {"a": 1}
    pass_time(engine, hours=2)
    assert shown(looking.film())[key][0] == ({"hurry": 1} if interrupting else {"a": 1, "hurry": 1})
    assert shown(looking.film())[key][1]["late"] == 1


def test_an_event_sub_process_takes_over(engine: Engine, looking: Looking) -> None:
    d = Events().line("start start", "user a", "end end")
    body = Events("inside").starts("stop", message("stop")).line("stop", "user settle", "end done")
    d.element("subProcess", "ev", "".join(body.lines), triggeredByEvent="true")
    d.top += body.top
    engine.deploy(d)
    engine.start(order_id="SO-1")
    engine.runtime.publish("m_stop", "SO-1", {}, actor=SYSTEM)
    assert looking.looks > 1


def test_an_event_gateway_calls_the_others_off(engine: Engine, looking: Looking) -> None:
    d = Drawing().start().gateway("g", "eventBased").catch("t", duration("PT1H")).catch("m", message="news").end()
    engine.deploy(d.flow("start", "g", "t", "end").flow("g", "m", "end"))
    key = engine.start(order_id="SO-1")
    assert shown(looking.film())[key][0] == {"t": 1, "m": 1}
    pass_time(engine, hours=2)
    assert shown(looking.film())[key][0] == {}


def test_trouble_comes_and_is_mended(engine: Engine, looking: Looking) -> None:
    engine.connectors["work"] = failing(3)
    engine.deploy(Drawing().start().service("s").end().flow("start", "s", "end"))
    key = engine.start()
    for _ in range(3):
        pass_time(engine, hours=24)
    assert shown(looking.film())[key][3] == {"s"}
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(incident, ZHAO, reason="网络好了")
    engine.worker.drain()
    assert shown(looking.film())[key][3] == set()


def test_a_token_is_moved_and_another_let_on_by_hand(engine: Engine, looking: Looking) -> None:
    engine.deploy(Drawing().start().user("a").user("b").user("c").end().flow("start", "a", "b", "c", "end"))
    key = engine.start()
    engine.runtime.modify(key, ZHAO, reason="走错了", cancel=[engine.task("a")], activate=["b"])
    assert shown(looking.film())[key][0] == {"b": 1}
    engine.runtime.skip(engine.task("b"), ZHAO, reason="不用了")
    assert shown(looking.film())[key][0] == {"c": 1}
    assert "b" not in shown(looking.film())[key][1]


def test_a_call_is_let_on_by_hand_and_its_child_ends(engine: Engine, looking: Looking) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    engine.deploy(Drawing().start().call("sub", "c").user("after").end().flow("start", "sub", "after", "end"), child)
    key = engine.start()
    (call,) = engine.column("SELECT parent_call FROM process_instance WHERE parent IS NOT NULL")
    engine.runtime.skip(call, ZHAO, reason="另行处理")
    assert shown(looking.film())[key][0] == {"after": 1}


def test_several_calls_run_side_by_side(engine: Engine, looking: Looking) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    d = Drawing().start().call("sub", "c").having(items(number="3")).user("after").end()
    engine.deploy(d.flow("start", "sub", "after", "end"), child)
    key = engine.start()
    for left in (3, 2, 1):
        assert shown(looking.film())[key][0] == {"sub": left}
        engine.runtime.complete(engine.tasks(element="inner")[0], {}, LI)
    assert shown(looking.film())[key][0] == {"after": 1}


def test_a_suspended_case_keeps_its_tokens(engine: Engine, looking: Looking) -> None:
    engine.deploy(asked_again())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason="等财务")
    assert shown(looking.film())[key][0] == {"ask": 1}
    engine.runtime.resume(str(key), ZHAO)
    engine.complete("ask", more=False)
    assert shown(looking.film())[key][0] == {}


def test_a_cancelled_case_has_no_token_left(engine: Engine, looking: Looking) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    d = Drawing().start().gateway("fork", "parallel").user("a").call("sub", "c").end()
    engine.deploy(d.flow("start", "fork", "a", "end").flow("fork", "sub", "end"), child)
    key = engine.start()
    engine.runtime.cancel(key, "重复", ZHAO)
    assert all(marks[0] == {} for marks in shown(looking.film()).values())


def test_the_state_at_a_place_is_the_sum_of_its_frames(desk: Desk) -> None:
    film = desk.queries.film(desk.start_reship(), desk.actor("aud"))
    for count in range(len(film.frames) + 1):
        tokens = [n for marks in film.marks_after(count).values() for n in marks.tokens.values()]
        assert min(tokens, default=0) >= 0, film.frames[count - 1]


def test_every_event_has_its_frame(desk: Desk) -> None:
    case_id = desk.start_reship()
    film = desk.queries.film(case_id, desk.actor("aud"))
    events = desk.queries.events(case_id, desk.actor("aud"), limit=MAX_EVENTS)
    assert film.events == tuple(replace(event, cursor="") for event in events)
    assert [(film.instances[f.instance].key, f.seq) for f in film.frames] == [(e.stream, e.seq) for e in events]
    assert [frame.at for frame in film.frames] == [int(event.at.timestamp() * 1000) for event in events]


def test_personal_data_are_masked_in_a_film(desk: Desk) -> None:
    text = repr(desk.queries.film(desk.start_reship(), desk.actor("aud")))
    for personal in ("13800001234", "张三", "文三路", "C-88001"):
        assert personal not in text


def test_a_film_that_is_too_long_is_cut_and_says_so(desk: Desk) -> None:
    case_id = desk.start()
    whole = desk.queries.film(case_id, SYSTEM)
    length = len(whole.frames)
    for most, cut in ((length - 1, True), (length, False), (length + 1, False)):
        with desk.db.read() as connection:
            film = read_film(connection, desk.definitions, case_id, SYSTEM, most=most)
        assert (film.is_cut, film.frames) == (cut, whole.frames[:most])


@pytest.mark.parametrize("who", ["pia", "own"])
def test_who_may_not_see_the_case_sees_no_film(desk: Desk, who: str) -> None:
    case_id = desk.start()
    if who == "own":  # does not see cases at all
        with pytest.raises(NotFound):
            desk.queries.film(case_id, desk.actor("adm"))
    with pytest.raises(NotFound):
        desk.queries.film("999999", desk.actor(who))


# --- the shipped processes --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with prepare(files()) as stage:
        yield stage


def longest() -> list[Scenario]:
    """Of every process the scenario in which most is done."""
    by_process: dict[str, Scenario] = {}
    for scenario in SCENARIOS:
        known = by_process.get(scenario.process)
        if known is None or len(repr(scenario.do)) > len(repr(known.do)):
            by_process[scenario.process] = scenario
    return list(by_process.values())


@pytest.mark.parametrize("scenario", some(longest(), 7), ids=lambda scenario: scenario.process)
def test_the_shipped_processes_end_as_their_films(
    stage: Stage, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    settle = Play._settle

    def settle_and_look(play: Play, key: int) -> None:
        settle(play, key)
        looking = Looking(play._performer.queries)
        looking.check()
        looked.append(looking.looks)

    monkeypatch.setattr(Play, "_settle", settle_and_look)
    assert stage.run(scenario).problem is None
    assert looked
