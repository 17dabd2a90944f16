"""One deed on many tasks: a result each, nothing lost between, and undone as long as nobody has changed it since."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from engine import accounts, collaboration
from engine.errors import NotFound, StepError
from engine.model import Actor
from engine.runtime import Deed, Said, TaskResult, Wish, do_many, undo_many
from tests.engine.support import CANG, LI, WANG, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with engine.db.begin() as tx:
        for actor in (LI, WANG, ZHAO, CANG):
            accounts.add(tx, actor.id, actor.name, "correct horse", actor.groups)
    engine.deploy(Drawing("p").start().user("a").user("b").end().flow("start", "a", "b", "end"))
    return engine


def said(engine: Engine, actor: Actor, text: str = "请尽快") -> Said:
    return Said(
        write=lambda case, task: collaboration.comment(engine.runtime, case, text, actor, task=task),
        withdraw=lambda case, comment: collaboration.withdraw_comment(engine.runtime, case, comment, actor),
    )


def do(engine: Engine, actor: Actor, wish: Wish, ids: list[int]) -> tuple[list[TaskResult], int | None]:
    return do_many(engine.runtime, wish, ids, actor, said=said(engine, actor))


def undo(engine: Engine, actor: Actor, key: int | None) -> list[bool]:
    assert key is not None
    return [one.ok for one in undo_many(engine.runtime, key, actor, said=said(engine, actor))]


def holders(engine: Engine) -> list[object]:
    return engine.column("SELECT assignee FROM user_task WHERE status = 'open' ORDER BY id")


def three(engine: Engine) -> list[int]:
    for _ in range(3):
        engine.start()
    return engine.tasks()


def test_each_has_its_result_and_what_fails_stops_nothing(engine: Engine) -> None:
    first, second, third = three(engine)
    engine.runtime.claim(second, WANG)
    results, key = do(engine, LI, Wish(deed=Deed.CLAIM), [first, second, third, 999, first])
    assert [(one.task, one.ok) for one in results] == [(first, True), (second, False), (third, True), (999, False)]
    assert results[1].sentence_zh == "该任务已由他人认领,请刷新待办。"
    assert results[3].sentence_zh == "没有这个任务,或您没有权限。"
    assert holders(engine) == ["li", "wang", "li"]
    assert undo(engine, LI, key) == [True, True]
    assert holders(engine) == [None, "wang", None]
    consistent(engine)


def test_of_two_who_take_the_same_tasks_at_once_each_task_goes_to_one(engine: Engine) -> None:
    ids = three(engine) + three(engine)[3:]
    both = Barrier(2)

    def take(actor: Actor) -> tuple[list[TaskResult], int | None]:
        both.wait(timeout=10)
        order = ids if actor is LI else ids[::-1]
        return do(engine, actor, Wish(deed=Deed.CLAIM), order)

    with ThreadPoolExecutor(2) as pool:
        (ours, our_key), (theirs, their_key) = pool.map(take, [LI, WANG])
    got = {"li": {one.task for one in ours if one.ok}, "wang": {one.task for one in theirs if one.ok}}
    assert got["li"] | got["wang"] == set(ids)
    assert not got["li"] & got["wang"]
    assert holders(engine) == ["li" if task in got["li"] else "wang" for task in ids]
    for actor, key, who in ((LI, our_key, "li"), (WANG, their_key, "wang")):
        assert (key is None) == (not got[who])
        if key is not None:
            assert undo(engine, actor, key) == [True] * len(got[who])
    assert holders(engine) == [None] * len(ids)
    consistent(engine)


def test_of_two_presses_of_undo_at_once_one_undoes(engine: Engine) -> None:
    ids = three(engine)
    _, key = do(engine, LI, Wish(deed=Deed.CLAIM), ids)
    both = Barrier(2)

    def press(_: int) -> list[bool] | str:
        both.wait(timeout=10)
        try:
            return undo(engine, LI, key)
        except StepError as problem:
            return problem.message_zh or ""

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, range(2)))
    assert sorted(answers, key=str) == sorted([[True] * 3, "这次操作已经撤销过了。"], key=str)
    assert holders(engine) == [None] * 3
    consistent(engine)


def test_who_may_not_see_a_task_is_told_the_same_as_of_none(engine: Engine) -> None:
    ids = three(engine)
    for deed in Deed:
        results, key = do(engine, CANG, Wish(deed=deed, assignee="li"), [ids[0], 999])
        assert len({(one.ok, one.sentence, one.sentence_zh) for one in results}) == 1, deed
        assert key is None


DEEDS: dict[str, tuple[Actor, Callable[[Engine], Wish], str]] = {
    "release": (LI, lambda _: Wish(deed=Deed.RELEASE), "assignee"),
    "assign": (ZHAO, lambda _: Wish(deed=Deed.ASSIGN, assignee="wang", reason="换人"), "assignee"),
    "follow_up": (
        LI,
        lambda engine: Wish(deed=Deed.FOLLOW_UP, at=engine.clock.now() + timedelta(hours=3)),
        "follow_up_at",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_undone_is_as_it_was(engine: Engine, deed: str) -> None:
    actor, wish, column = DEEDS[deed]
    ids = three(engine)
    do(engine, LI, Wish(deed=Deed.CLAIM), ids)
    before = engine.column(f"SELECT {column} FROM user_task ORDER BY id")
    results, key = do(engine, actor, wish(engine), ids)
    assert all(one.ok for one in results)
    assert engine.column(f"SELECT {column} FROM user_task ORDER BY id") != before
    engine.clock.advance(timedelta(seconds=30))
    assert undo(engine, actor, key) == [True, True, True]
    assert engine.column(f"SELECT {column} FROM user_task ORDER BY id") == before
    consistent(engine)


def test_comments_are_taken_back(engine: Engine) -> None:
    ids = three(engine)
    _, key = do(engine, LI, Wish(deed=Deed.COMMENT), ids)
    assert engine.count("comment") == 3
    assert undo(engine, LI, key) == [True, True, True]
    assert None not in engine.column("SELECT withdrawn_at FROM comment")


def test_nothing_is_undone_that_somebody_has_changed_since(engine: Engine) -> None:
    first, second, _ = three(engine)
    _, key = do(engine, ZHAO, Wish(deed=Deed.ASSIGN, assignee="li"), [first, second])
    engine.runtime.assign(first, "wang", ZHAO)
    engine.runtime.complete(second, {}, LI)
    results = undo_many(engine.runtime, key or 0, ZHAO, said=said(engine, ZHAO))
    assert [(one.ok, one.sentence_zh) for one in results] == [
        (False, "其间已有变化,没有撤销。"),
        (False, "该任务已被处理,请刷新待办。"),
    ]
    assert engine.column("SELECT assignee FROM user_task WHERE id = :id", id=first) == ["wang"]


def test_it_is_undone_once_by_who_did_it_and_not_after_half_a_minute(engine: Engine) -> None:
    ids = three(engine)
    _, key = do(engine, LI, Wish(deed=Deed.CLAIM), ids[:1])
    with pytest.raises(NotFound):
        undo(engine, WANG, key)
    assert undo(engine, LI, key) == [True]
    with pytest.raises(StepError):
        undo(engine, LI, key)
    _, late = do(engine, LI, Wish(deed=Deed.CLAIM), ids[:1])
    engine.clock.advance(timedelta(seconds=30, microseconds=1))
    with pytest.raises(StepError):
        undo(engine, LI, late)
    assert holders(engine)[0] == "li"


def test_what_changes_nothing_cannot_be_undone_and_more_than_two_hundred_are_refused(engine: Engine) -> None:
    ids = three(engine)
    do(engine, LI, Wish(deed=Deed.CLAIM), ids)
    results, key = do(engine, LI, Wish(deed=Deed.CLAIM), ids)
    assert (all(one.ok for one in results), key) == (True, None)
    with pytest.raises(StepError):
        do(engine, LI, Wish(deed=Deed.RELEASE), list(range(1, 202)))
    assert holders(engine) == ["li"] * 3


def test_a_follow_up_before_that_is_over_by_now_is_put_back_all_the_same(engine: Engine) -> None:
    (task, *_), soon = three(engine), engine.clock.now() + timedelta(seconds=10)
    engine.runtime.follow_up(task, soon, LI)
    _, key = do(engine, LI, Wish(deed=Deed.FOLLOW_UP), [task])
    engine.clock.advance(timedelta(seconds=20))
    assert undo(engine, LI, key) == [True]
    assert engine.column("SELECT follow_up_at FROM user_task WHERE id = :id", id=task) != [None]
