"""The roster, its shifts, absences and teams on their pages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask

from engine import accounts, roster
from engine.clock import VirtualClock
from engine.model import SYSTEM
from tests.conftest import FRIDAY_9AM
from tests.web.browser import Browser
from tests.web.test_transfer_pages import plan
from web import parts_of

Browse = Callable[[str], Browser]
FRIDAY = date(2026, 1, 2)
MONDAY = date(2026, 1, 5)


def days(app: Flask, first: date = date(2025, 12, 1), last: date = date(2026, 2, 28)) -> roster.Days:
    with parts_of(app).db.read() as connection:
        people = [one.id for one in roster.list_people(connection)]
        return roster.read_days(connection, people, first, last)


def row(page: str, name: str) -> str:
    return next(line for line in page.split('data-test="roster-line"') if f">{name}" in line[:200])


def test_everybody_reads_the_roster_and_who_is_on_duty(app: Flask, browse: Browse) -> None:
    plan(app, ("wang", FRIDAY, "day"), ("sun", FRIDAY, "off"))
    page = browse("lin").get("/roster").text
    assert "2025-12-29 至 2026-01-04" in page
    assert "现在在班" in page
    assert "王立新" in page.partition('data-test="on-duty"')[2][:200]
    assert "09:00–17:30" in row(page, "王立新")
    assert "现在没有人在班" not in page
    assert 'data-test="edit"' not in page
    assert "cell-input" not in browse("lin").get("/roster?edit=1").text
    assert "1/1" in page
    assert "节假日" in page


def test_who_plans_fills_cells_by_name_first_letter_or_code(app: Flask, browse: Browse) -> None:
    chen = browse("chen")
    page = chen.get("/roster?edit=1").text
    assert f'name="cell.{FRIDAY}.wang"' in page
    assert f'name="cell.{FRIDAY - timedelta(days=1)}.wang"' not in page  # over
    cells = {f"cell.{FRIDAY}.wang": "白班", f"cell.{FRIDAY}.sun": "晚", f"cell.{FRIDAY}.lin": "off"}
    answer = chen.post("/roster", {"view": "week", "day": "2026-01-02", **cells})
    assert (answer.status_code, answer.location) == (303, "/roster?view=week&day=2025-12-29")
    assert days(app) == {("wang", FRIDAY): "day", ("sun", FRIDAY): "night", ("lin", FRIDAY): "off"}
    assert "已保存,改了 3 格。" in chen.get("/roster").text
    chen.post("/roster", {f"cell.{FRIDAY}.wang": ""})
    assert ("wang", FRIDAY) not in days(app)


def test_a_cell_that_names_no_shift_is_marked_and_nothing_is_lost(app: Flask, browse: Browse) -> None:
    chen = browse("chen")
    cells = {f"cell.{FRIDAY}.wang": "<早>", f"cell.{FRIDAY}.sun": "晚班"}
    answer = chen.post("/roster", {"view": "week", "day": "2026-01-02", **cells})
    assert answer.status_code == 422
    assert "没有班次「&lt;早&gt;」" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'name="cell\.2026-01-02\.sun" value="晚班"', answer.text)
    assert days(app) == {}
    past = chen.post("/roster", {"cell.2026-01-01.wang": "白"})
    assert (past.status_code, "已经过去" in past.text) == (422, True)
    for name in ("cell.2026-99-99.wang", "cell.x.wang", "cell.2026-01-02."):
        assert chen.post("/roster", {name: "白"}).status_code == 303
    assert chen.post("/roster", {f"cell.{FRIDAY}.cang": "day"}).status_code == 422


def test_another_teams_lines_are_read_only(app: Flask, browse: Browse) -> None:
    with parts_of(app).db.begin() as tx:
        roster.save_team(tx, None, "一组", ["lin", "chen"], SYSTEM, at=FRIDAY_9AM)
        roster.save_team(tx, None, "二组", ["wang"], SYSTEM, at=FRIDAY_9AM)
    chen = browse("chen")
    page = chen.get("/roster?edit=1").text
    assert f'name="cell.{FRIDAY}.lin"' in page
    assert f'name="cell.{FRIDAY}.sun"' in page
    assert f'name="cell.{FRIDAY}.wang"' not in page
    assert "二组" in page
    assert chen.post("/roster", {f"cell.{FRIDAY}.wang": "day"}).status_code in (404, 422)
    assert browse("zhao").post("/roster", {f"cell.{FRIDAY}.wang": "day"}).status_code == 303
    assert days(app) == {("wang", FRIDAY): "day"}


def test_a_week_is_taken_over_where_it_lies_ahead(app: Flask, browse: Browse, clock: VirtualClock) -> None:
    monday = date(2025, 12, 29)
    plan(app, *(("wang", monday + timedelta(days=n), "night") for n in range(7)))
    chen = browse("chen")
    chen.post("/roster/copy", {"view": "week", "day": "2026-01-05"})
    assert sum(day >= MONDAY for _, day in days(app)) == 7
    clock.advance(timedelta(days=5))
    chen.post("/roster", {"cell.2026-01-08.wang": "白"})
    chen.post("/roster/copy", {"view": "week", "day": "2026-01-05"})
    assert days(app)["wang", date(2026, 1, 8)] == "night"


def test_the_month_shows_what_the_rules_find(app: Flask, browse: Browse) -> None:
    plan(app, ("wang", FRIDAY, "night"), ("wang", FRIDAY + timedelta(days=1), "day"))
    full = [("sun", date(2026, 1, 1) + timedelta(days=n), "day") for n in range(31)]
    plan(app, *full)
    page = browse("chen").get("/roster?view=month&day=2026-01-15").text
    assert "2026 年 1 月" in page
    found = page.partition('data-test="findings"')[2].partition("</ul>")[0]
    assert "值晚班客服第二天不适合上全白班" in found
    assert "1/3" in found
    assert "现在 0 天" in found
    assert "至少有一整天休息" in found
    assert 'data-test="findings"' not in browse("wang").get("/roster?view=month").text


def test_odd_addresses_show_today(browse: Browse) -> None:
    for query in ("day=x", "day=0001-01-01", "day=9999-12-31", "view=year", "day=2026-02-30&view=month"):
        assert browse("wang").get(f"/roster?{query}").status_code == 200, query


def test_a_file_goes_out_and_comes_in(app: Flask, browse: Browse) -> None:
    plan(app, ("wang", FRIDAY, "day"))
    chen = browse("chen")
    answer = chen.get("/roster/file?view=week&day=2026-01-02")
    text = answer.data.decode("utf-8-sig")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "wang,王立新,,,,,白班,,\r\n" in text
    changed = "账号,姓名,2026-01-05\r\nwang,王立新,晚班\r\n".encode()

    def send(content: bytes) -> tuple[int, str]:
        form = {"file": (io.BytesIO(content), "roster.csv"), "view": "week"}
        sent = chen.client.post("/roster/file", data=form, content_type="multipart/form-data")
        return sent.status_code, sent.text

    assert send(changed)[0] == 303
    assert days(app)["wang", MONDAY] == "night"
    status, page = send("账号,姓名,2026-01-05\r\nwang,王立新,早班\r\n".encode())
    assert (status, "没有班次「早班」" in page) == (422, True)
    assert send(b"\xff\xfe\x00")[0] == 422
    assert send(b"")[0] == 422


# --- absences and shifts -------------------------------------------------------------------------


def test_an_absence_is_entered_seen_and_called_off(app: Flask, browse: Browse) -> None:
    chen = browse("chen")
    form = {"user": "wang", "kind": "sick", "from": "2026-01-02T09:00", "to": "2026-01-03T09:00", "reason": "发烧"}
    for wrong, said in [
        ({"from": ""}, "请填写开始时间。"),
        ({"to": "2026-01-02T08:00"}, "结束时间须在开始时间之后。"),
        ({"kind": "holiday"}, "请选择缺勤类型。"),
        ({"user": "nobody"}, "请选择一位在职的同事。"),
        ({"stand_in": "wang"}, "代班人不能是本人。"),
        ({"from": "9999-01-01T00:00"}, "年份不对"),
    ]:
        answer = chen.post("/roster/absences", form | wrong)
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert "发烧" in answer.text
    assert chen.post("/roster/absences", form | {"stand_in": "sun"}).status_code == 303
    assert "缺勤" in browse("lin").get("/roster").text
    assert "发烧" not in browse("lin").get("/roster/absences").text
    assert "发烧" in browse("wang").get("/roster/absences").text
    page = chen.get("/roster/absences").text
    (path,) = re.findall(r'action="(/roster/absences/\d+/cancellation)"', page)
    assert browse("wang").post(path).status_code == 404
    assert chen.post(path).status_code == 303
    assert chen.post(path).status_code == 409
    assert "没有缺勤" in chen.get("/roster/absences").text


def test_shifts_are_changed_by_who_plans(app: Flask, browse: Browse) -> None:
    chen = browse("chen")
    assert chen.get("/roster/shifts").text.count('name="name"') == 5  # three, and two empty lines
    form = {
        "code": ["day", "", ""],
        "name": ["早班", "夜班", ""],
        "starts": ["08:00", "22:00", ""],
        "ends": ["16:00", "06:00", ""],
        "paid": ["8", "7.5", ""],
    }
    assert chen.post("/roster/shifts", form).status_code == 303
    with parts_of(app).db.read() as connection:
        shown = [(one.name, one.hours, one.paid_minutes) for one in roster.list_shifts(connection)]
    assert shown == [("早班", "08:00–16:00", 480), ("夜班", "22:00–次日06:00", 450), ("休", "", 0)]
    wrong = chen.post("/roster/shifts", form | {"paid": ["x", "7.5", ""]})
    assert (wrong.status_code, "计薪时长须是小时数" in wrong.text) == (422, True)
    assert 'value="夜班"' in wrong.text
    assert chen.post("/roster/shifts", form | {"starts": ["26:00", "22:00", ""]}).status_code == 422
    assert chen.post("/roster/shifts", form | {"paid": ["inf", "7.5", ""]}).status_code == 422


# --- teams ---------------------------------------------------------------------------------------


def test_an_administrator_keeps_teams(app: Flask, browse: Browse) -> None:
    admin = browse("admin")
    assert "小组" in admin.get("/admin").text
    assert admin.post("/admin/teams", {"name": "一组", "people": ["wang", "chen"]}).status_code == 303
    taken = admin.post("/admin/teams", {"name": "二组", "people": ["wang"]})
    assert (taken.status_code, "王立新已在「一组」" in taken.text) == (422, True)
    assert admin.post("/admin/teams", {"name": "二组", "people": ["sun"]}).status_code == 303
    page = admin.get("/admin/teams").text
    assert "没有主管,只有经理看得到本组的工单" in page
    path = re.findall(r'href="(/admin/teams/\d+)"', page)[0]
    assert admin.post(path, {"name": "甲组", "people": ["wang", "lin", "chen"], "shop": "旗舰店"}).status_code == 303
    assert accounts.get(parts_of(app).db, "chen").actor.team == {"wang", "lin", "chen"}
    assert admin.post(f"{path}/deletion").status_code == 303
    assert accounts.get(parts_of(app).db, "chen").actor.team is None
    assert admin.post(f"{path}/deletion").status_code == 404
