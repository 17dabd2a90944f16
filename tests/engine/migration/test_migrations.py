"""Running cases on a new version: dry run with reasons, batch with a result each, and a history that still proves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from engine import migration
from engine.audit import re_execute
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.flow_analysis import Asked, analyse, drawing_of
from engine.migration import CaseStatus, Kind, MigrationView, Runner, Status
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.queries.element_times import read_times
from tests.engine.support import LI, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, duration, items

#: Owners act through the system here: accounts are the studio's tests' matter.
OWNER = SYSTEM


def line(*between: str, reminder: bool = False) -> Drawing:
    d = Drawing().start()
    for name in between:
        d.user(name)
    d.end().flow("start", *between, "end")
    if reminder:
        d.boundary("tm", between[0], duration("PT4H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
    return d


def versions(engine: Engine, old: Drawing, new: Drawing) -> tuple[int, int]:
    """Keys of the version in force and of the one after it."""
    engine.deploy(old)
    source = engine.definitions.latest("p").key
    engine.deploy(new)
    return source, engine.definitions.latest("p").key


def started_on(engine: Engine, old: Drawing, new: Drawing, **variables: object) -> tuple[int, int, int]:
    """A case that began on the old version, and the keys of both."""
    engine.deploy(old)
    source = engine.definitions.latest("p").key
    case = engine.start(**variables)
    engine.deploy(new)
    return case, source, engine.definitions.latest("p").key


def planned(
    engine: Engine, source: int, target: int, mapping: Mapping[str, str] | None = None, actor: Actor = OWNER
) -> MigrationView:
    """After the dry run."""
    key = migration.plan(
        engine.db,
        engine.definitions,
        actor,
        source=source,
        target=target,
        mapping=mapping or {},
        reason="新流程更快",
        now=engine.clock.now(),
    )
    return worked(engine, key)


def worked(engine: Engine, key: int) -> MigrationView:
    runner = Runner(engine.runtime)
    while runner():
        pass
    with engine.db.read() as connection:
        return migration.read_migration(connection, key)


def gone(engine: Engine, view: MigrationView, *, forced: bool = False) -> MigrationView:
    migration.go(engine.db, view.key, OWNER, forced=forced, now=engine.clock.now())
    return worked(engine, view.key)


def results(engine: Engine, view: MigrationView) -> dict[int, tuple[str, str]]:
    with engine.db.read() as connection:
        return {one.instance: (one.status.value, one.zh) for one in migration.list_cases(connection, view.key)}


def version_of(engine: Engine, case: int) -> object:
    return engine.column("SELECT definition FROM process_instance WHERE key = :key", key=case)[0]


def test_a_dry_run_touches_nothing_and_the_batch_takes_everybody_over(engine: Engine) -> None:
    engine.deploy(line("a", "b"))
    source = engine.definitions.latest("p").key
    cases = [engine.start() for _ in range(45)]
    engine.runtime.complete(engine.tasks()[0], {}, LI)
    engine.deploy(line("a", "b", "c", reminder=True))
    target = engine.definitions.latest("p").key
    before = engine.snapshot()
    view = planned(engine, source, target)
    changed = {name for name, rows in engine.snapshot().items() if rows != before[name]}
    assert changed == {"migration", "migration_case"}
    assert (view.status, view.counts) == (Status.CHECKED, {CaseStatus.POSSIBLE: 45})
    view = gone(engine, view)
    assert (view.status, view.done, view.total) == (Status.DONE, 45, 45)
    assert {version_of(engine, case) for case in cases} == {target}
    assert len(engine.tasks(definition=target)) == 45
    engine.complete("b")
    assert engine.tasks(element="c")
    engine.clock.advance_to(engine.clock.now() + timedelta(hours=5))
    engine.worker.drain()
    assert engine.column("SELECT count(*) FROM history_event WHERE kind = 'timer.fired'") == [44]
    consistent(engine)


def test_it_is_told_with_its_reason_and_the_case_still_proves(engine: Engine) -> None:
    case, source, target = started_on(engine, line("a"), line("a", "b"))
    gone(engine, planned(engine, source, target))
    views = Queries(engine.db, engine.definitions, engine.clock).events(str(case), SYSTEM)
    told = {view.kind: view.value for view in views}
    assert told["instance.repaired"] == {"repair": "migrate", "reason": "新流程更快"}
    assert told["definition.pinned"]["version"] == 2
    assert [view.kind for view in views].count("definition.pinned") == 2
    assert re_execute(engine.db, str(case)).same
    system = engine.column("SELECT kind FROM history_event WHERE stream = 0")
    assert {"migration.begun", "case.migrated"} <= set(system)


def test_a_version_set_by_hand_is_found(engine: Engine) -> None:
    case, _, target = started_on(engine, line("a"), line("a", "b"))
    with engine.db.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE process_instance SET definition = {target} WHERE key = {case}")
    report = re_execute(engine.db, str(case))
    assert report.first_difference is not None
    assert "nothing recorded led there" in report.first_difference.reason


def test_a_case_goes_over_twice(engine: Engine) -> None:
    case, source, second = started_on(engine, line("a", "z"), line("b", "z"))
    gone(engine, planned(engine, source, second, {"a": "b", "start_a": "start_b", "a_z": "b_z"}))
    engine.deploy(line("c", "z", "y"))
    third = engine.definitions.latest("p").key
    view = gone(engine, planned(engine, second, third, {"b": "c", "start_b": "start_c", "b_z": "c_z"}))
    assert view.counts == {CaseStatus.MIGRATED: 1}
    assert engine.tasks(element="c", instance=case)
    engine.complete("c")
    engine.complete("z")
    engine.complete("y")
    assert engine.column("SELECT status FROM process_instance") == ["completed"]
    consistent(engine)


def test_films_and_histories_know_both_versions(engine: Engine) -> None:
    case, source, target = started_on(engine, line("a", "b"), line("a2", "b2"))
    mapping = {"a": "a2", "b": "b2", "start_a": "start_a2", "a_b": "a2_b2", "b_end": "b2_end"}
    gone(engine, planned(engine, source, target, mapping))
    engine.complete("a2")
    queries = Queries(engine.db, engine.definitions, engine.clock)
    film = queries.film(str(case), SYSTEM)
    drawn = engine.definitions.get(target).definition
    assert {frame.element for frame in film.frames if frame.element} <= {*drawn.elements, *drawn.flows}
    standing: dict[int, str] = {}
    for frame in film.frames:
        if frame.what == "enter":
            standing[frame.token] = frame.element
        elif frame.what in ("leave", "cancel"):
            assert standing.pop(frame.token) == frame.element
    assert list(standing.values()) == ["b2"]
    names = {view.element: view.element_name for view in queries.events(str(case), SYSTEM) if view.element}
    assert names["a"] == "a!"
    assert names["a2"] == "a2!"


def test_times_are_counted_under_the_names_of_now(engine: Engine) -> None:
    case, source, target = started_on(engine, line("a", "b"), line("a2", "b2"))
    engine.clock.advance_to(engine.clock.now() + timedelta(hours=1))
    mapping = {"a": "a2", "b": "b2", "start_a": "start_a2", "a_b": "a2_b2", "b_end": "b2_end"}
    gone(engine, planned(engine, source, target, mapping))
    engine.clock.advance_to(engine.clock.now() + timedelta(hours=1))
    engine.complete("a2")
    engine.complete("b2")
    with engine.db.read() as connection:
        times = read_times(connection, [case], engine.clock.now())[case]
        drawing = drawing_of(engine.definitions.get(target).xml)
        found = analyse(
            connection, engine.definitions, "p", Asked(), engine.clock.now(), drawing=drawing
        )  # fmt: skip
    assert times["a2"].spent == timedelta(hours=2)
    assert "a" not in times
    visits = {one.part.id: (one.visits, one.running) for one in found.elements}
    assert visits["a2"] == (1, 0)
    assert found.elsewhere == ()


class TestReasons:
    """Why a case cannot."""

    def one(self, engine: Engine, old: Drawing, new: Drawing, *done: str) -> tuple[MigrationView, tuple[str, str]]:
        case, source, target = started_on(engine, old, new)
        for element in done:
            engine.complete(element)
        view = planned(engine, source, target)
        return view, results(engine, view)[case]

    def test_its_step_is_gone(self, engine: Engine) -> None:
        view, result = self.one(engine, line("a", "b"), line("b"))
        assert result == ("refused", "“a!”在新版本里没有对应的步骤")
        with pytest.raises(InvalidValue):
            gone(engine, view, forced=True)

    def test_a_step_before_it_was_never_done(self, engine: Engine) -> None:
        view, result = self.one(engine, line("a", "b"), line("a", "check", "b"), "a")
        assert result == ("unproven", "按新版本重新执行,它会走到“check!”,这一步没有办过")
        with pytest.raises(InvalidValue):
            gone(engine, view)
        view = gone(engine, view, forced=True)
        assert view.counts == {CaseStatus.MIGRATED: 1}
        engine.complete("b")
        consistent(engine)

    def test_a_step_before_it_is_done_no_longer(self, engine: Engine) -> None:
        _, result = self.one(engine, line("a", "b"), line("b"), "a")
        assert result == ("possible", "")

    def test_a_value_that_it_would_have(self, engine: Engine) -> None:
        new = Drawing().start().script("s", "={level: 2}", "s_result").user("a").end().flow("start", "s", "a", "end")
        _, result = self.one(engine, line("a"), new)
        assert result[0] == "unproven"
        assert "s_result" in result[1]

    def test_a_choice_that_it_would_have_made_otherwise(self, engine: Engine) -> None:
        def drawn(limit: int) -> Drawing:
            d = Drawing().start().user("a").gateway("gw", default="gw_c").user("b").user("c").end()
            d.flow("start", "a", "gw").flow("gw", "b", when=f"=amount > {limit}").flow("gw", "c")
            return d.flow("b", "end").flow("c", "end")

        case, source, target = started_on(engine, drawn(30), drawn(50))
        engine.complete("a", amount=40)
        view = planned(engine, source, target)
        status, why = results(engine, view)[case]
        assert status == "unproven"
        assert why == "按新版本重新执行,它会走到“c!”,这一步没有办过"

    def test_a_case_that_goes_on_meanwhile_is_asked_again(self, engine: Engine) -> None:
        case, source, target = started_on(engine, line("a", "b"), line("a", "check", "b"))
        view = planned(engine, source, target)
        assert view.counts == {CaseStatus.POSSIBLE: 1}
        engine.complete("a")
        view = gone(engine, view)
        assert view.counts == {CaseStatus.UNPROVEN: 1}
        assert version_of(engine, case) == source

    def test_a_case_that_ends_meanwhile_is_gone(self, engine: Engine) -> None:
        _, source, target = started_on(engine, line("a"), line("a", "b"))
        view = planned(engine, source, target)
        engine.complete("a")
        assert gone(engine, view).counts == {CaseStatus.GONE: 1}


def test_a_token_at_a_join(engine: Engine) -> None:
    def drawn(*more: str) -> Drawing:
        d = Drawing().start().gateway("fork", "parallel").gateway("join", "parallel").user("after").end()
        for name in ("a", "b"):
            d.user(name).flow("fork", name, "join")
        for name in more:
            d.user(name)
        return d.flow("start", "fork").flow("join", "after", *more, "end")

    case, source, target = started_on(engine, drawn(), drawn("last"))
    engine.complete("a")
    assert gone(engine, planned(engine, source, target)).counts == {CaseStatus.MIGRATED: 1}
    engine.complete("b")
    engine.complete("after")
    assert engine.tasks(element="last", instance=case)
    consistent(engine)


def test_many_items(engine: Engine) -> None:
    marker = items("=list", "item", "=item", "results")

    def drawn(*more: str) -> Drawing:
        d = Drawing().start().user("x").having(marker)
        for name in more:
            d.user(name)
        return d.end().flow("start", "x", *more, "end")

    engine.deploy(drawn())
    source = engine.definitions.latest("p").key
    engine.start(list=[1, 2, 3])
    engine.runtime.complete(engine.tasks()[1], {}, LI)
    engine.deploy(drawn("after"))
    target = engine.definitions.latest("p").key
    assert gone(engine, planned(engine, source, target)).counts == {CaseStatus.MIGRATED: 1}
    for task in engine.tasks():
        engine.runtime.complete(task, {}, LI)
    assert engine.tasks(element="after")
    consistent(engine)


def test_a_caller_goes_over_while_its_call_runs_and_a_called_one_too(engine: Engine) -> None:
    def caller(*more: str) -> Drawing:
        d = Drawing().start().call("call", "q")
        for name in more:
            d.user(name)
        return d.end().flow("start", "call", *more, "end")

    def called(*more: str) -> Drawing:
        d = Drawing("q").start().user("in")
        for name in more:
            d.user(name)
        return d.end().flow("start", "in", *more, "end")

    engine.deploy(called(), caller())
    source, inner = engine.definitions.latest("p").key, engine.definitions.latest("q").key
    engine.start()
    engine.deploy(called("more"), caller("after"))
    engine.definitions.refresh()
    target, new_inner = engine.definitions.latest("p").key, engine.definitions.latest("q").key
    assert gone(engine, planned(engine, source, target)).counts == {CaseStatus.MIGRATED: 1}
    assert gone(engine, planned(engine, inner, new_inner)).counts == {CaseStatus.MIGRATED: 1}
    for element in ("in", "more", "after"):
        engine.complete(element)
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
    consistent(engine)


def test_a_suspended_case_goes_over_and_stays_suspended(engine: Engine) -> None:
    case, source, target = started_on(engine, line("a"), line("a", "b", reminder=True))
    engine.runtime.suspend(str(case), ZHAO, reason="等")
    assert gone(engine, planned(engine, source, target)).counts == {CaseStatus.MIGRATED: 1}
    assert engine.column("SELECT status FROM process_instance") == ["suspended"]
    engine.clock.advance_to(engine.clock.now() + timedelta(hours=9))
    engine.worker.drain()
    engine.runtime.resume(str(case), ZHAO)
    engine.worker.drain()
    assert engine.column("SELECT count(*) FROM history_event WHERE kind = 'timer.fired'") == [1]
    consistent(engine)


class TestWhatIsRefused:
    def test_only_owners_may(self, engine: Engine) -> None:
        _, source, target = started_on(engine, line("a"), line("a", "b"))
        with pytest.raises(NotAllowed):
            planned(engine, source, target, actor=ZHAO)
        view = planned(engine, source, target)
        for act in (
            lambda: migration.go(engine.db, view.key, ZHAO, forced=False, now=engine.clock.now()),
            lambda: migration.stop(engine.db, view.key, ZHAO, now=engine.clock.now()),
        ):
            with pytest.raises(NotAllowed):
                act()

    @pytest.mark.parametrize("mapping", [{"nothing": "a"}, {"a": "nothing"}, {"a": "b", "start": "b"}])
    def test_a_mapping_that_makes_no_sense(self, engine: Engine, mapping: dict[str, str]) -> None:
        _, source, target = started_on(engine, line("a"), line("a", "b"))
        with pytest.raises(InvalidValue):
            planned(engine, source, target, mapping)

    def test_a_plan_without_a_reason_or_without_cases(self, engine: Engine) -> None:
        source, target = versions(engine, line("a"), line("a", "b"))
        with pytest.raises(InvalidValue):
            planned(engine, source, target)
        with pytest.raises(InvalidValue):
            migration.plan(
                engine.db, engine.definitions, OWNER, source=source, target=target, mapping={}, reason=" ",
                now=engine.clock.now(),
            )  # fmt: skip

    def test_it_goes_once(self, engine: Engine) -> None:
        _, source, target = started_on(engine, line("a"), line("a", "b"))
        view = gone(engine, planned(engine, source, target))
        with pytest.raises(NotFound):
            gone(engine, view)
        with pytest.raises(NotFound):
            migration.stop(engine.db, view.key, OWNER, now=engine.clock.now())

    def test_it_stops_where_it_is(self, engine: Engine) -> None:
        engine.deploy(line("a"))
        source = engine.definitions.latest("p").key
        for _ in range(30):
            engine.start()
        engine.deploy(line("a", "b"))
        target = engine.definitions.latest("p").key
        view = planned(engine, source, target)
        migration.go(engine.db, view.key, OWNER, forced=False, now=engine.clock.now())
        assert Runner(engine.runtime)()
        migration.stop(engine.db, view.key, OWNER, now=engine.clock.now())
        view = worked(engine, view.key)
        assert view.status is Status.STOPPED
        assert view.counts == {CaseStatus.MIGRATED: 20, CaseStatus.POSSIBLE: 10}
        consistent(engine)

    def test_a_version_of_another_process(self, engine: Engine) -> None:
        case, _, _ = started_on(engine, line("a"), line("a", "b"))
        engine.deploy(Drawing("q").start().end().flow("start", "end"))
        with pytest.raises(StepError):
            engine.runtime.migrate(case, engine.definitions.latest("q").key, OWNER, mapping={}, reason="x")


def test_suggestions_go_by_id_then_by_name(engine: Engine) -> None:
    old = line("a", "b")
    new = Drawing().start().user("a").user("review").end().flow("start", "a", "review", "end")
    new.lines = [text.replace('name="review!"', 'name="b!"') for text in new.lines]
    _, source, target = started_on(engine, old, new)
    with engine.db.read() as connection:
        waiting = migration.read_waiting(connection, source)
    found = migration.suggest(
        engine.definitions.get(source).definition, engine.definitions.get(target).definition, waiting
    )
    by = {one.element: (one.target, one.by, one.waiting) for one in found}
    assert by["a"] == ("a", "id", 1)
    assert by["b"] == ("review", "name", 0)
    assert found[0].element == "a"


def test_kinds_of_reasons_are_told_apart() -> None:
    assert {kind.value for kind in Kind} == {"place", "history"}
