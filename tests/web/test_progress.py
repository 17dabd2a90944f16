"""保存进度: the repairer keeps how far the repair is, and whoever answers the customer meanwhile says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from engine.model import SYSTEM, Actor
from tests.web.browser import PEOPLE, Browser
from web import parts_of

Browse = Callable[[str], Browser]
AFTERSALES = Actor(id="wang", name="王立新", groups=frozenset({"aftersales"}))
START = {
    "order_id": "SO-1001", "customer_id": "C-8812", "channel": "marketplace", "shop": "旗舰店", "product_sku": "X1",
    "description": "不开机", "received_date": date(2026, 3, 1), "fault_desc": "不开机",
}  # fmt: skip


def who(group: str) -> str:
    """Somebody of a group."""
    return next(user_id for user_id, (_, its) in PEOPLE.items() if its == group)


def task_of(app: Flask, element: str) -> int:
    found = parts_of(app).db
    with found.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT id FROM user_task WHERE element = ? AND status = 'open'", (element,)
        ).all()
    (row,) = rows
    return int(row[0])


def register(app: Flask) -> dict[str, str]:
    """The cells of the repair register."""
    with parts_of(app).db.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT \"column\", text FROM register_cell WHERE register = 'repair_register'"
        )
        return {row[0]: row[1] for row in found}


@pytest.fixture
def repair(app: Flask) -> int:
    """A product on the repairer's table; gives the task."""
    parts = parts_of(app)
    parts.runtime.start("p08_repair", {**START, "order_amount": 300}, AFTERSALES)
    checked = dict.fromkeys(("order_found", "in_warranty", "repairable_type", "goods_at_warehouse"), True)
    parts.runtime.complete(task_of(app, "check_repair_conditions"), {**checked, "human_damage": False}, AFTERSALES)
    parts.worker.drain()
    parts.runtime.complete(
        task_of(app, "receive_repair_goods"), {"return_waybill_no": "SF1", "goods_condition": "完好"}, SYSTEM
    )
    parts.worker.drain()
    return task_of(app, "repair_product")


@pytest.fixture
def worker(browse: Browse, repair: int) -> Browser:
    browser = browse(who("warehouse"))
    browser.post(f"/tasks/{repair}/claim")
    return browser


def page_fields(page: str) -> dict[str, str]:
    """The page's own hidden fields."""
    return dict(re.findall(r'name="(_submission_key|_seen)" value="(\w+)"', page))


def save(browser: Browser, task: int, **typed: str):
    hidden = page_fields(browser.get(f"/tasks/{task}").text)
    return browser.post(f"/tasks/{task}/progress", {**hidden, **typed})


def test_saving_keeps_the_task_and_tells_the_case_and_the_register(app: Flask, worker: Browser, repair: int) -> None:
    page = worker.get(f"/tasks/{repair}").text
    assert 'data-test="save-progress"' in page
    assert 'data-test="saved"' not in page
    answer = save(worker, repair, repair_progress="waiting_parts", repair_note="等主板")
    assert (answer.status_code, answer.location) == (303, f"/tasks/{repair}")
    page = worker.get(f"/tasks/{repair}").text
    assert "进度已保存,任务仍由您办理。" in page
    assert 'data-test="saved"' in page
    assert "等主板</textarea>" in page
    assert re.search(r'<option value="waiting_parts"[^>]*selected', page)
    found = register(app)
    assert found["repair_progress"] == "待配件"
    with parts_of(app).db.read() as connection:
        status = connection.exec_driver_sql("SELECT status FROM user_task WHERE id = ?", (repair,)).scalar_one()
    assert status == "open"


