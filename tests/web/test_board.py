"""The supervisors' board: what is late stands there and is handed over, by whom may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine.clock import VirtualClock
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]


def assignee_of(app: Flask, task: int) -> str | None:
    parts = parts_of(app)
    with parts.db.read() as connection:
        found = connection.exec_driver_sql("SELECT assignee FROM user_task WHERE id = ?", (task,)).scalar()
    return None if found is None else str(found)


def test_a_supervisor_hands_a_task_to_somebody_and_takes_it_back(app: Flask, browse: Browse) -> None:
    wang, chen = browse("wang"), browse("chen")
    case_id = wang.start_inquiry()
    task = wang.open_task(case_id)
    page = chen.get("/board?which=all").text
    assert f'value="{task}"' in page
    assert "王立新" in page
    answer = chen.post("/board?which=all", {"task": str(task), "person": "sun", "reason": "孙美熟悉圆通"})
    assert answer.status_code == 200
    assert "已转派" in answer.text
    assert assignee_of(app, task) == "sun"
    assert "孙美熟悉圆通" in browse("zheng").get(f"/audit/{case_id}").text
    assert chen.post("/board", {"task": str(task), "person": "-"}).status_code == 200
    assert assignee_of(app, task) is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [({"person": "sun"}, "请先勾选任务"), ({"task": "1"}, "请选择转派给谁")],
)
def test_what_is_missing_is_said(browse: Browse, sent: dict[str, str], said: str) -> None:
    answer = browse("chen").post("/board", sent)
    assert answer.status_code == 422
    assert said in answer.text


def test_who_may_not_do_a_task_is_not_given_it(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    answer = browse("chen").post("/board", {"task": str(task), "person": "cang"})
    assert answer.status_code == 200
    assert 'class="sign sign-incident">查询物流状态' in answer.text
    assert assignee_of(app, task) is None


def test_nobody_else_hands_anything_over(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    for user_id in ("wang", "lin", "cang", "zhou", "zheng", "admin"):
        assert browse(user_id).post("/board", {"task": str(task), "person": "sun"}).status_code == 404
    assert assignee_of(app, task) is None


def test_the_poll_costs_nothing_while_nothing_changes(browse: Browse, clock: VirtualClock) -> None:
    chen = browse("chen")
    first = chen.get("/board/live")
    assert chen.get("/board/live", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    browse("wang").start_inquiry()
    assert chen.get("/board/live", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_what_is_late_is_what_is_listed(browse: Browse, clock: VirtualClock) -> None:
    wang, chen = browse("wang"), browse("chen")
    task = wang.open_task(wang.start_inquiry())
    assert f'value="{task}"' not in chen.get("/board").text
    clock.advance(timedelta(days=20))
    page = chen.get("/board").text
    assert f'value="{task}"' in page
    assert "没有未结的投诉" in page


def test_odd_addresses_show_the_usual_board(browse: Browse) -> None:
    chen = browse("chen")
    for odd in ("which=nothing", "group=%3Cscript%3E", "person=nobody", "which=all&group=finance&person=sun"):
        assert chen.get(f"/board?{odd}").status_code == 200
    assert chen.get("/board?after=%3Cx").status_code == 404
