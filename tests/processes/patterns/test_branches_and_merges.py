"""Basic control flow, advanced branching, iteration (WCP-1 to 8, 10, 21, 33, 37, 38, 41, 42)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.processes.patterns.pattern import draw, over, play
from tests.unit.bpmn.drawing import link, rounds
from tests.unit.bpmn.event_drawing import Events
from tests.unit.bpmn.outsider import errors


def test_wcp_01_in_a_sequence_each_activity_begins_when_the_one_before_is_done() -> None:
    r = play(draw().line("start start", "user a", "user b", "end end"))
    assert r.waiting == ["a"]
    r.complete("a")
    assert r.waiting == ["b"]
    r.complete("b")
    over(r)


def forked(join: str = "parallel") -> Events:
    d = draw().line("start start", "parallel fork", "user a", f"{join} join", "user after", "end end")
    return d.line("fork", "user b", "join")


def test_wcp_02_a_parallel_split_begins_all_branches() -> None:
    assert play(forked()).proven().waiting == ["a", "b"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_wcp_03_a_synchronization_waits_for_all_branches(order: str) -> None:
    r = play(forked())
    r.complete(order[0])
    assert r.waiting == [order[1]]
    r.complete(order[1])
    r.complete("after")
    over(r)


def chosen(kind: str) -> Events:
    d = draw().line("start start", f"{kind} g_c g", "user c", f"{kind} join", "user after", "end end")
    for name, when in (("a", "=n < 2"), ("b", "=n < 3")):
        d.user(name).flow("g", name, when=when).flow(name, "join")
    return d


@pytest.mark.parametrize(("n", "branch"), [(1, "a"), (2, "b"), (3, "c")])
def test_wcp_04_wcp_05_an_exclusive_choice_takes_one_branch_and_a_simple_merge_waits_for_none(
    n: int, branch: str
) -> None:
    r = play(chosen("exclusive"), n=Decimal(n))
    assert r.waiting == [branch]
    r.complete(branch)
    r.complete("after")
    over(r)


@pytest.mark.parametrize(("n", "branches"), [(1, "ab"), (2, "b"), (3, "c")])
def test_wcp_06_wcp_07_a_multi_choice_takes_some_branches_and_its_merge_waits_for_those(n: int, branches: str) -> None:
    r = play(chosen("inclusive"), n=Decimal(n))
    assert r.waiting == list(branches)
    for name in branches:
        assert "after" not in r.waiting
        r.complete(name)
    r.complete("after")
    assert r.entered("after") == 1
    over(r)


def test_wcp_08_a_multi_merge_lets_each_branch_through() -> None:
    r = play(forked("exclusive"))
    r.complete("a")
    assert r.waiting == ["after", "b"]
    r.complete("b")
    assert r.waiting == ["after", "after"]
    r.complete_nth("after", 1)
    r.complete("after")
    assert r.entered("after") == 2
    over(r)


def test_wcp_10_an_arbitrary_cycle_may_have_two_ways_in_and_two_out() -> None:
    d = draw().line("start start", "exclusive in_m in", "exclusive m", "user a", "exclusive n", "user b")
    d.flow("in", "n", when="=late").line("b", "exclusive q_end q", "end end")
    d.flow("q", "m", when="=again").element("endEvent", "half_way").flow("q", "half_way", when="=half")
    r = play(d, late=True)
    assert r.waiting == ["b"]
    r.complete("b", again=True, half=False)
    r.complete("a")
    r.complete("b", again=False, half=True)
    over(r, "half_way")
    r = play(d, late=False)
    assert r.waiting == ["a"]
    r.complete("a")
    r.complete("b", again=False, half=False)
    over(r)


@pytest.mark.parametrize(("before", "rounds_wanted"), [(True, 0), (True, 2), (False, 1), (False, 3)])
def test_wcp_21_a_structured_loop_tests_before_or_after_each_round(before: bool, rounds_wanted: int) -> None:
    d = draw().line("start start", "end end").user("a").having(rounds("=done < wanted", test_before=before))
    d.lines = [line for line in d.lines if "start_end" not in line]
    r = play(d.flow("start", "a", "end"), done=Decimal(0), wanted=Decimal(rounds_wanted))
    for n in range(1, rounds_wanted + 1):
        assert r.see("a")["loopCounter"] == n
        r.complete("a", done=Decimal(n))
    over(r)


def test_wcp_21_a_structured_loop_may_be_drawn_by_gateways_and_by_links() -> None:
    d = draw().line("start start", "exclusive m", "user a", "exclusive g_end g", "end end")
    d.throws("back", link("again")).flow("g", "back", when="=more").catches("land", link("again")).flow("land", "m")
    r = play(d)
    for more in (True, True, False):
        r.complete("a", more=more)
    assert r.entered("a") == 3
    over(r)


def test_wcp_33_a_generalized_and_join_pairs_the_tokens_of_its_flows_however_they_come() -> None:
    d = draw().line("start start", "parallel fork", "exclusive m", "user a", "parallel join", "user after", "end end")
    d.line("fork", "user x", "m").line("fork", "exclusive k", "user b", "join").line("fork", "user y", "k")
    r = play(d)
    r.complete("a")
    r.complete("x")
    r.complete("a")
    assert r.waiting == ["b", "y"]
    r.complete("b")
    assert r.waiting == ["after", "y"]
    r.complete("y")
    r.complete("b")
    assert r.waiting == ["after", "after"]
    r.complete_nth("after", 0)
    r.complete("after")
    over(r)


@pytest.mark.parametrize(("both", "gone"), [(False, False), (True, False), (True, True)])
def test_wcp_37_a_local_synchronizing_merge_waits_for_what_can_still_come(both: bool, gone: bool) -> None:
    d = draw().line("start start", "inclusive split", "user a", "inclusive join", "user after", "end end")
    d.user("b").flow("split", "b", when="=both").line("b", "exclusive g_c g", "user c", "join")
    d.element("endEvent", "elsewhere").flow("g", "elsewhere", when="=gone")
    r = play(d, both=both, gone=gone)
    r.complete("a")
    if both:
        assert r.waiting == ["b"]
        r.complete("b")
        if not gone:
            assert r.waiting == ["c"]
            r.complete("c")
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)


def test_wcp_38_a_general_synchronizing_merge_waits_for_a_branch_that_goes_round() -> None:
    d = draw().line("start start", "parallel fork", "user a", "inclusive join", "user after", "end end")
    d.line("fork", "exclusive m", "user b", "exclusive g_join g", "join").flow("g", "m", when="=again")
    r = play(d)
    r.complete("a")
    r.complete("b", again=True)
    assert r.waiting == ["b"]
    r.complete("b", again=False)
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)


def test_wcp_38_a_general_synchronizing_merge_that_is_itself_in_a_cycle_joins_each_round() -> None:
    d = draw().line("start start", "exclusive m", "parallel fork", "user a", "inclusive join", "user after")
    d.line("fork", "user b", "join").line("after", "exclusive g_end g", "end end").flow("g", "m", when="=again")
    r = play(d)
    for again in (True, False):
        r.complete("b")
        assert r.waiting == ["a"]
        r.complete("a")
        assert r.waiting == ["after"]
        r.complete("after", again=again)
    over(r)


@pytest.mark.parametrize("quantity", ["startQuantity", "completionQuantity"])
def test_wcp_41_wcp_42_a_thread_merge_and_split_by_quantities_are_refused_by_name(quantity: str) -> None:
    d = draw().line("start start", "user a", "end end")
    xml = d.xml().replace(b'<bpmn:userTask id="a"', f'<bpmn:userTask {quantity}="2" id="a"'.encode())
    assert errors(xml) == ["unsupported.quantity at a"]
    with pytest.raises(DefinitionRefused, match=f"a: {quantity}"):
        compile_definition(xml, decisions={})


def test_wcp_42_a_thread_split_by_flows_and_a_merge_of_all_threads_by_a_sub_process() -> None:
    threads = draw().line("start s", "task t", "exclusive m", "user a", "end e")
    threads.flow("t", "m", id_="second").flow("t", "m", id_="third")
    r = play(draw().line("start start").sub("threads", threads).line("start", "threads", "user after", "end end"))
    assert r.waiting == ["a", "a", "a"]
    for n in (2, 1, 0):
        assert "after" not in r.waiting
        r.complete_nth("a", n)
    r.complete("after")
    over(r)