def test_an_inquiry_meanwhile_is_answered_with_what_was_saved(
    app: Flask, browse: Browse, worker: Browser, repair: int
) -> None:
    save(worker, repair, repair_progress="waiting_parts")
    parts = parts_of(app)
    case_id = str(repair // 100_000_000)
    parts.runtime.publish("msg_repair_progress_inquiry", case_id, {"question": "修好了吗"}, actor=SYSTEM)
    reply = task_of(app, "reply_repair_progress")
    agent = browse("wang")
    agent.post(f"/tasks/{reply}/claim")
    page = agent.get(f"/tasks/{reply}").text
    assert "您的产品目前的进度是:待配件</textarea>" in page


def test_no_field_is_required_and_what_is_wrong_is_said_at_the_field(worker: Browser, repair: int) -> None:
    answer = save(worker, repair, repair_progress="waiting_parts", repair_note="长" * 501)
    assert answer.status_code == 422
    assert "维修说明" in answer.text
    assert "长" * 501 in answer.text
    assert save(worker, repair, repair_note="换主板").status_code == 303


def test_nothing_typed_saves_nothing(app: Flask, worker: Browser, repair: int) -> None:
    with parts_of(app).db.read() as connection:
        before = connection.exec_driver_sql("SELECT revision FROM process_instance").all()
    hidden = page_fields(worker.get(f"/tasks/{repair}").text)
    worker.post(f"/tasks/{repair}/progress", {**hidden, "repair_progress": "waiting", "repair_ok": "true"})
    assert "没有可以保存的变化。" in worker.get(f"/tasks/{repair}").text
    with parts_of(app).db.read() as connection:
        assert connection.exec_driver_sql("SELECT revision FROM process_instance").all() == before


def test_sent_twice_it_is_saved_once_and_from_a_stale_page_not_at_all(app: Flask, worker: Browser, repair: int) -> None:
    hidden = page_fields(worker.get(f"/tasks/{repair}").text)
    first = {**hidden, "repair_progress": "diagnosing"}
    assert [worker.post(f"/tasks/{repair}/progress", first).status_code for _ in range(2)] == [303, 303]
    stale = worker.post(f"/tasks/{repair}/progress", {**hidden, "repair_progress": "repairing"})
    assert stale.status_code == 409
    assert "进度已被更新" in stale.text
    assert register(app)["repair_progress"] == "检测中"


def test_a_task_that_is_over_or_paused_or_somebody_elses_takes_nothing(
    app: Flask, browse: Browse, worker: Browser, repair: int
) -> None:
    case_id = str(repair // 100_000_000)
    hidden = page_fields(worker.get(f"/tasks/{repair}").text)
    typed = {**hidden, "repair_progress": "repairing"}
    assert browse("wang").post(f"/tasks/{repair}/progress", typed).status_code in (404, 409)
    supervisor = Actor(id="boss", groups=frozenset({"supervisor"}))
    parts_of(app).runtime.suspend(case_id, supervisor, reason="等客户")
    assert worker.post(f"/tasks/{repair}/progress", typed).status_code == 409
    parts_of(app).runtime.resume(case_id, supervisor)
    person = Actor(id=who("warehouse"), groups=frozenset({"warehouse"}))
    parts_of(app).runtime.complete(repair, {"repair_ok": True, "repair_note": "好"}, person)
    assert worker.post(f"/tasks/{repair}/progress", typed).status_code == 409


def test_other_tasks_have_no_such_button_and_take_none(app: Flask, browse: Browse) -> None:
    agent = browse("wang")
    task = agent.open_task(agent.start_inquiry())
    agent.post(f"/tasks/{task}/claim")
    page = agent.get(f"/tasks/{task}").text
    assert 'data-test="save-progress"' not in page
    hidden = page_fields(page)
    assert agent.post(f"/tasks/{task}/progress", {**hidden, "hours_since_update": "50"}).status_code == 404
    with parts_of(app).db.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM task_progress").scalar_one() == 0


def test_saved_words_that_a_customer_will_read_are_judged_and_a_promise_is_kept_with_them(
    app: Flask, worker: Browser, repair: int
) -> None:
    parts_of(app).definitions.deploy({"T08B.txt": "亲,您好!检修情况:{repair_note}".encode()}, SYSTEM)
    banned = save(worker, repair, repair_progress="waiting_parts", repair_note="我不知道")
    assert banned.status_code == 422
    assert "“不知道”不能对客户说" in banned.text
    promised = save(worker, repair, repair_progress="waiting_parts", repair_note="明天换好")
    assert promised.status_code == 422
    assert register(app)["repair_progress"] != "待配件"
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', promised.text)
    saved = save(worker, repair, repair_progress="waiting_parts", repair_note="明天换好", _promised=mark)
    assert saved.status_code == 303
    assert register(app)["repair_progress"] == "待配件"
    with parts_of(app).db.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM history_event WHERE kind = 'wording.confirmed'").all()
    assert len(kinds) == 1
