"""The bell, the list, what has been read, and how people want to be told beside the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine.notifications import Notice, Occasion, say, tell
from tests.conftest import FRIDAY_9AM
from tests.web.browser import PASSWORD, Browser
from web import parts_of

Browse = Callable[[str], Browser]


def told(app: Flask, person: str, text: str, **more: object) -> int:
    with parts_of(app).db.begin() as tx:
        notice = Notice(occasion=Occasion.MENTIONED, text=text, **more)  # type: ignore[arg-type]
        tell(tx, [person], notice, at=FRIDAY_9AM)
        return int(tx.connection.exec_driver_sql("SELECT max(id) FROM notification").scalar_one())


def unread(browser: Browser) -> str | None:
    found = re.search(r'data-test="bell-count">([^<]+)<', browser.get("/notifications").text)
    return found.group(1) if found else None


def test_the_bell_counts_up_to_ninety_nine(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    assert unread(wang) is None
    told(app, "wang", "第一条")
    assert unread(wang) == "1"
    for number in range(100):
        told(app, "wang", f"第 {number} 条")
    assert unread(wang) == "99+"
    assert unread(browse("sun")) is None


def test_the_poll_costs_nothing_while_nothing_is_new(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    first = wang.get("/notifications/bell")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert wang.get("/notifications/bell", headers=tag).status_code == 304
    told(app, "wang", "新的一条")
    answer = wang.get("/notifications/bell", headers=tag)
    assert answer.status_code == 200
    assert 'data-text="新的一条"' in answer.text
    assert "data-browser" not in answer.text


def test_opening_one_reads_it_and_leads_on(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    numbers = [
        told(app, "wang", "任务", case_id=case, task=task),
        told(app, "wang", "工单", case_id=case),
        told(app, "wang", "页面", case_id=case, page="/exports"),
        told(app, "wang", "外面", page="https://elsewhere.example/"),
        told(app, "wang", "没有去处"),
    ]
    expected = [f"/tasks/{task}", f"/cases/{case}", "/exports", "/", "/notifications"]
    assert [wang.get(f"/notifications/{number}").location for number in numbers] == expected
    assert unread(wang) is None


def test_nobody_opens_or_reads_anothers(app: Flask, browse: Browse) -> None:
    number = told(app, "wang", "给王立新的")
    sun = browse("sun")
    assert sun.get(f"/notifications/{number}").status_code == 404
    assert "给王立新的" not in sun.get("/notifications").text
    sun.post("/notifications/read", {"id": str(number)})
    sun.post("/notifications/read", {"what": "all"})
    assert unread(browse("wang")) == "1"


def test_one_or_all_are_read(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    first, second = told(app, "wang", "甲"), told(app, "wang", "乙")
    told(app, "wang", "丙")
    assert wang.post("/notifications/read", {"id": [str(first), "x"]}).status_code == 404
    assert unread(wang) == "3"
    answer = wang.post("/notifications/read", {"id": [str(first), str(second), "-1"], "next": "/inbox"})
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert unread(wang) == "1"
    assert "甲" not in wang.get("/notifications?unread=1").text
    assert "甲" in wang.get("/notifications").text
    wang.post("/notifications/read", {"what": "all", "next": "https://elsewhere.example/"})
    assert unread(wang) is None


def test_the_list_is_paged(app: Flask, browse: Browse) -> None:
    for number in range(60):
        told(app, "wang", f"通知{number:02}号")
    wang = browse("wang")
    page = wang.get("/notifications").text
    assert "通知59号" in page
    assert "通知09号" not in page
    (after,) = re.findall(r"after=(\d+)", page)
    older = wang.get(f"/notifications?after={after}").text
    assert "通知09号" in older
    assert "通知10号" not in older
    for wrong in ("x", "-1", "9" * 30):
        assert wang.get(f"/notifications?after={wrong}").status_code == 200


def test_choices_are_kept(browse: Browse) -> None:
    wang = browse("wang")
    chosen = {"address": "wang@shop.example", "mail": ["mentioned", "nonsense"], "browser": ["assigned"]}
    assert wang.post("/notifications/settings", chosen).status_code == 303
    page = wang.get("/notifications/settings").text
    assert 'value="wang@shop.example"' in page
    assert re.findall(r'name="(\w+)" value="(\w+)" checked', page) == [("browser", "assigned"), ("mail", "mentioned")]
    assert "没有设置" in page
    assert "wang@shop.example" not in browse("sun").get("/notifications/settings").text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "wang",
        "wang@",
        "@shop.example",
        "wang@shop",
        "王@shop.example",
        "a@b.example,c@d.example",
        "a@b.c\r\nBcc: x@y.z",
    ],
)
def test_an_address_that_is_none_is_refused(browse: Browse, address: str) -> None:
    answer = browse("wang").post("/notifications/settings", {"address": address, "mail": ["mentioned"]})
    assert answer.status_code == 422
    assert "邮箱" in re.findall(r'data-test="problem">([^<]+)<', answer.text)[0]


def test_the_browser_pops_up_what_was_chosen_only(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    wang.post("/notifications/settings", {"browser": ["mentioned"]})
    told(app, "wang", "弹出")
    assert "data-browser" in wang.get("/notifications/bell").text
    wang.post("/notifications/settings", {"browser": ["assigned"]})
    assert "data-browser" not in wang.get("/notifications/bell").text


def test_who_approves_exports_is_told_and_who_asked(app: Flask, browse: Browse) -> None:
    asked = {"format": "csv", "reason": "对账"}
    assert browse("chen").post("/registers/refund_register/request", asked).status_code == 303
    assert "陈静申请导出登记表" in browse("zhao").get("/notifications").text
    (number,) = re.findall(r'/exports/(\w+)/answer"', browse("zhao").get("/exports").text)
    browse("zhao").post(f"/exports/{number}/answer", {"what": "approve"})
    assert "您的导出申请已同意" in browse("chen").get("/notifications").text


def test_the_bell_and_the_list_are_in_the_readers_language(app: Flask, browse: Browse) -> None:
    said = say("mentioned", who="李娜", case="12")
    with parts_of(app).db.begin() as tx:
        tell(tx, ["wang"], Notice(occasion=Occasion.MENTIONED, text=said), at=FRIDAY_9AM)
    wang = browse("wang")
    for path in ("/notifications", "/notifications/bell"):
        chinese = wang.get(path).text
        assert said.zh in chinese
        assert said.en not in chinese
    wang.client.set_cookie("lang", "en")
    for path in ("/notifications", "/notifications/bell"):
        english = wang.get(path).text
        assert said.en in english
        assert said.zh not in english


def test_what_was_told_before_there_was_english_stays_readable(app: Flask, browse: Browse) -> None:
    told(app, "wang", "从前的一条")
    wang = browse("wang")
    wang.client.set_cookie("lang", "en")
    assert "从前的一条" in wang.get("/notifications").text
    assert 'data-text="从前的一条"' in wang.get("/notifications/bell").text


def test_numbers_in_the_english_are_masked_too(app: Flask, browse: Browse) -> None:
    with parts_of(app).db.begin() as tx:
        said = say("reassigned", who="李娜", case="12", why="请回电 13912345678")
        tell(tx, ["wang"], Notice(occasion=Occasion.TRANSFER, text=said), at=FRIDAY_9AM)
    wang = browse("wang")
    wang.client.set_cookie("lang", "en")
    page = wang.get("/notifications").text
    assert "has reassigned case 12 to you: 请回电 139****5678" in page
    assert "13912345678" not in page


def language_of(app: Flask, person: str) -> str | None:
    with parts_of(app).db.read() as connection:
        found = connection.exec_driver_sql("SELECT language FROM user WHERE id = ?", (person,)).scalar_one()
    return None if found is None else str(found)


def test_the_language_is_kept_with_the_account_for_mails(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    assert language_of(app, "wang") is None
    wang.post("/preferences", {"lang": "en"})
    assert language_of(app, "wang") == "en"
    wang.post("/preferences", {"theme": "dark", "lang": "klingon"})
    assert language_of(app, "wang") == "en"
    app.test_client().post("/preferences", data={"lang": "zh"})  # nobody is logged in
    assert language_of(app, "wang") == "en"
    wang.post("/preferences", {"lang": "zh"})
    assert language_of(app, "wang") == "zh"


def test_what_was_chosen_before_the_log_in_is_kept_at_the_log_in(app: Flask) -> None:
    client = app.test_client()
    client.post("/login", data={"user_id": "sun", "password": PASSWORD})
    assert language_of(app, "sun") is None
    client.post("/logout", data={"anyway": "1"})
    client.set_cookie("lang", "en")
    client.post("/login", data={"user_id": "sun", "password": "wrong"})
    assert language_of(app, "sun") is None
    client.post("/login", data={"user_id": "sun", "password": PASSWORD})
    assert language_of(app, "sun") == "en"
