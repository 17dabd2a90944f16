"""From a buyer's first sentence to the start form, without scripts and as scripts ask: by POST, in no address."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from engine.queries.first_sentence import GENERAL_ENTRY
from tests.web.browser import INQUIRY, Browser
from web import parts_of

Browse = Callable[[str], Browser]
SCRIPT = {"HX-Request": "true"}
SAID = "亲,我的快递三天没动了"


def cards(page: str) -> list[str]:
    """Suggested processes, the first one first."""
    return re.findall(r'data-test="suggest-(\w+)"', page)


def value_of(page: str, name: str) -> str:
    """What a text field of a form holds."""
    area = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', page)
    box = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', page.partition('id="start-form"')[2])
    found = area or box
    return "" if found is None else found[1].strip()


def test_a_script_gets_the_cards_alone_and_others_the_page(browse: Browse) -> None:
    wang = browse("wang")
    part = wang.post("/start", {"sentence": SAID}, headers=SCRIPT).text
    assert cards(part)[0] == "p10_courier_query"
    assert "<html" not in part
    page = wang.post("/start", {"sentence": SAID}).text
    assert cards(page) == cards(part)
    assert f'value="{SAID}"' in page
    assert 'data-test="starts"' in page


def test_the_first_card_says_why_and_how_certain_it_is(browse: Browse) -> None:
    part = browse("wang").post("/start", {"sentence": "发票呢"}, headers=SCRIPT).text
    first = part.partition("</li>")[0]
    assert 'data-test="suggest-p11_invoice"' in first
    assert "买家要发票" in first
    assert "很可能" in first
    assert "is-first" in first


def test_the_sentence_begins_the_form_and_the_order_in_it_is_brought_along(browse: Browse) -> None:
    wang = browse("wang")
    said = "SO-1001 快递三天没动了"
    part = wang.post("/start", {"sentence": said}, headers=SCRIPT).text
    assert 'data-open="/start/p10_courier_query?order_id=SO-1001"' in part
    page = wang.post("/start/p10_courier_query/sentence", {"sentence": said, "order_id": "SO-1001"})
    assert page.status_code == 200
    assert value_of(page.text, "description") == said
    assert value_of(page.text, "order_id") == "SO-1001"
    assert value_of(page.text, "waybill_no") == "YT1"
    assert "张小明" not in page.text


def test_a_form_without_a_field_for_it_shows_the_sentence_above(browse: Browse) -> None:
    page = browse("wang").post("/start/p11_invoice/sentence", {"sentence": "发票呢"}).text
    shown = page.partition("data-first-said")[2].partition("</p>")[0]
    assert "发票呢" in shown
    assert "hidden" not in shown
    assert 'data-sentence-fields=""' in page


def test_what_was_typed_before_is_not_lost_to_a_sentence(browse: Browse) -> None:
    wang = browse("wang")
    wang.post("/start/p10_courier_query/draft", {"description": "上一位买家的话"})
    page = wang.post("/start/p10_courier_query/sentence", {"sentence": SAID}).text
    assert value_of(page, "description") == "上一位买家的话"
    assert SAID in page.partition("data-first-said")[2].partition("</p>")[0]
    assert 'data-test="draft-restored"' in page


def test_every_start_form_takes_the_sentence_or_shows_it(app: Flask, browse: Browse) -> None:
    """Also forms that are drawn later: the field is whichever begins with ``description``."""
    chen = browse("chen")
    found = parts_of(app)
    taken = 0
    for deployed in found.definitions.all_latest():
        answer = chen.post(f"/start/{deployed.process_id}/sentence", {"sentence": SAID})
        if answer.status_code == 404:
            continue
        fields = re.search(r'data-sentence-fields="([^"]*)"', answer.text)
        assert fields is not None
        for name in fields[1].split():
            assert value_of(answer.text, name) == SAID, (deployed.process_id, name)
        taken += bool(fields[1])
        shown = answer.text.partition("data-first-said")[2].partition("</p>")[0]
        assert SAID in (shown if not fields[1] else answer.text), deployed.process_id
        assert ("hidden" in shown) == bool(fields[1]), deployed.process_id
    assert taken >= 11  # all of the fourteen but p05, p07 and p11, which ask for nothing of the kind


def test_the_sentence_stands_in_no_address_and_no_log(
    browse: Browse, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    wang = browse("wang")
    with caplog.at_level(logging.DEBUG):
        part = wang.post("/start", {"sentence": "张小明说快递不动了"}, headers=SCRIPT).text
        page = wang.post("/start/p10_courier_query/sentence", {"sentence": "张小明说快递不动了"}).text
    addresses = re.findall(r'(?:href|action|formaction|data-open|hx-post|hx-get)="([^"]*)"', part + page)
    assert addresses
    assert not [address for address in addresses if "张小明" in address or "%E5%BC%A0" in address.upper()]
    assert "张小明" not in caplog.text


def test_words_that_say_nothing_are_answered(browse: Browse) -> None:
    wang = browse("wang")
    part = wang.post("/start", {"sentence": "在吗"}, headers=SCRIPT).text
    assert cards(part) in ([], [GENERAL_ENTRY])
    assert "听不出" in part or "没有听出" in part
    assert wang.post("/start", {"sentence": "  "}, headers=SCRIPT).text.strip() == ""


@pytest.mark.parametrize(
    "said", ["<script>x</script>我要退款", "'; DROP TABLE x; --", "😀", "退" * 5000, "\x00\u202e退款"]
)
def test_no_sentence_harms(browse: Browse, said: str) -> None:
    for headers in (SCRIPT, {}):
        answer = browse("wang").post("/start", {"sentence": said}, headers=headers)
        assert answer.status_code == 200
        assert "<script>x" not in answer.text
    page = browse("wang").post("/start/p12_return/sentence", {"sentence": said})
    assert page.status_code == 200
    assert "<script>x" not in page.text


def test_people_are_suggested_what_they_may_start(browse: Browse) -> None:
    assert "p04_bulk_order" in cards(browse("lin").post("/start", {"sentence": "批发多少钱"}, headers=SCRIPT).text)
    assert "p04_bulk_order" not in cards(browse("wang").post("/start", {"sentence": "批发多少钱"}, headers=SCRIPT).text)
    assert browse("zheng").post("/start", {"sentence": "我要退款"}).status_code == 404
    assert browse("wang").post("/start/p04_bulk_order/sentence", {"sentence": "批发"}).status_code == 404


def test_the_order_that_the_page_is_about_counts(browse: Browse) -> None:
    wang = browse("wang")
    plain = wang.post("/start", {"sentence": "怎么还没发货"}, headers=SCRIPT).text
    of_order = wang.post("/start", {"sentence": "怎么还没发货", "q": "SO-1001"}, headers=SCRIPT).text
    assert (cards(plain)[0], cards(of_order)[0]) == ("p02_rush_shipping", "p10_courier_query")
    assert "order_id=SO-1001" in of_order
    page = wang.post("/start", {"sentence": "怎么还没发货", "q": "SO-1001"}).text
    assert 'name="q" value="SO-1001"' in page


def test_a_case_that_runs_already_is_told_of(browse: Browse) -> None:
    case = browse("wang").start_inquiry()
    said = {"sentence": "SO-1001快递不动了"}
    assert f'href="/cases/{case}"' in browse("wang").post("/start", said, headers=SCRIPT).text
    assert f"/cases/{case}" not in browse("lin").post("/start", said, headers=SCRIPT).text


def test_a_case_begun_by_a_sentence_is_a_case_like_others(browse: Browse) -> None:
    wang = browse("wang")
    page = wang.post("/start/p10_courier_query/sentence", {"sentence": SAID, "order_id": "SO-1001"}).text
    form = INQUIRY | {"description": value_of(page, "description")}
    case = wang.post("/start/p10_courier_query", form).location
    assert SAID in wang.get(case).text


def test_the_cards_are_english_on_request(browse: Browse) -> None:
    wang = browse("wang")
    wang.client.set_cookie("lang", "en")
    part = wang.post("/start", {"sentence": SAID}, headers=SCRIPT).text
    assert "Most likely" in part
    assert "很可能" not in part
