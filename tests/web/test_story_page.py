"""A case in plain words, for auditors: every sentence leads to its event in the history."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.narrative.patterns import GATHERED, PATTERNS
from tests.web.browser import STALLED, Browser
from web import history

Browse = Callable[[str], Browser]


@pytest.fixture
def stalled(browse: Browse) -> str:
    """A case whose parcel stands still: the courier is asked."""
    wang = browse("wang")
    case_id = wang.start_inquiry()
    assert wang.post(f"/tasks/{wang.open_task(case_id)}", STALLED).status_code == 303
    return case_id


def test_an_auditor_reads_the_case_in_sentences_and_comes_from_each_to_its_event(browse: Browse, stalled: str) -> None:
    zheng = browse("zheng")
    assert f'href="/audit/{stalled}/story"' in zheng.get(f"/audit/{stalled}").text
    page = zheng.get(f"/audit/{stalled}/story").text
    assert "还在等「联系合作快递核实停滞原因」" in page
    assert re.search(r"售后客服\w+完成「查询物流状态」:", page)
    places = re.findall(r'href="(/audit/[^"]+)#(event-\d+-\d+)"', page)
    assert len(places) > 3
    found = zheng.get(places[-1][0]).text
    assert all(f'id="{anchor}"' in found for _, anchor in places)


def test_the_story_is_in_the_language_of_who_reads_it(browse: Browse, stalled: str) -> None:
    zheng = browse("zheng")
    zheng.client.set_cookie("lang", "en")
    page = zheng.get(f"/audit/{stalled}/story").text
    assert "It has been open for" in page
    assert "completed “查询物流状态”" in page


def test_the_story_shows_no_personal_data(browse: Browse, stalled: str) -> None:
    page = browse("zheng").get(f"/audit/{stalled}/story").text
    for secret in ("张小明", "13800138000", "文三路", "C-8812"):
        assert secret not in page


def test_what_people_type_is_no_markup_in_the_story(browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    assert wang.post(f"/cases/{stalled}/comments", {"text": "<script>alert(1)</script>"}).status_code in (200, 303)
    page = browse("zheng").get(f"/audit/{stalled}/story").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_long_history_leads_to_the_page_on_which_the_event_stands(
    browse: Browse, stalled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.narrative.PAGE", 5)
    monkeypatch.setattr("web.audit._PAGE", 5)
    zheng = browse("zheng")
    page = zheng.get(f"/audit/{stalled}/story").text
    for address, anchor in set(re.findall(r'href="(/audit/[^"]+)#(event-\d+-\d+)"', page)):
        assert f'id="{anchor}"' in zheng.get(address.replace("&amp;", "&")).text


def test_every_kind_that_the_history_has_words_for_is_told_or_gathered() -> None:
    told = {kind.partition(":")[0] for kind in PATTERNS}
    assert set(history._SAID) <= told | GATHERED


def test_there_is_no_story_of_a_case_that_there_is_not(browse: Browse) -> None:
    assert browse("zheng").get("/audit/999999/story").status_code == 404
