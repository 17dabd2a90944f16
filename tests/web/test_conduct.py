"""Rules of conduct: a new agent is reminded until they are agreed to; a new version is agreed to anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts, conduct
from engine.errors import InvalidValue
from tests.web.browser import Browser
from tests.web.conftest import PASSWORD
from web import parts_of

Browse = Callable[[str], Browser]
REMINDER = 'data-test="conduct-owed"'


@pytest.fixture
def newcomer(app: Flask, browse: Browse) -> Browser:
    with parts_of(app).db.begin() as tx:
        accounts.add(tx, "new", "新客服", PASSWORD, ["presales"])
    person = browse("new")
    answer = person.post("/login", {"user_id": "new", "password": PASSWORD})
    assert answer.status_code == 303
    return person


def test_a_new_agent_is_reminded_until_it_is_done(newcomer: Browser, browse: Browse) -> None:
    assert REMINDER in newcomer.get("/inbox").text
    page = newcomer.get("/conduct")
    assert page.text.count('data-test="rule"') == 14
    assert REMINDER not in page.text
    waiting = browse("chen").get("/conduct").text
    assert waiting.index("新客服") < waiting.index("还没有确认") < waiting.index("</tr>", waiting.index("新客服"))
    answer = newcomer.post("/conduct/agreement", {"version": "0"})
    assert answer.status_code == 303
    assert REMINDER not in newcomer.get("/inbox").text
    assert "您已确认这一版" in newcomer.get("/conduct").text
    assert "还没有确认" not in browse("chen").get("/conduct").text


def test_it_is_in_the_history_once(app: Flask, newcomer: Browser) -> None:
    for _ in range(2):
        newcomer.post("/conduct/agreement", {"version": "0"})
    with parts_of(app).db.read() as connection:
        kinds = connection.exec_driver_sql("SELECT count(*) FROM history_event WHERE kind = 'conduct.agreed'").scalar()
    assert kinds == 1


def test_a_new_version_is_agreed_to_anew_and_an_old_page_does_not_count(app: Flask, browse: Browse) -> None:
    manager, agent = browse("zhao"), browse("lin")
    assert "您已确认这一版" in agent.get("/conduct").text
    text = "PR-01 文明用语\nPR-02:有问必答"
    assert manager.post("/conduct", {"rules": text, "note": "简化", "based_on": "0"}).status_code == 303
    assert "有问必答" in agent.get("/conduct").text
    assert agent.post("/conduct/agreement", {"version": "0"}).status_code == 409
    assert agent.post("/conduct/agreement", {"version": "1"}).status_code == 303
    assert manager.post("/conduct", {"rules": text, "based_on": "0"}).status_code == 422  # somebody was faster


@pytest.mark.parametrize("text", ["", "没有编号", "PR-01 甲\nPR-01 乙", "PR-01 " + "长" * 301, "PR-1 x\n" * 61])
def test_a_text_that_is_no_rules_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        conduct.parse(text)


def test_what_was_typed_wrong_stays(browse: Browse) -> None:
    answer = browse("zhao").post("/conduct", {"rules": "随便写写", "based_on": "0"})
    assert answer.status_code == 422
    assert "随便写写" in answer.text


def test_who_may_what(browse: Browse) -> None:
    assert browse("lin").post("/conduct", {"rules": "PR-01 x"}).status_code == 404
    assert browse("zheng").get("/conduct").status_code == 404
    assert browse("cang").post("/conduct/agreement", {"version": "0"}).status_code == 404
    assert 'data-test="readers"' not in browse("lin").get("/conduct").text
