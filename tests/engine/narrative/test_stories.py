"""Whole stories of real cases are kept beside the tests; whatever changes in them is read before it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.labels import Labels
from engine.model import SYSTEM
from engine.narrative import Facts, Narrative, tell
from engine.queries import EventView
from tests.engine.narrative.renew import ENGLISH, STORIES
from tests.engine.narrative.theatre import CASES, Theatre

NOBODY_S_LABELS = Labels(names={"comp_amount": "补偿金额"}, options={}, personal=frozenset())
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def event(seq: int, kind: str, value: Any = None, **more: Any) -> EventView:
    given: dict[str, Any] = {
        "stream": 1,
        "seq": seq,
        "revision": seq,
        "at": MONDAY_9AM,
        "actor": "li",
        "actor_name": "李娜",
        "element": None,
        "element_name": None,
        "process_name": "补偿流程",
        "cursor": f"1.{seq}",
    }
    return EventView(kind=kind, value=value, **{**given, **more})


def told(*events: EventView, now: datetime = MONDAY_9AM, english: bool = False) -> Narrative:
    facts = Facts(case_id="1", name="补偿流程", now=now, groups={"li": frozenset({"aftersales"})})
    return tell(facts, events, NOBODY_S_LABELS, english=english)


def texts(narrative: Narrative) -> list[str]:
    return [sentence.text for day in narrative.days for sentence in day.sentences]


@pytest.mark.parametrize("story", CASES)
def test_a_case_is_told_as_it_was_kept(theatre: Theatre, story: str) -> None:
    CASES[story](theatre)
    assert theatre.tell().as_text() == (STORIES / f"{story}.txt").read_text("utf-8")


def test_a_case_is_told_in_english_as_it_was_kept(theatre: Theatre) -> None:
    CASES[ENGLISH](theatre)
    assert theatre.tell(english=True).as_text() == (STORIES / f"{ENGLISH}.en.txt").read_text("utf-8")


def test_every_kept_story_is_of_a_case() -> None:
    kept = {file.name for file in STORIES.iterdir()}
    assert kept == {f"{story}.txt" for story in CASES} | {f"{ENGLISH}.en.txt"}


def test_a_case_without_events_has_a_title_and_nothing_else() -> None:
    assert told() == Narrative(title="补偿流程 1", summary=(), days=())


def test_a_history_whose_values_are_deleted_is_told_all_the_same() -> None:
    events = [
        event(1, "instance.started"),
        event(2, "user_task.completed", element="t", element_name="评估"),
        event(3, "decision.evaluated", element="d", element_name="判定"),
        event(4, "instance.completed"),
    ]
    assert texts(told(*events)) == [
        "09:00 售后客服李娜发起「补偿流程」。",
        "售后客服李娜完成「评估」。",
        "系统按规则「判定」,没有规则命中,结论:无。",
        "工单结束。",
    ]


def test_days_are_those_of_shanghai() -> None:
    evening = datetime(2026, 1, 4, 15, 59, tzinfo=UTC)
    events = [
        event(1, "instance.started", at=evening),
        event(2, "comment.added", {"text": "早"}, at=evening + timedelta(minutes=1)),
    ]
    assert [day.heading for day in told(*events).days] == ["2026年1月4日", "2026年1月5日"]
    assert [day.heading for day in told(*events, english=True).days] == ["4 January 2026", "5 January 2026"]


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (timedelta(minutes=59, seconds=59), ""),
        (timedelta(hours=1), "(等了1小时)"),
        (timedelta(days=2, hours=3, minutes=59), "(等了2天3小时)"),
    ],
)
def test_waits_of_an_hour_and_more_are_told(waited: timedelta, said: str) -> None:
    made = event(1, "user_task.created", {"groups": ["aftersales"]}, element="t", element_name="评估")
    done = event(2, "user_task.completed", {"variables": {}}, element="t", element_name="评估", at=MONDAY_9AM + waited)
    assert texts(told(made, done)) == [f"{(done.at + timedelta(hours=8)):%H:%M} 售后客服李娜完成「评估」{said}。"]


def test_the_same_step_again_says_how_often() -> None:
    again = [event(n, "user_task.completed", {"variables": {}}, element="t", element_name="评估") for n in range(1, 13)]
    found = texts(told(*again))
    assert [text.rpartition("完成")[0] for text in found[:3]] == [
        "09:00 售后客服李娜",
        "售后客服李娜第二次",
        "售后客服李娜第三次",
    ]
    assert found[9] == "售后客服李娜第十次完成「评估」。"
    assert found[11] == "售后客服李娜第 12 次完成「评估」。"
    english = texts(told(*again, english=True))
    assert english[1].endswith("for the second time.")
    assert english[11].endswith("for the 12th time.")


def test_a_kind_that_nobody_taught_is_told_plainly() -> None:
    assert texts(told(event(1, "moon.landed", {"x": 1}, element="m", element_name="月球"))) == [
        "09:00 发生「moon.landed」「月球」。"
    ]


def test_who_has_no_name_is_told_by_role_and_who_has_neither_by_id() -> None:
    without = event(1, "comment.withdrawn", actor="li", actor_name="li")
    stranger = event(2, "comment.withdrawn", actor="x-9", actor_name="x-9")
    system = event(3, "comment.withdrawn", actor=SYSTEM.id, actor_name=SYSTEM.name)
    assert texts(told(without, stranger, system)) == [
        "09:00 售后客服撤回了一条备注。",
        "x-9撤回了一条备注。",
        "系统撤回了一条备注。",
    ]


def test_what_people_wrote_stays_on_one_line_short_and_without_telephone_numbers() -> None:
    (text,) = texts(told(event(1, "comment.added", {"text": "第一行\n" + "长" * 300 + " 13800001234"})))
    assert "\n" not in text
    assert len(text) < 160
    (text,) = texts(told(event(1, "comment.added", {"text": "请打 13800001234。{x} %s"})))
    assert text == "09:00 售后客服李娜备注:「请打 138****1234。{x} %s」。"


def test_a_failed_job_says_how_often_it_is_tried_again() -> None:
    place = {"element": "j", "element_name": "同步"}
    failed = [
        event(n, "job.failed", {"problem": "超时", "retries_left": left}, **place) for n, left in ((1, 2), (2, 0))
    ]
    narrative = told(*failed)
    assert texts(narrative) == [
        "09:00 「同步」没有成功,原因:超时,还会再试 2 次。",
        "「同步」没有成功,原因:超时,不再重试。",
    ]
    assert all(sentence.bad for sentence in narrative.days[0].sentences)


def test_an_open_case_says_how_long_it_has_been_open_and_what_it_waits_for() -> None:
    start = event(1, "instance.started", {"variables": {"order_id": "SO-1"}})
    waits = event(2, "user_task.created", {"groups": ["aftersales"]}, element="t", element_name="评估")
    now = MONDAY_9AM + timedelta(days=2, hours=3)
    assert told(start, waits, now=now).summary[-1].text == "办理至今2天3小时,还在等「评估」。"
    assert told(start, now=now).summary[-1].text == "办理至今2天3小时,尚未结束。"
