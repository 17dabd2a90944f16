"""The inbox in a browser without scripts: filters, orders, pages, kept filters, many at once and undo."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine import accounts
from engine.clock import VirtualClock
from engine.saved_filters import read
from tests.sample import times
from tests.web.browser import Browser
from web import parts_of
from web.inbox_rows import _drawn

Browse = Callable[[str], Browser]
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def wang(browse: Browse) -> Browser:
    return browse("wang")


def start(browser: Browser, count: int = 3, **changed: str) -> list[int]:
    return [browser.open_task(browser.start_inquiry(**changed)) for _ in range(count)]


def shown(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'id="row-(\d+)"', page)]


def listed(page: str) -> str:
    return page[page.index('data-test="inbox"') : page.index("</ol>")]


def held(app: Flask) -> dict[int, str | None]:
    with parts_of(app).db.read() as connection:
        found = connection.exec_driver_sql("SELECT id, assignee FROM user_task WHERE status = 'open'")
        return {row[0]: row[1] for row in found}


# --- filters and orders --------------------------------------------------------------------------


def test_every_filter_holds_and_can_be_dropped(wang: Browser) -> None:
    (task,) = start(wang, 1)
    all_of_them = (
        "/inbox?scope=all&group=aftersales&process=p10_courier_query&step=check_logistics&assignee=free"
        "&customer=C-8812&order=SO-10&waybill=YT1&text=SO-1001&money=100"
    )
    page = wang.get(all_of_them).text
    assert shown(page) == [task]
    assert page.count("chip-drop") == 9
    assert "查询物流状态" in page
    for other in ("group=warehouse", "process=p07_delivery", "assignee=taken", "customer=C-9", "money=100000"):
        assert shown(wang.get(f"/inbox?scope=all&{other}").text) == [], other


def test_an_empty_list_says_which_filter_to_drop(wang: Browser) -> None:
    start(wang, 2)
    page = wang.get("/inbox?order=SO-9&due=overdue&priority=urgent").text
    assert "没有找到" in page
    assert "单独去掉任何一个条件也没有任务" in page
    page = wang.get("/inbox?order=SO-9").text
    drop = re.search(r'<a href="([^"]+)" data-test="drop">订单号 “SO-9”</a> 有 2 个任务', page)
    assert drop is not None
    assert len(shown(wang.get(drop[1]).text)) == 2


def test_what_no_filter_is_and_what_is_gone_is_said_and_ignored(wang: Browser) -> None:
    start(wang, 1)
    answer = wang.get("/inbox?process=p99_gone&due=soon&colour=red&money=a%3Cb%3E")
    assert answer.status_code == 200
    assert len(shown(answer.text)) == 1
    assert "流程 “p99_gone”" in answer.text
    assert "a&lt;b&gt;" in answer.text
    assert "<b>a" not in answer.text


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", "<script>alert(1)</script>", "退货", "字" * 64])
def test_any_words_are_only_words(wang: Browser, text: str) -> None:
    start(wang, 1)
    answer = wang.get("/inbox", query_string={"scope": "all", "text": text})
    assert answer.status_code == 200
    assert shown(answer.text) == []
    assert "<script>alert" not in answer.text


def test_due_times_filter_and_the_clock_shows_them(wang: Browser, clock: VirtualClock) -> None:
    start(wang, 1)
    assert "sign-in-time" in wang.get("/inbox").text
    assert shown(wang.get("/inbox?due=risk").text) == shown(wang.get("/inbox?due=overdue").text) == []
    clock.advance(timedelta(days=2, hours=3, minutes=20))  # four working hours from Sunday 13:00 on: 80 % at 16:12
    page = wang.get("/inbox?due=risk").text
    assert len(shown(page)) in (0, 1)
    clock.advance(timedelta(days=2))
    page = wang.get("/inbox?due=overdue").text
    assert len(shown(page)) == 1
    assert "sign-late" in page
    assert "超时" in page


def test_pages_go_forth_and_back_in_every_order(wang: Browser, app: Flask) -> None:
    tasks = start(wang, 5)
    for number, task in enumerate(tasks):
        with parts_of(app).db.begin() as tx:
            tx.connection.exec_driver_sql(
                "UPDATE user_task SET amount = ?, created_at = created_at + ?, priority = ? WHERE id = ?",
                (number * 100, number, 90 - number, task),
            )
    ascending, descending = tasks, tasks[::-1]
    for sort, order in [
        ("due", ascending),
        ("priority", ascending),
        ("money", descending),
        ("newest", descending),
        ("oldest", ascending),
        ("queue", ascending),
    ]:
        queries = parts_of(app).queries
        person = accounts.get(parts_of(app).db, "wang").actor
        asked, _ = read({"sort": sort})
        first = queries.inbox(person, asked, limit=2)
        second = queries.inbox(person, asked, limit=2, after=first.next_after)
        third = queries.inbox(person, asked, limit=2, after=second.next_after)
        found = [row.id for page in (first, second, third) for row in page.rows]
        assert found == order, sort
        assert (first.previous_before, third.next_after) == (None, None)
        back = queries.inbox(person, asked, limit=2, before=third.previous_before)
        assert back.rows == second.rows
        assert (back.previous_before, back.next_after) == (second.previous_before, second.next_after)
        start_again = queries.inbox(person, asked, limit=2, before=second.previous_before)
        assert start_again.rows == first.rows


def test_a_page_size_is_one_of_three_and_stands_in_the_links(wang: Browser) -> None:
    start(wang, 26)
    page = wang.get("/inbox?size=25").text
    assert len(shown(page)) == 25
    following = re.search(r'<a href="([^"]+)" data-page="next"', page)
    assert following is not None
    assert "size=25" in following[1]
    last = wang.get(following[1].replace("&amp;", "&")).text
    assert len(shown(last)) == 1
    assert 'data-page="previous"' in last
    assert len(shown(wang.get("/inbox?size=7").text)) == 26


@pytest.mark.parametrize("seed", range(times(4, 2)))
def test_a_row_that_is_remembered_is_what_would_be_drawn_now(
    wang: Browser, browse: Browse, clock: VirtualClock, seed: int
) -> None:
    chance = random.Random(seed)
    tasks = start(wang, 3)
    wang.post("/inbox/deeds", {"what": "follow_up", "later": "1h", "task": str(tasks[0])})
    wang.post(f"/tasks/{tasks[1]}/claim")
    steps = (timedelta(seconds=1), timedelta(seconds=59), timedelta(minutes=31), timedelta(hours=7), timedelta(days=1))
    for _ in range(times(12, 7)):
        clock.advance(chance.choice(steps))
        for person in map(browse, ("wang", "chen", "chen")):
            address = chance.choice(("/inbox?scope=all", f"/inbox?scope=all&task={tasks[2]}"))
            person.client.set_cookie("lang", chance.choice(("zh", "en")))
            remembered = listed(person.get(address).text)
            _drawn.cache_clear()
            assert remembered == listed(person.get(address).text)


# --- counts and kept filters ---------------------------------------------------------------------


def test_a_kept_filter_stands_beside_the_list_with_its_count(wang: Browser, browse: Browse) -> None:
    start(wang, 2)
    assert wang.post("/inbox/filters?scope=all&order=SO-10", {"name": "我的 <b>千单</b>"}).status_code == 303
    page = wang.get("/inbox").text
    assert "我的 &lt;b&gt;千单&lt;/b&gt;" in page
    beside = page.partition('data-test="saved-')[2].partition("</a>")[0]
    assert '<span class="count">2</span>' in beside
    assert "我的" not in browse("sun").get("/inbox").text.partition("保存的筛选")[2].partition("按流程")[0]


def test_a_supervisors_shared_filter_is_seen_by_the_group_and_can_be_put_away(browse: Browse) -> None:
    chen, wang = browse("chen"), browse("wang")
    assert chen.post("/inbox/filters?due=overdue", {"name": "超时的", "group": "aftersales"}).status_code == 303
    found = re.search(r'data-test="saved-(\d+)"', wang.get("/inbox").text)
    assert found is not None
    assert wang.post(f"/inbox/filters/{found[1]}", {"what": "delete"}).status_code == 404
    assert wang.post(f"/inbox/filters/{found[1]}", {"what": "unpin"}).status_code == 303
    assert "超时的" not in wang.get("/inbox").text
    assert "超时的" in wang.get("/inbox/filters").text
    assert wang.post("/inbox/filters?due=overdue", {"name": "x", "group": "aftersales"}).status_code == 404
    assert browse("cang").post(f"/inbox/filters/{found[1]}", {"what": "unpin"}).status_code == 404


def test_a_name_that_is_none_comes_back_with_what_was_typed(wang: Browser) -> None:
    wang.post("/inbox/filters?due=today", {"name": "今天"})
    again = wang.post("/inbox/filters?due=today", {"name": "今天"})
    assert again.status_code == 422
    assert "已有名为“今天”的筛选" in again.text
    assert 'value="今天"' in again.text


def test_a_kept_filter_whose_process_is_gone_says_so(wang: Browser, app: Flask) -> None:
    wang.post("/inbox/filters?process=p10_courier_query&due=today", {"name": "快递"})
    with parts_of(app).db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE saved_filter SET query = 'process=p99_gone&due=today'")
    assert "p99_gone" in wang.get("/inbox/filters").text
    assert "部分条件已失效" in wang.get("/inbox").text


# --- many at once --------------------------------------------------------------------------------


def test_many_are_claimed_with_a_result_each_and_it_is_undone_by_a_button(
    wang: Browser, browse: Browse, app: Flask
) -> None:
    first, second, third = start(wang)
    browse("sun").post(f"/tasks/{second}/claim")
    page = wang.post("/inbox/deeds?scope=all", {"what": "claim", "task": [str(first), str(second), str(third)]}).text
    assert held(app) == {first: "wang", second: "sun", third: "wang"}
    assert "成功 2 个" in page
    assert "失败 1 个" in page
    assert "该任务已由他人认领" in page
    undo = re.search(r'action="(/inbox/undo/\d+)"', page)
    assert undo is not None
    assert browse("sun").post(undo[1]).status_code == 404
    assert "已撤销" in wang.post(undo[1]).text
    assert held(app) == {first: None, second: "sun", third: None}
    assert wang.post(undo[1]).status_code == 409


def test_half_a_minute_later_nothing_is_undone(wang: Browser, app: Flask, clock: VirtualClock) -> None:
    (task,) = start(wang, 1)
    page = wang.post("/inbox/deeds", {"what": "claim", "task": str(task)}).text
    undo = re.search(r'action="(/inbox/undo/\d+)"', page)
    clock.advance(timedelta(seconds=31))
    assert undo is not None
    answer = wang.post(undo[1])
    assert (answer.status_code, "已超过 30 秒" in answer.text) == (409, True)
    assert held(app) == {task: "wang"}


def test_a_supervisor_assigns_and_an_agent_does_not(wang: Browser, browse: Browse, app: Flask) -> None:
    first, second = start(wang, 2)
    form = {"what": "assign", "task": [str(first), str(second)], "assignee": "sun", "reason": "王立新请假"}
    assert "您没有转派任务的权限" in wang.post("/inbox/deeds", form).text
    assert set(held(app).values()) == {None}
    chen = browse("chen")
    assert "已转派。" in chen.post("/inbox/deeds?scope=all", form).text
    assert set(held(app).values()) == {"sun"}
    refused = chen.post("/inbox/deeds?scope=all", form | {"assignee": "cang"}).text
    assert "仓库小赵不在该任务的岗位" in refused
    assert chen.post("/inbox/deeds", form | {"assignee": ""}).status_code == 422
    assert 'data-test="bulk-assign"' in chen.get("/inbox?scope=all").text
    assert 'data-test="bulk-assign"' not in wang.get("/inbox").text


def test_follow_ups_and_comments_stand_in_the_row(wang: Browser, clock: VirtualClock) -> None:
    first, second = start(wang, 2)
    wang.post("/inbox/deeds", {"what": "follow_up", "later": "tomorrow", "task": str(first)})
    wang.post("/inbox/deeds", {"what": "comment", "said": "买家在催 <b>", "task": [str(first), str(second)]})
    page = wang.get("/inbox").text
    assert re.search(r"跟进 <time [^>]*>明天 09:00</time>", page)
    assert "评论 1" in page
    assert shown(wang.get("/inbox?follow_up=set").text) == [first]
    assert shown(wang.get("/inbox?follow_up=due").text) == []
    clock.advance(timedelta(days=1))
    assert shown(wang.get("/inbox?follow_up=due").text) == [first]
    wang.post("/inbox/deeds", {"what": "follow_up", "later": "none", "task": str(first)})
    assert shown(wang.get("/inbox?follow_up=set").text) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"what": "claim"}, 422),
        ({"what": "comment", "said": " ", "task": "1"}, 422),
        ({"what": "follow_up", "at": "morgen", "task": "1"}, 422),
        ({"what": "follow_up", "task": "1"}, 422),
        ({"what": "follow_up", "at": "0001-01-01T00:00", "task": "1"}, 200),
        ({"what": "explode", "task": "1"}, 404),
        ({"task": "1"}, 404),
        ({"what": "claim", "task": "x"}, 404),
        ({"what": "claim", "task": "9" * 40}, 404),
        ({"what": "claim", "task": [str(n) for n in range(1, 202)]}, 422),
    ],
)
def test_a_deed_that_makes_no_sense_changes_nothing(
    wang: Browser, app: Flask, form: dict[str, object], status: int
) -> None:
    start(wang, 1)
    assert wang.post("/inbox/deeds", form).status_code == status
    assert set(held(app).values()) == {None}


def test_a_script_gets_the_results_alone_and_hears_that_the_list_changed(wang: Browser) -> None:
    (task,) = start(wang, 1)
    answer = wang.post("/inbox/deeds", {"what": "claim", "task": str(task)}, headers=SCRIPT)
    assert "<html" not in answer.text
    assert answer.headers["HX-Trigger"] == "inbox-changed"
    nothing = wang.post("/inbox/deeds", {"what": "claim", "task": "999"}, headers=SCRIPT)
    assert "HX-Trigger" not in nothing.headers


def test_the_sheet_of_keys_lists_those_of_the_page(wang: Browser) -> None:
    page = wang.get("/inbox").text
    assert page.count('id="key-help"') == 1
    assert "设置跟进时间" in page.partition('id="key-help"')[2]
    elsewhere = wang.get("/cases").text.partition('id="key-help"')[2]
    assert "设置跟进时间" not in elsewhere
    assert "<kbd>g</kbd> <kbd>i</kbd>" in elsewhere
