"""The agent's day: find a task, claim it, fill it in wrong, fill it in right, and not twice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts
from engine.clock import VirtualClock
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]


@pytest.fixture
def wang(browse: Browse) -> Browser:
    return browse("wang")


def submission_key(browser: Browser, task: int) -> str:
    found = re.search(r'name="_submission_key" value="(\w+)"', browser.get(f"/tasks/{task}").text)
    assert found is not None
    return found[1]


def test_a_started_case_is_in_the_inbox_of_its_group_with_what_is_asked(wang: Browser) -> None:
    wang.start_inquiry()
    page = wang.get("/inbox").text
    assert "查询物流状态" in page
    assert "SO-1001" in page
    assert "¥199.00" in page
    assert "包裹三天没动了" in page
    assert "C-8812" not in page  # personal data are masked in lists


def test_claiming_shows_the_form_and_hides_the_claim(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    assert 'data-test="claim"' in wang.get(f"/tasks/{task}").text
    assert wang.post(f"/tasks/{task}/claim").location == f"/tasks/{task}"
    page = wang.get(f"/tasks/{task}").text
    assert 'data-test="claim"' not in page
    assert 'data-test="complete"' in page
    assert "王立新 已认领" in page


def test_what_the_shop_knows_of_the_parcel_is_filled_in(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    page = wang.get(f"/tasks/{task}").text
    assert re.search(r'name="hours_since_update"[^>]*value="52"', page)
    assert re.search(r'name="last_location"[^>]*value="杭州"', page)


def test_a_wrong_form_comes_back_with_its_errors_and_what_was_typed(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    answer = wang.post(f"/tasks/{task}", STALLED | {"hours_since_update": "-3", "stuck_in_region": ""})
    assert answer.status_code == 422
    assert re.search(r'name="hours_since_update"[^>]*value="-3"', answer.text)
    assert "请选择“滞留某区域”" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert parts_status(wang, task) == "open"


def test_an_unknown_field_is_refused(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    assert wang.post(f"/tasks/{task}", STALLED | {"case_id": "1"}).status_code == 422


def test_completing_goes_back_to_the_inbox_and_says_what_was_done(wang: Browser) -> None:
    case_id = wang.start_inquiry()
    task = wang.open_task(case_id)
    wang.post(f"/tasks/{task}/claim")
    answer = wang.post(f"/tasks/{task}", STALLED)
    assert (answer.status_code, answer.location) == (303, "/inbox")
    page = wang.get("/inbox").text
    assert "已完成「查询物流状态」" in page
    assert "接下来: 联系合作快递核实停滞原因" in page
    assert "联系合作快递核实停滞原因" in page


def test_the_same_submission_twice_gives_the_same_answer_and_counts_once(wang: Browser) -> None:
    case_id = wang.start_inquiry()
    task = wang.open_task(case_id)
    wang.post(f"/tasks/{task}/claim")
    form = STALLED | {"_submission_key": submission_key(wang, task)}
    first, second = (wang.post(f"/tasks/{task}", form) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, "/inbox")
    assert wang.get(f"/cases/{case_id}").text.count('完成任务 <span class="strong">查询物流状态') == 1


def test_another_submission_of_a_completed_task_is_a_conflict(wang: Browser, browse: Browse) -> None:
    task = wang.open_task(wang.start_inquiry())
    sun = browse("sun")
    hers = STALLED | {"_submission_key": "0" * 32}
    assert wang.post(f"/tasks/{task}", STALLED | {"_submission_key": "1" * 32}).status_code == 303
    answer = sun.post(f"/tasks/{task}", hers)
    assert answer.status_code == 409
    assert "已由他人提交" in answer.text


def test_a_task_that_somebody_has_claimed_is_a_conflict_for_others(wang: Browser, browse: Browse) -> None:
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    sun = browse("sun")
    assert sun.post(f"/tasks/{task}/claim").status_code == 409
    assert sun.post(f"/tasks/{task}", STALLED).status_code == 409
    assert parts_status(wang, task) == "open"


def test_a_task_given_back_can_be_claimed_by_somebody_else(wang: Browser, browse: Browse) -> None:
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    assert wang.post(f"/tasks/{task}/unclaim").status_code == 303
    assert browse("sun").post(f"/tasks/{task}/claim").status_code == 303


@pytest.mark.parametrize("person", ["cang", "qian", "kuai", "admin", "zhou"])
def test_a_task_of_another_group_is_not_found(wang: Browser, browse: Browse, person: str) -> None:
    task = wang.open_task(wang.start_inquiry())
    other = browse(person)
    assert other.get(f"/tasks/{task}").status_code == 404
    for path in (f"/tasks/{task}", f"/tasks/{task}/claim", f"/tasks/{task}/unclaim", f"/tasks/{task}/fields"):
        assert other.post(path, STALLED).status_code == 404
    assert parts_status(wang, task) == "open"


def test_who_sees_the_case_but_not_the_lane_cannot_do_the_task(wang: Browser, browse: Browse) -> None:
    lin = browse("lin")
    task = lin.open_task(lin.start_inquiry())
    assert lin.get(f"/tasks/{task}").status_code == 200
    assert 'data-test="claim"' not in lin.get(f"/tasks/{task}").text
    assert lin.post(f"/tasks/{task}", STALLED).status_code == 404


def test_a_task_that_does_not_exist_is_not_found(wang: Browser) -> None:
    assert wang.get("/tasks/999").status_code == 404
    assert wang.post("/tasks/999", STALLED).status_code == 404


def test_the_list_is_answered_with_304_while_nothing_changes(wang: Browser) -> None:
    wang.start_inquiry()
    first = wang.get("/inbox/list?scope=groups")
    again = wang.get("/inbox/list?scope=groups", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    wang.start_inquiry()
    changed = wang.get("/inbox/list?scope=groups", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_script_gets_the_task_alone_and_hears_that_the_list_changed(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    script = {"HX-Request": "true"}
    assert "<html" not in wang.get(f"/tasks/{task}", headers=script).text
    claimed = wang.post(f"/tasks/{task}/claim", headers=script)
    assert claimed.headers["HX-Trigger"] == "inbox-changed"
    assert 'data-test="complete"' in claimed.text


def test_the_preview_of_fields_keeps_nothing_and_shows_no_errors(wang: Browser) -> None:
    task = wang.open_task(wang.start_inquiry())
    answer = wang.post(f"/tasks/{task}/fields", {"hours_since_update": "wrong"})
    assert answer.status_code == 200
    assert 'value="wrong"' in answer.text
    assert "aria-invalid" not in answer.text


def test_filters_stand_in_the_address(wang: Browser) -> None:
    wang.start_inquiry()
    assert "查询物流状态" in wang.get("/inbox?text=SO-1001").text
    assert "没有找到" in wang.get("/inbox?text=SO-9").text
    assert "没有要做的任务" in wang.get("/inbox?scope=mine").text
    assert wang.get("/inbox?scope=everything&after=nonsense").status_code == 404


def test_times_are_shanghai_times_with_the_exact_one_on_hover(wang: Browser, clock: VirtualClock) -> None:
    task = wang.open_task(wang.start_inquiry())
    page = wang.get(f"/tasks/{task}").text
    assert '<time datetime="2026-01-02T09:00:00+08:00" title="2026-01-02 09:00:00">今天 09:00</time>' in page


def test_pages_work_without_the_bundle(app: Flask, wang: Browser) -> None:
    app.jinja_env.globals["bundle"] = lambda name: None
    case_id = wang.start_inquiry()
    page = wang.get(f"/cases/{case_id}").text
    assert "<script" not in page
    assert "查询物流状态" in re.findall(r'data-test="tokens">(.*?)</ul>', page, re.S)[0]


def parts_status(browser: Browser, task: int) -> str:
    parts = parts_of(browser.app)
    return parts.queries.task(task, accounts.get(parts.db, "chen").actor).status


def test_a_claim_changes_the_counts_beside_the_list_with_the_list(browse: Browse) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    claimed = wang.post(f"/tasks/{task}/claim", headers={"HX-Request": "true"})
    assert claimed.headers["HX-Trigger"] == "inbox-changed"
    fragment = wang.get("/inbox/list?scope=groups", headers={"HX-Request": "true"}).text
    assert 'id="inbox-counts" hx-swap-oob="true"' in fragment
    mine = fragment.partition('data-test="scope-mine"')[2].partition("</a>")[0]
    assert '<span class="count">1</span>' in mine
