"""Looking rules up: what a table in force says of what somebody types, and by which rule."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.dmn.references import read_references
from engine.errors import DefinitionRefused
from tests.web.browser import Browser

Browse = Callable[[str], Browser]
ROOT = Path(__file__).parents[2]
MARKED = [
    name for file in sorted((ROOT / "processes/decisions").glob("*.dmn")) for name in read_references(file.read_bytes())
]


def answer(page: str) -> str:
    shown = page.partition('data-test="answer"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(shown)).split())


def test_the_tables_stand_under_their_headings(browse: Browse) -> None:
    page = browse("lin").get("/lookups").text
    assert page.index("补偿与权限") < page.index("违约赔付")
    assert page.count('data-test="lookup-') == len(MARKED) > 15
    assert "来源:" not in page.partition("<main")[2]


@pytest.mark.parametrize("decision", MARKED)
def test_every_table_opens_and_answers_even_to_nothing(browse: Browse, decision: str) -> None:
    agent = browse("lin")
    plain = agent.get(f"/lookups/{decision}")
    assert plain.status_code == 200
    assert "填写左边的情况后查询" in answer(plain.text)
    assert agent.get(f"/lookups/{decision}?ask=1").status_code == 200


def test_an_answer_has_words_and_its_rule(browse: Browse) -> None:
    page = browse("lin").get("/lookups/dmn_breach_compensation?ask=1&seller_fault=true&goods_amount=1000").text
    assert "300" in answer(page)
    assert "依据第 1 条" in answer(page)
    assert page.count('data-test="hit"') == 1
    assert "30%货款" in page


def test_an_enumeration_is_chosen_and_told_in_words(browse: Browse) -> None:
    agent = browse("lin")
    page = agent.get("/lookups/dmn_return_address").text
    assert "小家电" in page.partition("<form")[2]
    asked = agent.get('/lookups/dmn_return_address?ask=1&goods_category="small_appliance"').text
    assert "北京工厂" in answer(asked)


@pytest.mark.parametrize(
    "amount", ["abc", "1000)", "=1", "9" * 400, "1e999999999", "<script>", "for x in 1..99999999 return x"]
)
def test_what_cannot_be_read_is_said_at_its_field_and_breaks_nothing(browse: Browse, amount: str) -> None:
    answered = browse("lin").get("/lookups/dmn_breach_compensation", query_string={"ask": "1", "goods_amount": amount})
    assert answered.status_code == 200
    assert "<script>" not in answered.text.partition("<main")[2]


def test_what_is_not_marked_is_nobody_s_business(browse: Browse) -> None:
    agent = browse("lin")
    for decision in ("audit_payment", "task_sla", "nothing", "dmn_penalty"):
        assert agent.get(f"/lookups/{decision}").status_code == 404
    assert browse("zheng").get("/lookups").status_code == 404


def test_a_mark_is_read_and_a_hostile_file_is_refused() -> None:
    text = (ROOT / "processes/decisions/dmn_return_address.dmn").read_bytes()
    assert read_references(text) == {"dmn_return_address": "退款与退换"}
    with pytest.raises(DefinitionRefused):
        read_references(b'<!DOCTYPE x [<!ENTITY a "b">]><definitions/>')
