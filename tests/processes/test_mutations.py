"""The lint finds what an owner's slip or a careless merge breaks in a shipped diagram, by the rule and the element."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import product
from random import Random

import pytest

from engine import bpmn
from engine.definitions import registry
from engine.definitions.bundle import Bundle, make_world
from tests.engine.shop_desk import shipped_files
from tests.processes import mutations_file, mutations_layout, mutations_tasks, mutations_values, mutations_ways
from tests.processes.mutations import EACH, KINDS, SEED, mutate, plan
from tests.processes.mutations_drawing import Drawn
from tests.processes.mutations_harmless import HARMLESS
from tests.processes.process_drawing import ROOT, path_of
from tests.sample import some

REGISTERED = (mutations_file, mutations_layout, mutations_tasks, mutations_values, mutations_ways)
PROCESSES = tuple(sorted(path.stem for path in ROOT.glob("processes/*/*.bpmn")))
MINUTE = timedelta(minutes=1)


@cache
def shipped() -> Bundle:
    """All files that are shipped, read once: asked of the registry, which other tests have had read them already."""
    return registry.read_bundle(shipped_files(), [], MINUTE)


@cache
def world(process: str) -> bpmn.World:
    """What a diagram may refer to: everything shipped but itself."""
    others = {key: part for key, part in shipped().parts.items() if key != ("bpmn", process)}
    return make_world(Bundle(parts=others), [], MINUTE)


def lint(process: str, content: bytes) -> frozenset[tuple[str, str | None]]:
    """Rule and element of everything found in a diagram that stands in the file of that process."""
    found = bpmn.check(content, file=f"{process}.bpmn", world=world(process))
    assert all(finding.zh and finding.en for finding in found)
    return frozenset((finding.rule, finding.element) for finding in found)


@cache
def known(process: str) -> frozenset[tuple[str, str | None]]:
    """What is found in a diagram as it is shipped, beside all others."""
    file = str(path_of(process).relative_to(ROOT))
    return frozenset((finding.rule, finding.element) for finding in shipped().findings if finding.file == file)


@pytest.mark.parametrize(("process", "number"), some(list(product(PROCESSES, range(EACH))), 60))
def test_a_mutation_is_found_by_its_rule_at_its_element(process: str, number: int) -> None:
    kind = plan(PROCESSES, known)[process][number]
    mutation = mutate(process, kind, Random(f"{SEED} {process} {kind.name}"), known(process))
    new = lint(process, mutation.content) - known(process)
    assert new & {(kind.rule, element) for element in mutation.at}, (kind.name, sorted(map(str, mutation.at)), new)


def test_every_kind_is_tried_somewhere_and_no_kind_everywhere() -> None:
    tried = [kind.name for kinds in plan(PROCESSES, known).values() for kind in kinds]
    assert set(tried) == set(KINDS)
    assert len(KINDS) >= 100
    assert max(map(tried.count, KINDS)) < len(PROCESSES)


@pytest.mark.parametrize(("process", "change"), some(list(product(PROCESSES, HARMLESS)), 20))
def test_what_changes_nothing_gives_no_new_finding(process: str, change: str) -> None:
    content = HARMLESS[change](Drawn.of(process), Random(f"{SEED} {process} {change}"))
    assert content != Drawn.of(process).bytes()
    assert lint(process, content) == known(process)
