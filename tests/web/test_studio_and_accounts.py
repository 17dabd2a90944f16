"""The owner puts a changed table in force; the administrator keeps the accounts; agents start cases."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import accounts, studio
from tests.web.browser import INQUIRY, Browser
from web import parts_of

Browse = Callable[[str], Browser]
TABLE = (Path(__file__).parents[2] / "processes/decisions/logistics_status.dmn").read_bytes()


# --- studio --------------------------------------------------------------------------------------


@pytest.fixture
def alone(app: Flask) -> None:
    """A shop with one process owner, who deploys files without anybody's approval."""
    parts = parts_of(app)
    with parts.db.begin() as tx:
        zhou = accounts.get(parts.db, "zhou").actor
        studio.save_settings(tx, zhou, studio.StudioSettings(four_eyes=False), parts.clock.now())


@pytest.mark.usefixtures("alone")
def test_a_table_is_fetched_changed_checked_and_deployed(app: Flask, browse: Browse) -> None:
    zhou = browse("zhou")
    fetched = zhou.get("/studio/resources/decision/logistics_status")
    assert fetched.data == TABLE
    assert fetched.headers["Content-Disposition"] == "attachment; filename=logistics_status.dmn"
    stricter = TABLE.replace(b"48", b"36")
    checked = zhou.upload("/studio/check", {"logistics_status.dmn": stricter})
    assert checked.status_code == 200
    carried = re.search(r'name="(file:logistics_status.dmn)" value="([^"]+)"', checked.text)
    assert carried is not None
    answer = zhou.post("/studio/deploy", {carried[1]: carried[2]})
    assert (answer.status_code, answer.location) == (303, "/studio")
    page = zhou.get("/studio").text
    assert "快递查询流程 v2" in page
    assert "从桌面建模器导入" in page
    assert parts_of(app).definitions.latest("p10_courier_query").version == 2


@pytest.mark.usefixtures("alone")
def test_a_running_case_stays_on_its_version(browse: Browse) -> None:
    wang, zhou = browse("wang"), browse("zhou")
    old = wang.start_inquiry()
    zhou.post("/studio/deploy", {"file:logistics_status.dmn": b64encode(TABLE.replace(b"48", b"36")).decode()})
    new = wang.start_inquiry()
    assert "v1</span>" in wang.get(f"/cases/{old}").text
    assert "v2</span>" in wang.get(f"/cases/{new}").text


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logistics_status.dmn", b"<not xml"),
        ("p.bpmn", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        ("notes.docx", b"anything"),
        ("p10_courier_query.start.form", b"{"),
    ],
)
def test_what_the_lint_refuses_is_not_deployed_and_said_in_a_sentence(
    app: Flask, browse: Browse, name: str, content: bytes
) -> None:
    zhou = browse("zhou")
    checked = zhou.upload("/studio/check", {name: content})
    assert checked.status_code == 422
    assert 'data-test="finding"' in checked.text
    assert 'data-test="deploy"' not in checked.text
    deployed = zhou.upload("/studio/deploy", {name: content})
    assert deployed.status_code == 422
    assert parts_of(app).definitions.latest("p10_courier_query").version == 1


def test_deploying_nothing_asks_for_files(browse: Browse) -> None:
    zhou = browse("zhou")
    assert zhou.upload("/studio/check", {}).location == "/studio/deploy"
    assert "请先选择" in zhou.get("/studio/deploy").text


def test_a_damaged_carried_file_is_a_bad_request(browse: Browse) -> None:
    assert browse("zhou").post("/studio/deploy", {"file:x.dmn": "***"}).status_code == 400


@pytest.mark.usefixtures("alone")
def test_what_is_in_force_already_makes_no_new_version(browse: Browse) -> None:
    zhou = browse("zhou")
    zhou.upload("/studio/deploy", {"logistics_status.dmn": TABLE})
    assert "不产生新版本" in zhou.get("/studio").text


# --- starting ------------------------------------------------------------------------------------


def test_an_order_of_the_shop_fills_the_start_form_in(browse: Browse) -> None:
    page = browse("wang").get("/start/p10_courier_query?order_id=SO-1001").text
    assert re.search(r'name="customer_id"[^>]*value="C-8812"', page)
    assert re.search(r'name="waybill_no"[^>]*value="YT1"', page)


def test_a_wrong_start_form_comes_back(browse: Browse) -> None:
    answer = browse("wang").post("/start/p10_courier_query", INQUIRY | {"order_id": "?", "description": ""})
    assert answer.status_code == 422
    assert 'value="?"' in answer.text


def test_the_same_start_twice_is_one_case(browse: Browse) -> None:
    wang = browse("wang")
    form = INQUIRY | {"_submission_key": "a" * 32}
    first, second = (wang.post("/start/p10_courier_query", form).location for _ in range(2))
    assert first == second
    assert wang.post("/start/p10_courier_query", form | {"_submission_key": "b" * 32}).location != first


# --- accounts ------------------------------------------------------------------------------------


def test_an_account_is_added_and_can_log_in(browse: Browse, client: FlaskClient) -> None:
    admin = browse("admin")
    new = {"user_id": "mei", "name": "梅", "password": "long enough", "groups": ["presales", "aftersales"]}
    assert admin.post("/admin/users", new).status_code == 303
    assert "已添加 梅" in admin.get("/admin").text
    assert client.post("/login", data={"user_id": "mei", "password": "long enough"}).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [{"user_id": "Big Letters"}, {"user_id": "wang"}, {"password": "short"}, {"groups": ["kings"]}, {"name": ""}],
)
def test_an_account_that_is_not_acceptable_comes_back_with_the_reason(browse: Browse, wrong: dict[str, object]) -> None:
    new = {"user_id": "mei", "name": "梅", "password": "long enough", "groups": ["presales"]}
    answer = browse("admin").post("/admin/users", new | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_groups_and_password_and_activity_are_changed_and_recorded(app: Flask, browse: Browse) -> None:
    admin = browse("admin")
    assert admin.post("/admin/users/lin/groups", {"groups": ["finance"]}).status_code == 303
    assert admin.post("/admin/users/lin/password", {"password": "another one"}).status_code == 303
    assert admin.post("/admin/users/lin/active", {"active": "no"}).status_code == 303
    lin = accounts.get(parts_of(app).db, "lin")
    assert (lin.groups, lin.active) == (frozenset({"finance"}), False)
    with parts_of(app).db.read() as connection:
        kinds = {row[0] for row in connection.exec_driver_sql("SELECT kind FROM history_event")}
    assert {"user.groups_changed", "user.password_changed", "user.activity_changed"} <= kinds


def test_an_administrator_cannot_lock_himself_out(app: Flask, browse: Browse) -> None:
    assert browse("admin").post("/admin/users/admin/active", {"active": "no"}).status_code == 422
    assert accounts.get(parts_of(app).db, "admin").active
