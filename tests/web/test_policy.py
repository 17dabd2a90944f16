"""The policy monitor's page: rules in words with their version, what they found, in two tongues, and no account."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert

from engine.clock import to_microseconds
from engine.inspection import policy
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.model import SYSTEM
from engine.store.tables import policy_payment
from tests.conftest import FRIDAY_9AM
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
ACCOUNT = "6222020200112233"
DECISIONS = Path(__file__).parents[2] / "processes" / "decisions"


def seen(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def found(app: Flask) -> Flask:
    """Three cases were paid to one account."""
    here = parts_of(app)
    payee = Pseudonyms(here.db.file).payee(ACCOUNT)
    rows = [
        {
            "stream": key, "seq": 9, "case_key": key, "process_id": "p01_compensation", "kind": "compensation",
            "amount": 2000, "own_limit": 3000, "approved": 0, "proposer": "wang", "approver": None, "payer": "qian",
            "payee": payee, "buyer": None, "at": to_microseconds(FRIDAY_9AM) + key, "judged": 0, "table_hash": None,
        }
        for key in (901, 902, 903)
    ]  # fmt: skip
    with here.db.begin() as tx:
        tx.connection.execute(insert(policy_payment), rows)
    policy.bring(here.runtime)
    return app


def test_rules_stand_in_words_with_their_version_and_table(browse: Browse) -> None:
    page = browse("zheng").get("/audit/policy").text
    assert "同一收款账户的工单数 ≥ 3" in seen(page)
    assert "金额 > 客服自定上限" in seen(page)
    assert "经人批准 否" in seen(page)
    assert "依据 排班,工作日历" in seen(page)
    assert 'href="/studio/resources/decision/audit_payment"' in page
    assert re.search(r'版本 <span class="mono">[0-9a-f]{8}</span>', page)
    assert "还没有命中规则的" in page


def test_who_may_not_read_tables_gets_no_link_to_them(browse: Browse) -> None:
    for person in ("zheng", "chen", "zhao"):
        answer = browse(person).get("/audit/policy")
        links = "/studio/resources/" in answer.text
        assert links == (browse(person).get("/studio").status_code == 200), person


def test_a_finding_counts_for_its_rule_and_leads_to_its_evidence(found: Flask, browse: Browse) -> None:
    zheng = browse("zheng")
    page = zheng.get("/audit/policy").text
    row = page.partition('data-rule="same_payee"')[2].partition("</tr>")[0]
    assert re.findall(r'class="num"[^>]*>(\d+)<', row) == ["1", "0"]
    assert "3 条观察" in seen(page)
    address = re.search(r'href="(/audit/findings/\d+)">同一收款账户 30 天内出现在 3 张工单', page)
    assert address is not None
    finding = zheng.get(address[1]).text
    assert "audit_payment 第 1 条" in seen(finding)
    assert "901" in finding
    assert "903·9" in finding
    for text in (page, finding):
        assert ACCOUNT not in text
        assert ACCOUNT[-4:] not in text


def test_who_audits_a_team_only_sees_the_rules_and_no_figures_of_others(found: Flask, browse: Browse) -> None:
    page = browse("chen").get("/audit/policy").text
    row = page.partition('data-rule="same_payee"')[2].partition("</tr>")[0]
    assert "同一收款账户 30 天内" not in page
    assert re.findall(r'class="num"[^>]*>([^<]+)<', row) == ["—", "—"]


def test_the_page_is_english_too(found: Flask, browse: Browse) -> None:
    zheng = browse("zheng")
    zheng.client.set_cookie("lang", "en")
    page = seen(zheng.get("/audit/policy").text)
    assert "Steps out of hours" in page
    assert "3 observations" in page


def test_a_table_that_says_nothing_usable_leaves_its_observations_waiting(found: Flask, browse: Browse) -> None:
    here = parts_of(found)
    text = (DECISIONS / "audit_payment.dmn").read_text("utf-8")
    broken = text.replace('"payee"</text>', '"nobody"</text>').replace(
        '"payment","payee"', '"payment","nobody","payee"'
    )
    here.definitions.deploy({"audit_payment.dmn": broken.encode()}, SYSTEM)
    with here.db.begin() as tx:
        tx.connection.execute(policy_payment.update().values(judged=0))
    policy.bring(here.runtime)
    policy.bring(here.runtime)
    assert "待判定 1" in seen(browse("zheng").get("/audit/policy").text)
    here.definitions.deploy({"audit_payment.dmn": text.encode()}, SYSTEM)
    policy.bring(here.runtime)
    assert "待判定" not in seen(browse("zheng").get("/audit/policy").text)
