"""The working calendar's page: everybody at work may look, administrators make versions, nobody overwrites another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.engine.sla.support import shop
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
HOURS = {f"hours_{day}": "09:00-12:00, 13:00-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}


def versions(app: Flask) -> list[tuple[int, str]]:
    with parts_of(app).db.read() as connection:
        found = connection.exec_driver_sql("SELECT version, made_by FROM calendar_version ORDER BY key").all()
    return [(row[0], row[1]) for row in found]


def typed(**more: str) -> dict[str, str]:
    return {"year": "2026", "based_on": "1", "shifts": "day 白班 09:00-17:30", **HOURS, **more}


def test_the_year_shows_holidays_make_up_days_and_what_is_a_guess(browse: Browse) -> None:
    page = browse("wang").get("/calendar?year=2026").text
    assert "2026-01-02 节假日" in page
    assert "2026-01-04 调休上班 9:00–23:30" in page
    assert "晚班" in page
    assert "暂定" not in page
    assert "保存为新版本" not in page
    assert "暂定" in browse("wang").get("/calendar?year=2028").text


@pytest.mark.parametrize("year", ["1", "99999", "二〇二六", "-2026", "2026; DROP"])
def test_a_year_out_of_reach_is_this_one(browse: Browse, year: str) -> None:
    assert "2026 年" in browse("wang").get(f"/calendar?year={year}").text


def test_an_administrator_makes_a_version_that_the_history_of_the_system_tells_of(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    answer = adm.post(
        "/calendar", typed(holidays="01-01~01-03, 10-01~10-07", make_ups="1-4", announced="yes", note="改为双休")
    )
    assert (answer.status_code, answer.location) == (303, "/calendar?year=2026")
    assert versions(app)[-1] == (2, "admin")
    page = adm.get("/calendar?year=2026").text
    assert "09:00-12:00, 13:00-18:00" in page
    assert "2026-10-05 节假日" in page
    with parts_of(app).db.read() as connection:
        (kind,) = connection.exec_driver_sql(
            "SELECT kind FROM history_event WHERE stream = 0 ORDER BY seq DESC"
        ).first()
    assert kind == "calendar.changed"


def test_nobody_else_changes_it(app: Flask, browse: Browse) -> None:
    for person in ("wang", "zheng", "zhou"):
        assert browse(person).post("/calendar", typed()).status_code == 404
    assert versions(app) == [(1, "system")]


def test_two_at_once_the_second_is_told(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    assert adm.post("/calendar", typed(note="一")).status_code == 303
    late = adm.post("/calendar", typed(note="二", hours_sat="10:00-12:00"))
    assert late.status_code == 422
    assert "已被他人修改" in late.text
    assert "10:00-12:00" in late.text
    assert len(versions(app)) == 2


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({f"hours_{day}": "" for day in ("mon", "tue", "wed", "thu", "fri")}, "不足1小时"),
        ({"hours_mon": "上午"}, "上午"),
        ({"hours_mon": "25:00-26:00"}, "25:00"),
        ({"hours_mon": "09:00-12:00, 11:00-13:00"}, "重叠"),
        ({"holidays": "02-30"}, "02-30"),
        ({"holidays": "10-07~10-01"}, "10-07~10-01"),
        ({"holidays": "<script>"}, "&lt;script&gt;"),
        ({"holidays": "10-01", "make_ups": "10-01"}, "同时"),
        ({"shifts": "白班 09:00-17:30"}, "班次"),
        ({"shifts": "day 白班 09:00"}, "09:00"),
        ({"valid_from": "2020-01-01T00:00"}, "不能早于现在"),
        ({"valid_from": "明天"}, "生效时间"),
        ({"note": "长" * 201}, "200"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept_on_the_page(
    app: Flask, browse: Browse, wrong: dict[str, str], word: str
) -> None:
    answer = browse("admin").post("/calendar", typed(**wrong))
    assert answer.status_code == 422
    assert word in answer.text
    assert versions(app) == [(1, "system")]


def test_a_shop_of_its_own_does_not_touch_the_others(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    answer = adm.post("/calendar", typed(shop="旗舰店", based_on="0"))
    assert answer.status_code == 303
    assert "旗舰店" in adm.get("/calendar").text
    with parts_of(app).db.read() as connection:
        shops = connection.exec_driver_sql("SELECT shop, version FROM calendar_version ORDER BY key").all()
    assert list(map(tuple, shops)) == [("", 1), ("旗舰店", 1)]


def test_a_task_says_when_it_is_due_and_why(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    page = wang.get("/inbox").text
    assert "sign-in-time" in page
    assert "售后客服 4小时,营业时间 9:00–23:30" in page
    task = wang.open_task(case)
    page = wang.get(f"/tasks/{task}").text
    assert "1月4日 13:00" in page
    assert "(售后客服 4小时,营业时间 9:00–23:30)" in page
    clock = parts_of(app).clock
    clock.advance_to(shop("2026-01-04T12:12"))
    parts_of(app).worker.drain()
    page = wang.get(f"/tasks/{task}").text
    assert "sign-soon" in page
    assert "已提醒" in page
    clock.advance_to(shop("2026-01-04T14:00"))
    parts_of(app).worker.drain()
    page = wang.get(f"/tasks/{task}").text
    assert "sign-late" in page
    assert "已升级" in page
    assert "sign-late" in wang.get("/inbox").text
