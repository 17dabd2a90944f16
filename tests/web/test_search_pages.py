"""Search in the page: what each person finds, in masked form, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine import search
from engine.customers import archive
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]


@pytest.fixture
def index(app: Flask) -> Callable[[], None]:
    """Brings the index up to date, as the worker does within seconds."""

    def bring() -> None:
        while search.due(parts_of(app).db, parts_of(app).definitions):
            pass

    return bring


def found(browser: Browser, sought: str, **limits: str) -> list[str]:
    """Ids of the cases on the page of results, in their order."""
    page = browser.get("/search", query_string={"q": sought, **limits})
    assert page.status_code == 200, page.text
    part = page.text.partition('data-test="found-cases"')[2].partition("</ul>")[0]
    return [piece.partition('"')[0] for piece in part.split('href="/cases/')[1:]]


def test_a_two_character_word_finds_its_case_and_is_marked_in_its_place(
    browse: Browse, index: Callable[[], None]
) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="买家说快递破损,要求退货")
    other = wang.start_inquiry(description="三天没有更新")
    index()
    assert found(wang, "退货") == [case]
    assert found(wang, "更新") == [other]
    assert "<mark>退货</mark>" in wang.get("/search?q=退货").text


def test_widths_and_cases_of_letters_do_not_count(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="型号 ABC-12 的枕头,尺码XL")
    index()
    for sought in ("abc12", "ＡＢＣ-12", "Abc", "xl", "ab"):
        assert found(wang, sought) == [case], sought


def test_words_must_all_be_there_and_a_phrase_in_one_piece(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="外包装破损,买家拒收")
    index()
    assert found(wang, "破损 拒收") == [case]
    assert found(wang, '"买家拒收"') == [case]
    assert found(wang, '"破损拒收"') == []
    assert found(wang, "破损 退货") == []
    assert found(wang, "外包装破损") == [case]
    assert found(wang, "装外") == []


def test_a_single_character_and_the_end_of_a_number_find_too(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="枕头漏绒", waybill_no="YT88123456")
    index()
    assert found(wang, "绒") == [case]
    assert found(wang, "3456") == [case]
    assert found(wang, "yt88123") == [case]


def test_numbers_find_at_once_without_the_index(browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    for sought in (case, "SO-1001", "so-1001", "YT1", "C-8812"):
        assert found(wang, sought) == [case], sought


def test_part_of_a_case_number_or_customer_id_finds_nothing(browse: Browse, index: Callable[[], None]) -> None:
    chen = browse("chen")
    browse("wang").start_inquiry()
    index()
    assert found(chen, "C-88") == []
    assert found(chen, "8812") == []


def test_open_cases_come_before_closed_ones_and_newer_before_older(
    app: Flask, browse: Browse, index: Callable[[], None]
) -> None:
    wang, chen = browse("wang"), browse("chen")
    cases = [wang.start_inquiry(description=f"毛毯起球 {n}") for n in range(4)]
    assert chen.post(f"/cases/{cases[3]}/cancellation", {"reason": "重复"}).status_code == 303
    index()
    assert found(chen, "毛毯") == [cases[2], cases[1], cases[0], cases[3]]
    assert found(chen, "毛毯", state="closed") == [cases[3]]
    assert found(chen, "毛毯", state="open") == [cases[2], cases[1], cases[0]]


def test_people_find_what_they_may_see_and_no_more(browse: Browse, index: Callable[[], None]) -> None:
    case = browse("wang").start_inquiry(description="羽绒被漏绒")
    index()
    for person in ("wang", "sun", "chen", "zhao", "zheng"):
        assert found(browse(person), "漏绒") == [case], person
    for person in ("lin", "cang", "qian"):
        assert found(browse(person), "漏绒") == [], person
        assert found(browse(person), case) == [], person
        assert found(browse(person), "C-8812") == [], person
        assert "suggest-case" not in browse(person).get(f"/search/suggestions?q={case}").text


def test_a_name_finds_the_case_for_who_may_see_it_unmasked_and_shows_it_masked(
    browse: Browse, index: Callable[[], None]
) -> None:
    case = browse("wang").start_inquiry()
    index()
    for person in ("wang", "chen", "zhao"):
        assert found(browse(person), "张小明") == [case], person
    for person in ("sun", "zheng", "cang"):  # whose case it is not, and who never sees names
        assert found(browse(person), "张小明") == [], person
    page = browse("chen").get("/search?q=张小明").text
    assert "张**" in page
    assert "<mark>张小明" not in page
    page = browse("chen").get("/search?q=文三路").text
    assert "浙江省杭州市***" in page
    assert "文三路1号" not in page


def test_who_knows_a_whole_mobile_number_finds_whose_it_is(browse: Browse, index: Callable[[], None]) -> None:
    case = browse("wang").start_inquiry()
    index()
    page = browse("sun").get("/search?q=13800138000").text
    assert found(browse("sun"), "13800138000") == [case]
    assert "138****8000" in page
    assert found(browse("sun"), "8000") == []
    assert found(browse("wang"), "8000") == [case]


def test_a_mobile_number_that_somebody_wrote_into_a_text_is_personal(browse: Browse, index: Callable[[], None]) -> None:
    case = browse("wang").start_inquiry(description="请改打 13912345678 联系")
    index()
    assert found(browse("sun"), "改打") == [case]
    page = browse("sun").get("/search?q=改打").text
    assert "13912345678" not in page
    assert "139****5678" in page
    assert found(browse("sun"), "139123") == []


#: What might be more than words to an index, a database or a page.
ODD = [
    "",
    "   ",
    '"',
    '""',
    "NEAR(退货, 5)",
    "退货*",
    "words:退货",
    "-退货",
    "^退货",
    "退货 OR 快递",
    "') OR 1=1 --",
    "%",
    "_",
    "😀😀",
    "<script>alert(1)</script>",
    "x" * 5000,
    "退" * 3000,
    "a " * 2000,
    "\x00\x01",
    "ƒo",
    "ª张三",
    "{退货}",
    "退货 AND",
    "NOT 退货",
    "\ud83d",
]


def test_no_text_is_more_than_words(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    wang.start_inquiry(description="退货退款")
    index()
    for sought in ODD:
        for path in ("/search", "/search/suggestions"):
            answer = wang.get(path, query_string={"q": sought.encode("utf-8", "replace").decode()})
            assert answer.status_code == 200, (path, sought)
            assert "<script>alert" not in answer.text, (path, sought)


def test_signs_of_the_index_cannot_be_typed(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    wang.start_inquiry()
    index()
    for sought in ("ƒ6f", "ƒo", "ƒc", "ª张小", "ƒu77616e67"):
        assert found(browse("sun"), sought) == [], sought


def test_markup_in_a_text_is_text(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    wang.start_inquiry(description="毛毯<img src=x onerror=alert(1)>")
    index()
    page = wang.get("/search?q=毛毯").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def test_pages_follow_each_other_without_gap_or_twin(browse: Browse, index: Callable[[], None]) -> None:
    wang, chen = browse("wang"), browse("chen")
    cases = [wang.start_inquiry(description=f"毛毯 {n}") for n in range(25)]
    for case in cases[20:]:
        chen.post(f"/cases/{case}/cancellation", {"reason": "重复"})
    index()
    first = chen.get("/search?q=毛毯").text
    after = first.partition('data-test="next"')[0].rpartition("after=")[2].partition('"')[0].partition("&")[0]
    pages = found(chen, "毛毯") + found(chen, "毛毯", after=after)
    assert pages == [*reversed(cases[:20]), *reversed(cases[20:])]
    assert chen.get("/search?q=毛毯&after=o1x").status_code == 404


def test_limits_stand_in_the_address(app: Flask, browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    old = wang.start_inquiry(description="毛毯")
    parts_of(app).clock.advance(timedelta(days=3))
    new = wang.start_inquiry(description="毛毯")
    index()
    assert found(wang, "毛毯", since="2026-01-04") == [new]
    assert found(wang, "毛毯", until="2026-01-02") == [old]
    assert found(wang, "毛毯", since="2026-01-02", until="2026-01-05") == [new, old]
    assert found(wang, "毛毯", process="p10_courier_query") == [new, old]
    assert found(wang, "毛毯", process="p12_return") == []
    assert found(wang, "毛毯", since="nonsense", state="nonsense") == [new, old]
    assert found(wang, "SO-1001", since="2026-01-04") == [new]


def test_orders_and_the_buyer_are_found_by_who_starts_cases(browse: Browse, index: Callable[[], None]) -> None:
    index()
    for person in ("lin", "wang", "chen", "cang"):
        page = browse(person).get("/search?q=四件套").text
        assert "SO-1001" in page, person
        assert "张小明" not in page
    for person in ("qian", "zheng"):
        assert "SO-1001" not in browse(person).get("/search?q=四件套").text, person
    assert "/start?q=C-8812" in browse("lin").get("/search?q=c-8812").text
    assert "/start?q=C-8812" not in browse("zheng").get("/search?q=C-8812").text


def test_an_order_is_found_by_its_receiver_by_supervisors_only(browse: Browse, index: Callable[[], None]) -> None:
    index()
    assert "SO-1001" in browse("chen").get("/search?q=张小明").text
    assert "SO-1001" not in browse("wang").get("/search?q=张小明").text
    assert "SO-1001" in browse("wang").get("/search?q=13800138000").text


def test_suggestions_are_options_of_a_list(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(description="毛毯起球")
    index()
    text = wang.get("/search/suggestions?q=毛毯").text
    assert f'href="/cases/{case}"' in text
    assert 'role="option"' in text
    assert "<mark>毛毯</mark>" in text
    assert "没有找到" in wang.get("/search/suggestions?q=直升机").text
    assert wang.get("/search/suggestions?q=").text == ""


def test_texts_are_found_by_who_may_read_them(browse: Browse, index: Callable[[], None]) -> None:
    index()
    suggested = browse("wang").get("/search/suggestions?q=目的国").text
    listed = re.findall(r'id="suggest-script-(\w+)" href="/scripts/(\w+)"', suggested)
    assert listed == [("S21", "S21")]
    page = browse("lin").get("/search?q=目的国").text
    assert 'data-test="found-scripts"' in page
    assert "没有找到工单" in page
    for person in ("cang", "qian"):
        assert "S21" not in browse(person).get("/search/suggestions?q=目的国").text, person
        assert "S21" not in browse(person).get("/search?q=目的国").text, person
    assert "suggest-script" not in browse("wang").get("/search/suggestions?q=%25").text, (
        "wildcards are plain characters"
    )


def test_the_buyers_entry_is_offered_with_the_buyer_to_who_reads_the_archive(
    app: Flask, browse: Browse, index: Callable[[], None]
) -> None:
    parts = parts_of(app)
    assert "suggest-archive" not in browse("wang").get("/search/suggestions?q=C-8812").text, "there is none yet"
    with parts.db.begin() as tx:
        key = archive.enter(tx, "C-8812", seen_at=parts.clock.now())
    index()
    assert f'id="suggest-archive" href="/customers/{key}"' in browse("wang").get("/search/suggestions?q=C-8812").text
    assert f'href="/customers/{key}"' in browse("wang").get("/search?q=C-8812").text
    for person in ("cang", "qian"):
        assert "/customers/" not in browse(person).get("/search/suggestions?q=C-8812").text, person


def test_the_box_stands_on_every_page_of_who_searches(browse: Browse) -> None:
    assert 'id="search"' in browse("wang").get("/cases").text
    assert 'id="search"' not in browse("admin").get("/admin").text


def test_while_the_index_is_being_made_the_page_says_so(browse: Browse, index: Callable[[], None]) -> None:
    wang = browse("wang")
    assert "搜索还在建立中" in wang.get("/search?q=毛毯").text
    index()
    assert "搜索还在建立中" not in wang.get("/search?q=毛毯").text
