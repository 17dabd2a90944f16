"""A definition is shared by all threads: no step writes to it. A token keeps nothing that is not in the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from engine.bpmn import Definition, codec
from engine.bpmn.frame import FUTURE
from engine.bpmn.instance import Instance
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.process import ProcessSpec
from engine.model import Command, Facts, InstanceState
from tests.sample import times
from tests.unit.bpmn import event_shapes, shapes
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.running import CASE, MONDAY_9AM, Running, of, re_execute

#: Name → the drawing and a random walk through it.
SHAPES: Mapping[str, tuple[Callable[[], Drawing], Callable[[int], Running]]] = {
    f"{module.__name__.rpartition('.')[2]}-{shape}": (draw, partial(module.walk, shape))
    for module in (shapes, event_shapes)
    for shape, draw in module.SHAPES.items()
}
SEEDS = range(times(6, 2))
#: What a token is between two steps, beside its place in the tree.
KEPT = (
    "state_number", "via", "side", "due", "left", "incident", "told", "chosen", "local", "memory", "changes", "leaving",
)  # fmt: skip


def logs(shape: str) -> list[list[tuple[Command, Facts]]]:
    return [SHAPES[shape][1](seed).log for seed in SEEDS]


def pieces(value: object, path: str, seen: set[int]) -> Iterator[tuple[str, object]]:
    """Everything a value is made of, with the way to it; values that Python itself keeps from changing as they are."""
    if isinstance(value, Mapping):
        yield path, [str(key) for key in value]
        for key, item in value.items():
            yield from pieces(item, f"{path}[{key}]", seen)
    elif isinstance(value, list | tuple):
        yield path, len(value)
        for number, item in enumerate(value):
            yield from pieces(item, f"{path}[{number}]", seen)
    elif isinstance(value, Node | ProcessSpec):
        yield path, id(value)
        if id(value) not in seen:
            seen.add(id(value))
            yield from pieces(vars(value), f"{path}.{value.name}", seen)
    else:
        yield path, repr(value)


def snapshot(definition: Definition) -> list[tuple[str, object]]:
    return list(pieces(definition.spec, "", set()))


@pytest.mark.parametrize("shape", SHAPES)
def test_no_step_changes_a_definition(shape: str) -> None:
    commands = logs(shape)
    definition = of(SHAPES[shape][0]()).definition
    before = snapshot(definition)
    assert len(before) > 100
    for log in commands:
        re_execute(definition, log)
    assert snapshot(definition) == before


@pytest.mark.parametrize("shape", SHAPES)
def test_instances_of_one_definition_in_eight_threads_give_what_they_give_one_by_one(shape: str) -> None:
    commands = logs(shape) * 2
    definition = of(SHAPES[shape][0]()).definition

    one_by_one = [re_execute(definition, log) for log in commands]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(partial(re_execute, definition), commands)) == one_by_one


def kept(instance: Instance) -> dict[int, dict[str, object]]:
    found = {}
    for number, token in instance.tasks.items():
        found[number] = {name: getattr(token, name) for name in KEPT}
        found[number] |= {"element": token.task_spec.name, "held": {held.id for held in token.held}}
        if token.waits:  # what is told already, or told when it is entered anew, need not be kept
            found[number]["report"] = dict(token.report)
        if token.state_number == FUTURE:
            found[number]["given"] = token.given
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_tokens_keep_nothing_between_two_steps_that_is_not_in_the_state(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = codec.dump

    def compare(instance: Instance) -> bytes:
        written = dump(instance)
        state = InstanceState(key=instance.key, state=written, variables=b"{}")
        loaded = codec.load(instance.spec, state, Facts(now=MONDAY_9AM, case=CASE))
        if instance.root.waits:  # else it was cancelled
            assert kept(instance) == kept(loaded)
        return written

    monkeypatch.setattr(codec, "dump", compare)
    for seed in SEEDS:
        SHAPES[shape][1](seed)
