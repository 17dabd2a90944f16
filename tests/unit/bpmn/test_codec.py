"""States are canonical, small, as long for a long history as for a short one, and refused where they do not fit."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.bpmn import codec, compile_definition, step, variables_of
from engine.errors import StepError
from engine.model import ID_BASE, Cancel, CompleteUserTask, Facts, InstanceState
from tests.unit.bpmn.drawing import Drawing, mapping
from tests.unit.bpmn.running import CASE, MONDAY_9AM, follow, run
from tests.unit.bpmn.shapes import SHAPES, walk

#: States as they were written when their version was new: each later release must read them, and write them the same.
GOLDEN = {
    "loop": b'{"version":1,"counter":11,"tokens":[{"n":11,"e":"a"}]}',
    "parallel_loop": b'{"version":1,"counter":26,"tokens":[{"n":23,"e":"j","i":"no_retries_left"},'
    b'{"n":25,"e":"join","v":"b_join"},{"n":26,"e":"join","v":"a_join"}]}',
    "events": b'{"version":1,"counter":19,"tokens":[{"n":12,"e":"a"},{"n":14,"e":"news","h":12},'
    b'{"n":15,"e":"late","h":12,"d":1772503200000000},{"n":17,"e":"remind","b":true},'
    b'{"n":18,"e":"often","h":12,"d":1772427600000000,"l":0},{"n":19,"e":"remind","b":true}]}',
    "nested": b'{"version":1,"counter":10,"tokens":[{"n":3,"e":"outer"},{"n":4,"e":"tm","h":3,"d":1772416800000000},'
    b'{"n":7,"e":"inner","h":3},{"n":8,"e":"u","h":3},{"n":10,"e":"job","h":7,"i":"no_retries_left"}],'
    b'"scopes":{"7":{"n":1}}}',
    "calls": b'{"version":1,"counter":12,"end_state":"end","tokens":[{"n":12,"e":"c"}],"scopes":{"12":{"kind":"x"}}}',
    "incidents": b'{"version":1,"counter":35,"tokens":[{"n":33,"e":"wait"},{"n":34,"e":"ev","h":33,"s":4,'
    b'"i":"correlation_key"},{"n":35,"e":"soon","h":33,"d":1780380000000000}]}',
}
FACTS = Facts(now=MONDAY_9AM, case=CASE)


def test_loading_and_dumping_gives_the_same_bytes() -> None:
    for shape in SHAPES:
        for seed in range(20):
            running = walk(shape, seed)
            spec = running.definition.spec
            for outcome in running.outcomes:
                state = InstanceState(key=7, state=outcome.state)
                assert codec.dump(codec.load(spec, state, FACTS)) == outcome.state


@pytest.mark.parametrize("shape", GOLDEN)
def test_states_of_the_first_release_load_and_go_on(shape: str) -> None:
    definition = compile_definition(SHAPES[shape]().xml(), decisions={})
    state = InstanceState(key=7, state=GOLDEN[shape], variables=b'{"more":true}')
    assert codec.dump(codec.load(definition.spec, state, FACTS)) == GOLDEN[shape]
    outcome = step(definition, state, Cancel(reason="over"), FACTS)
    entered = [token["n"] for token in msgspec.json.decode(GOLDEN[shape])["tokens"] if token.get("s") != 4]
    cancelled = [event.token for event in outcome.events if event.kind.endswith(".cancelled")]
    assert sorted(cancelled[1:]) == entered


def test_a_state_is_no_longer_after_ten_thousand_rounds() -> None:
    inputs = mapping({"question": '="请核对收货地址与联系电话,并在今天内答复客户"'})
    d = Drawing().start().gateway("m").user("check_address", extension=inputs).gateway("g", default="g_end").end()
    d.flow("start", "m", "check_address", "g", "end").flow("g", "m", when="=more")
    r = run(d, more=True)
    state, task, sizes = r.state, r.id_of("check_address"), {}
    for round_ in range(1, 10_001):
        outcome = step(r.definition, state, CompleteUserTask(id=task, variables={"more": True}), FACTS)
        state, task = follow(state, outcome), outcome.opened[0].id
        sizes[round_] = len(outcome.state)
    assert sizes[10_000] <= 1.1 * sizes[10]
    assert sizes[10] < 250


def test_a_small_instance_is_small() -> None:
    running = walk("nested", 3, commands=1)
    assert len(running.last.state) < 500


def test_local_scopes_survive_with_their_types() -> None:
    values = mapping({"d": '=date("2026-01-02")', "n": "=1.10", "l": '=[1, {a: "缺货"}]', "p": '=duration("P1M")'})
    r = run(Drawing().start().user("u", extension=values).end().flow("start", "u", "end"))
    seen = variables_of(r.definition, r.state, FACTS, r.id_of("u"))
    assert (str(seen["d"]), seen["n"], str(seen["p"])) == ("2026-01-02", Decimal("1.1"), "P1M")
    assert seen["l"] == [Decimal(1), {"a": "缺货"}]


def test_a_state_of_another_definition_is_refused() -> None:
    one = run(Drawing().start().user("a").end().flow("start", "a", "end"))
    other = run(Drawing().start().user("b").end().flow("start", "b", "end"))
    with pytest.raises(StepError):
        step(other.definition, one.state, CompleteUserTask(id=one.id_of("a"), variables={}), FACTS)


def test_a_state_of_another_version_is_refused() -> None:
    r = run(Drawing().start().user("a").end().flow("start", "a", "end"))
    assert r.state.state is not None
    later = InstanceState(key=7, state=r.state.state.replace(b'"version":1', b'"version":2'))
    with pytest.raises(StepError):
        step(r.definition, later, CompleteUserTask(id=r.id_of("a"), variables={}), FACTS)


def test_ids_are_the_instances_key_and_a_counter() -> None:
    r = run(Drawing().start().user("a").end().flow("start", "a", "end"))
    assert r.id_of("a") == 7 * ID_BASE + 2
