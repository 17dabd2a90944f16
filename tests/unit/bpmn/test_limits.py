"""How much an instance may be and do in one step; whatever is more is refused and leaves nothing behind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import canonical
from engine.errors import InvalidValue, LimitExceeded, StepLimitExceeded, TooManyTokens, VariablesTooLarge
from engine.model import CompleteJob, CompleteUserTask
from tests.unit.bpmn.drawing import Drawing, items, mapping, rounds
from tests.unit.bpmn.running import Running, of, run

LARGE = 256 * 1024


def chain(length: int) -> Drawing:
    """A user, then so many scripts, then a user."""
    names = [f"s{n}" for n in range(length)]
    d = Drawing().start().user("u").user("after")
    for name in names:
        d.script(name, "=n + 1", "n")
    return d.flow("start", "u", *names, "after")


def test_five_hundred_elements_run_in_one_step_and_one_more_does_not() -> None:
    r = run(chain(499), n=Decimal(0))  # and the user behind them is the five hundredth
    r.complete("u")
    assert r.variables["n"] == 499
    r.proven()
    r = run(chain(500), n=Decimal(0))
    before = r.state
    with pytest.raises(StepLimitExceeded):
        r.complete("u")
    assert (r.state, r.waiting) == (before, ["u"])
    r.proven()


def test_an_endless_loop_is_stopped_however_it_is_drawn() -> None:
    script = Drawing().start().script("s", "=1", "x")
    loops = [
        script.having(rounds("=true")).flow("start", "s"),
        Drawing().start().gateway("m").task("t").flow("start", "m", "t", "m"),
        Drawing().start().task("t").flow("start", "t", "t"),
        Drawing().start().sub("x", Drawing().start("in").task("t").flow("in", "t")).having(rounds("=true")),
    ]
    loops[-1].flow("start", "x")
    for drawing in loops:
        with pytest.raises(LimitExceeded):
            of(drawing).start()


def crowd(inner: int) -> Drawing:
    """Fifty items of so many items each, waiting for a person, each beside the token of its sub-process."""
    body = Drawing().start("in").user("u").having(items(number=str(inner))).end("out").flow("in", "u", "out")
    return Drawing().start().sub("x", body).having(items(number="=n")).end().flow("start", "x", "end")


def test_two_thousand_tokens_live_at_once_and_one_more_does_not() -> None:
    # the outer loop, n sub-processes, n inner loops, n × 38 people: 1 + 40 n
    r = run(crowd(38), n=Decimal(49))
    assert len(r.rows) == 49 * 38
    r.proven()
    with pytest.raises(TooManyTokens):
        run(crowd(38), n=Decimal(50))


def test_exactly_two_thousand_is_the_limit() -> None:
    d = Drawing().start().gateway("f", "parallel").user("a").having(items(number="999"))
    d.user("b").having(items(number="=n")).flow("start", "f", "a").flow("f", "b")
    r = run(d, n=Decimal(999))  # two loops, 999 items each
    assert len(r.rows) == 1998
    r.proven()
    with pytest.raises(TooManyTokens):
        run(d.user("c").flow("f", "c"), n=Decimal(999))


def test_a_token_fork_that_never_stops_is_stopped_by_some_limit() -> None:
    d = Drawing().start().user("u").task("t").flow("start", "u", "t", "t").flow("t", "u")
    r = run(d)
    with pytest.raises(LimitExceeded):
        r.complete("u")
    r.proven()


# --- variables --------------------------------------------------------------------------------------------------------


def writer() -> Drawing:
    return Drawing().start().user("u").user("v").end().flow("start", "u", "v", "end")


def test_variables_up_to_256_kib_are_kept_and_more_are_refused() -> None:
    r = run(writer())
    overhead = len('{"x":""}')
    with pytest.raises(VariablesTooLarge):
        r.complete("u", x="a" * (LARGE - overhead + 1))
    r.complete("u", x="a" * (LARGE - overhead))
    assert len(r.state.variables) == LARGE
    r.proven()


def test_the_size_counts_bytes_not_characters() -> None:
    r = run(writer())
    with pytest.raises(VariablesTooLarge):
        r.complete("u", x="字" * (LARGE // 3 + 1))
    assert r.waiting == ["u"]
    r.proven()


def test_local_variables_count_as_well() -> None:
    body = Drawing().start("in").user("u").user("v").end("out").flow("in", "u", "v", "out").data_object("x")
    r = run(Drawing().start().sub("s", body).end().flow("start", "s", "end"))
    with pytest.raises(VariablesTooLarge):
        r.complete("u", x="a" * (LARGE + 200_000))  # the tokens' own room is not told apart
    r.complete("u", x="a" * LARGE)
    r.proven()


def test_results_of_scripts_and_jobs_count_as_well() -> None:
    names = [f"s{n}" for n in range(4)]
    d = Drawing().start().service("j").user("u")
    for name in names:
        d.script(name, "=x", f"copy_{name}")
    r = run(d.flow("start", "j", *names, "u"))
    with pytest.raises(VariablesTooLarge):
        r.do(CompleteJob(id=r.id_of("j"), variables={"x": "a" * 60_000}))
    r.do(CompleteJob(id=r.id_of("j"), variables={"x": "a" * 50_000}))
    assert r.waiting == ["u"]
    r.proven()


def test_inputs_of_a_thousand_items_count_as_well() -> None:
    d = Drawing().start().user("u", extension=mapping({"copy": "=text"})).having(items(number="1000"))
    with pytest.raises(VariablesTooLarge):
        run(d.flow("start", "u"), text="a" * 1000)


def nested(depth: int) -> object:
    value: object = Decimal(1)
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(("depth", "kept"), [(30, True), (31, True), (32, False), (33, False), (500, False)])
def test_values_of_a_command_are_at_most_32_levels_deep_with_their_context(depth: int, kept: bool) -> None:
    r = run(writer())
    if kept:
        r.complete("u", x=nested(depth))
        assert r.waiting == ["v"]
    else:
        with pytest.raises(InvalidValue):
            r.complete("u", x=nested(depth))
        assert r.waiting == ["u"]
    r.proven()


def script_of(depth: int) -> Running:
    text = "=" + "[" * depth + "1" + "]" * depth
    return run(Drawing().start().script("s", text, "x").user("u").flow("start", "s", "u"))


@pytest.mark.parametrize(("depth", "kept"), [(30, True), (31, False), (32, False), (33, False)])
def test_a_script_that_makes_a_value_too_deep_is_an_incident(depth: int, kept: bool) -> None:
    r = script_of(depth)
    assert list(r.incidents.values()) == ([] if kept else ["expression"])
    r.proven()


@pytest.mark.parametrize("depth", [28, 29, 30, 31])
def test_results_of_items_that_become_too_deep_together_are_an_incident(depth: int) -> None:
    marker = items("=[1, 2]", "i", "=x", "all")
    r = run(Drawing().start().user("u").having(marker).user("after").flow("start", "u", "after"))
    for _ in range(2):
        if r.ids_of("u"):
            r.do(CompleteUserTask(id=r.ids_of("u")[0], variables={"x": nested(depth)}))
    assert (r.waiting == ["after"]) == (not r.incidents)
    assert (depth <= 29) == (not r.incidents)  # one level less than a value by itself: the history must hold it
    for event in r.events if depth <= 30 else ():  # what is deeper was too deep for the command already
        canonical.encode(event.value)
    r.proven()
