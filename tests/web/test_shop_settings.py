"""店铺设置: administrators say where goods go back to, nobody overwrites another, and previews say what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts, shop
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
TYPED = {"warehouse_address": "杭州市余杭区1号", "warehouse_contact": "老周 0571-1", "note": "开仓", "based_on": "0"}


def held(app: Flask, name: str | None = None) -> dict[str, str]:
    with parts_of(app).db.read() as connection:
        return shop.read_settings(connection, name)


def test_an_administrator_sets_them_for_all_and_for_one_shop(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    page = adm.get("/settings").text
    assert page.count("未设置,话术显示“暂无”") == 2
    assert '<option value="旗舰店">' in page
    answer = adm.post("/settings", TYPED)
    assert (answer.status_code, answer.location) == (303, "/settings")
    page = adm.get("/settings").text
    assert "已保存店铺设置第 1 版" in page
    assert "未设置" not in page
    assert "开仓" in page
    answer = adm.post("/settings", {"shop": "旗舰店", "warehouse_address": "上海18号", "based_on": "0"})
    assert answer.status_code == 303
    page = adm.get(answer.location).text
    assert 'placeholder="老周 0571-1"' in page
    assert held(app, "旗舰店") == {"warehouse_address": "上海18号", "warehouse_contact": "老周 0571-1"}
    assert held(app) == {name: TYPED[name] for name in shop.SETTINGS}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"warehouse_address": "长" * 201}, "不超过200字"),
        ({"warehouse_contact": "a\nb"}, "一行文字"),
        ({"based_on": "7"}, "已被他人修改"),
        ({"note": "长" * 201}, "不超过200字"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(
    app: Flask, browse: Browse, wrong: dict[str, str], said: str
) -> None:
    answer = browse("admin").post("/settings", {**TYPED, **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert "杭州市余杭区1号" in answer.text or "warehouse_address" in wrong
    assert held(app) == {}


def test_saving_what_holds_or_twice_makes_one_version(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    adm.post("/settings", TYPED)
    assert adm.post("/settings", {**TYPED, "based_on": "1"}).status_code == 303
    assert "内容没有变化" in adm.get("/settings").text
    assert adm.post("/settings", TYPED).status_code == 422, "the page is older than what holds"
    with parts_of(app).db.read() as connection:
        assert len(shop.list_settings(connection)) == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{order_id}", "{{ 7 * 7 }}"])
def test_what_was_typed_is_text_wherever_it_stands(browse: Browse, text: str) -> None:
    adm = browse("admin")
    adm.post("/settings", {**TYPED, "warehouse_address": text})
    adm.post("/settings", {**TYPED, "shop": text})
    for path in ("/settings", f"/settings?shop={text}"):
        page = adm.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.partition("in-force")[2].partition("</section>")[0]


def test_a_preview_says_what_is_missing_and_who_may_leads_there(app: Flask, browse: Browse) -> None:
    page = browse("wang").get("/scripts/T12A").text
    assert "店铺设置里还没有仓库地址、仓库联系人" in page
    assert "去设置" not in page
    browse("admin").post("/settings", {**TYPED, "warehouse_contact": ""})
    page = browse("wang").get("/scripts/T12A").text
    assert "店铺设置里还没有仓库联系人" in page
    assert "杭州市余杭区1号(〔仓库联系人〕)" in page.partition("preview-text")[2]
    browse("admin").post("/settings", {"shop": "旗舰店", "warehouse_contact": "门店", "based_on": "0"})
    case = browse("wang").start_inquiry()
    page = browse("wang").get(f"/scripts/T12A?of={case}").text
    assert "杭州市余杭区1号(门店)" in page
    assert 'data-test="unset"' not in page
    assert 'data-test="unset"' not in browse("wang").get("/scripts/T10A").text
    assert held(app) == {"warehouse_address": "杭州市余杭区1号"}


def test_the_door_is_there_for_administrators_alone(browse: Browse) -> None:
    assert "店铺设置" in browse("admin").get("/admin").text
    assert "店铺设置" not in browse("chen").get("/inbox").text


def test_who_leads_is_chosen_among_supervisors_and_managers(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    page = adm.get("/settings").text
    chosen = page.partition('id="set-supervisor_1"')[2].partition("</select>")[0]
    assert '<option value="chen">陈静</option>' in chosen
    assert '<option value="zhao">赵刚</option>' in chosen
    assert "wang" not in chosen
    assert adm.post("/settings", {"supervisor_1": "chen", "based_on": "0"}).status_code == 303
    assert held(app) == {"supervisor_1": "chen"}
    page = adm.get("/settings").text
    assert '<option value="chen" selected>陈静</option>' in page
    assert "主管:陈静" in page
    assert "用默认的:陈静" in adm.get("/settings?shop=旗舰店").text


@pytest.mark.parametrize("who", ["wang", "nobody", "cang"])
def test_who_can_lead_nobody_is_refused(app: Flask, browse: Browse, who: str) -> None:
    answer = browse("admin").post("/settings", {"supervisor_2": who, "based_on": "0"})
    assert answer.status_code == 422
    assert "代理主管须是在用的客服主管或部门经理账号" in answer.text
    assert held(app) == {}


def test_who_led_before_and_left_stays_until_somebody_else_is_chosen(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    adm.post("/settings", {"supervisor_1": "chen", "based_on": "0"})
    with parts_of(app).db.begin() as tx:
        accounts.set_active(tx, "chen", active=False)
    assert "陈静(已不能带班)" in adm.get("/settings").text
    changed = {"supervisor_1": "chen", "warehouse_contact": "老周", "based_on": "1"}
    assert adm.post("/settings", changed).status_code == 303
    assert adm.post("/settings", {"supervisor_1": "", "based_on": "2"}).status_code == 303
    assert adm.post("/settings", {"supervisor_1": "chen", "based_on": "3"}).status_code == 422


def test_switches_are_on_or_off(app: Flask, browse: Browse) -> None:
    adm = browse("admin")
    adm.post("/settings", {"pack_tiles": "是", "one_cent_refund": "是", "based_on": "0"})
    assert held(app) == {"pack_tiles": "是", "one_cent_refund": "是"}
    assert adm.get("/settings").text.count(" checked") == 2
    assert adm.post("/settings", {"pack_tiles": "开", "based_on": "1"}).status_code == 422
    assert adm.post("/settings", {"based_on": "1"}).status_code == 303
    assert held(app) == {}
