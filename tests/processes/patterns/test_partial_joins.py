"""Discriminators and partial joins (WCP-9, 28 to 32)."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.processes.patterns.pattern import draw, over, play
from tests.unit.bpmn.event_drawing import TERMINATE, Events

BRANCHES = ("a", "b", "c")


def partial(n: int, after: str = "user after") -> Events:
    """Three branches of which the first n let the process go on; the rest is awaited and swallowed."""
    d = draw().line("start start", "exclusive m", "parallel fork").complex("join", f"=activationCount >= {n}")
    for name in BRANCHES:
        d.user(name).flow("fork", name, "join")
    d.line(after)
    return d.flow("join", after.rpartition(" ")[2], when="=waitingForStart")


@pytest.mark.parametrize("order", list(permutations(BRANCHES)))
@pytest.mark.parametrize("n", [1, 2, 3])
def test_wcp_09_wcp_30_a_structured_discriminator_or_partial_join_goes_once(n: int, order: tuple[str, ...]) -> None:
    r = play(partial(n).line("after", "end end"))
    for come, name in enumerate(order, start=1):
        r.complete(name)
        assert ("after" in r.waiting) == (come >= n)
    r.complete("after")
    assert r.entered("after") == 1
    over(r)


@pytest.mark.parametrize("n", [1, 2])
def test_wcp_09_wcp_30_it_is_reset_and_goes_again_in_the_next_round(n: int) -> None:
    d = draw().line("start start", "exclusive m", "parallel fork").complex("join", f"=activationCount >= {n}")
    for name in BRANCHES:
        d.user(name).flow("fork", name, "join")
    d.user("during").element("endEvent", "noted").flow("join", "during", when="=waitingForStart")
    d.flow("during", "noted").line("exclusive g_end g", "end end").flow("g", "m", when="=again")
    d.flow("join", "g", when="=not(waitingForStart)")
    r = play(d)
    for again in (True, False):
        for come, name in enumerate(BRANCHES, start=1):
            r.complete(name, again=again)
            assert ("during" in r.waiting) == (come >= n)
        r.complete("during")
    assert r.entered("during") == 2
    assert r.last.status == "completed"
    r.proven()


@pytest.mark.parametrize("n", [1, 2])
def test_wcp_28_wcp_31_blocking_tokens_of_the_next_round_wait_until_the_join_is_reset(n: int) -> None:
    d = draw().line("start start", "parallel fork").complex("join", f"=activationCount >= {n}")
    for name in BRANCHES:
        d.line("fork", f"user {name}1", f"exclusive {name}_m", f"user {name}", "join")
        d.line("fork", f"user {name}2", f"{name}_m")
    d.user("after").flow("join", "after", when="=waitingForStart").line("after", "end end")
    r = play(d)
    for name in BRANCHES[:n]:
        r.complete(f"{name}1")
        r.complete(name)
    assert r.entered("after") == 1
    for name in BRANCHES[:n]:
        r.complete(f"{name}2")
        r.complete(name)
    assert r.entered("after") == 1
    for name in BRANCHES[n:]:
        assert r.entered("after") == 1
        r.complete(f"{name}1")
        r.complete(name)
    assert r.entered("after") == 2
    r.proven()


@pytest.mark.parametrize("order", list(permutations(BRANCHES)))
@pytest.mark.parametrize("n", [1, 2])
def test_wcp_29_wcp_32_a_cancelling_discriminator_or_partial_join_cancels_the_rest(
    n: int, order: tuple[str, ...]
) -> None:
    region = draw().line("start s", "parallel fork").complex("join", f"=activationCount >= {n}")
    for name in BRANCHES:
        region.user(name).flow("fork", name, "join")
    region.ends("enough", TERMINATE).flow("join", "enough")
    r = play(draw().line("start start").sub("region", region).line("start", "region", "user after", "end end"))
    for name in order[:n]:
        assert "after" not in r.waiting
        r.complete(name)
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)
