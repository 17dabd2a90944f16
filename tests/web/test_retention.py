"""保存期限: who sets rules and holds; what pages of a redacted case say; nothing is lost of what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine import retention
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.store.tables import legal_hold, retention_rule
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
PAGE = "/audit/retention"
RULE = {"process_id": "p10_courier_query", "days": "365", "register_days": "1500", "reason": "法务要求", "seen": "0"}


@pytest.fixture
def ended(app: Flask, browse: Browse) -> str:
    """A case that was called off."""
    case_id = browse("wang").start_inquiry()
    parts_of(app).runtime.cancel(int(case_id), "客户重复提交", SYSTEM)
    return case_id


def redact(app: Flask, clock: VirtualClock) -> retention.Taken:
    clock.advance(timedelta(days=182))
    parts = parts_of(app)
    return retention.run(parts.db, parts.definitions, now=clock.now())


def test_a_manager_sets_a_process_its_own_rule(app: Flask, browse: Browse) -> None:
    zhao = browse("zhao")
    assert "180 天" in zhao.get(PAGE).text
    answer = zhao.post(f"{PAGE}/rules", RULE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = zhao.get(PAGE).text
    assert "365 天" in page
    assert "法务要求" in page
    with parts_of(app).db.read() as connection:
        assert retention.read_rules(connection).of("p10_courier_query").register_days == 1500


def test_an_empty_field_keeps_for_ever(app: Flask, browse: Browse) -> None:
    rule = RULE | {"days": "", "register_days": ""}
    assert browse("admin").post(f"{PAGE}/rules", rule).status_code == 303
    assert "一直保存" in browse("zheng").get(PAGE).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": "3"}, "30 到 36500"),
        ({"days": "viel"}, "填整数"),
        ({"days": "2000"}, "不能少于"),
        ({"reason": " "}, "请填写原因"),
        ({"process_id": "p99"}, "没有这个流程"),
        ({"seen": "7"}, "已被他人修改"),
    ],
)
def test_what_is_wrong_with_a_rule_comes_back_with_what_was_typed(
    app: Flask, browse: Browse, wrong: dict[str, str], said: str
) -> None:
    answer = browse("zhao").post(f"{PAGE}/rules", RULE | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="1500"' in answer.text
    with parts_of(app).db.read() as connection:
        assert connection.execute(select(retention_rule)).first() is None


def test_an_auditor_holds_a_case_and_somebody_else_lifts_it(app: Flask, browse: Browse, ended: str) -> None:
    zheng = browse("zheng")
    typed = {"kind": "case", "subject": ended, "reason": "客户起诉"}
    assert zheng.post(f"{PAGE}/holds", typed).status_code == 303
    assert "客户起诉" in zheng.get(PAGE).text
    again = zheng.post(f"{PAGE}/holds", typed)
    assert again.status_code == 422
    assert "已经在冻结中" in again.text
    own = zheng.post(f"{PAGE}/holds/1/lift", {"reason": "已撤诉"})
    assert own.status_code == 422
    assert "不能解除自己设的冻结" in own.text or "自己设的冻结由另一位同事解除" in own.text
    zhao = browse("zhao")
    assert zhao.post(f"{PAGE}/holds/1/lift", {"reason": ""}).status_code == 422
    assert zhao.post(f"{PAGE}/holds/1/lift", {"reason": "已撤诉"}).status_code == 303
    assert "没有冻结" in zhao.get(PAGE).text


def test_a_held_buyer_is_shown_masked_and_kept_masked_once_lifted(app: Flask, browse: Browse) -> None:
    zheng = browse("zheng")
    assert zheng.post(f"{PAGE}/holds", {"kind": "customer", "subject": "C-8812", "reason": "仲裁"}).status_code == 303
    page = zheng.get(PAGE).text
    assert "C-8812" not in page
    assert "C-***" in page
    assert browse("zhao").post(f"{PAGE}/holds/1/lift", {"reason": "已结束"}).status_code == 303
    with parts_of(app).db.read() as connection:
        assert connection.execute(select(legal_hold.c.subject)).scalars().all() == ["C-***"]


def test_nobody_holds_what_the_shop_does_not_know(browse: Browse) -> None:
    answer = browse("zheng").post(f"{PAGE}/holds", {"kind": "order", "subject": "SO-0", "reason": "仲裁"})
    assert answer.status_code == 422
    assert 'value="SO-0"' in answer.text


def test_pages_of_a_redacted_case_say_so_and_show_nobody(
    app: Flask, browse: Browse, clock: VirtualClock, ended: str
) -> None:
    before = browse("zheng").get(f"/cases/{ended}").text
    assert "包裹三天没动了" in before
    assert "已按保存期限去标识" not in before
    assert redact(app, clock).counts["case"] == 1
    for address in (f"/cases/{ended}", f"/audit/{ended}", f"/cases/{ended}/print", f"/audit/{ended}/replay/film.json"):
        answer = browse("zhao").get(address)
        assert answer.status_code == 200, address
        assert "包裹三天没动了" not in answer.text
    for address in (f"/cases/{ended}", f"/audit/{ended}"):
        assert "已按保存期限去标识" in browse("zheng").get(address).text


def test_re_execution_says_that_a_redacted_case_has_no_commands(
    app: Flask, browse: Browse, clock: VirtualClock, ended: str
) -> None:
    redact(app, clock)
    page = browse("zheng").post(f"/audit/{ended}/re-execution").text
    assert 'data-same="redacted"' in page
    assert "不能重新执行" in page


def test_the_page_tells_what_was_done_and_what_is_kept(
    app: Flask, browse: Browse, clock: VirtualClock, ended: str
) -> None:
    other = browse("wang").start_inquiry()
    parts_of(app).runtime.cancel(int(other), "客户重复提交", SYSTEM)
    browse("zheng").post(f"{PAGE}/holds", {"kind": "case", "subject": other, "reason": "客户起诉"})
    redact(app, clock)
    page = browse("zheng").get(PAGE).text
    assert "工单去标识" in page
    assert "已冻结" in page
    assert f"<td>{other}</td>" in page
