"""Chinese first, English on request; both complete."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from tests.web.browser import Browser
from web import format as words

WEB = Path(__file__).parents[2] / "web"
CATALOG = WEB / "translations/en/LC_MESSAGES/messages"
NOW = datetime(2026, 11, 21, 7, 40, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def used_texts() -> set[str]:
    methods = [("templates/**.html", "jinja2"), ("assets/**", "ignore"), ("*.py", "python")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(WEB, method_map=methods, keywords=keywords)
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def test_every_text_of_the_pages_has_its_english() -> None:
    with CATALOG.with_suffix(".po").open("rb") as po:
        catalog = read_po(po)
    english = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in catalog if m.id}
    assert used_texts() - english.keys() == set()
    assert [text for text, translated in english.items() if not translated] == []


def test_the_compiled_catalog_is_the_one_that_is_read() -> None:
    with CATALOG.with_suffix(".po").open("rb") as po, CATALOG.with_suffix(".mo").open("rb") as mo:
        written, compiled = read_po(po), read_mo(BytesIO(mo.read()))
    assert texts(written) == texts(compiled)


def texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    def several(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
        return (text,) if isinstance(text, str) else tuple(text)

    return {several(message.id): several(message.string) for message in catalog if message.id}


def test_english_is_switched_on_and_stays(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    assert wang.post("/preferences", {"lang": "en", "next": "/inbox"}).location == "/inbox"
    page = wang.get("/inbox").text
    assert '<html lang="en"' in page
    assert "My groups" in page
    assert not CHINESE.search(re.sub(r"王立新|中文", "", page))
    wang.post("/preferences", {"lang": "zh"})
    assert "我的岗位" in wang.get("/inbox").text


@pytest.mark.parametrize("path", ["/login", "/no-such-page"])
def test_pages_without_data_are_wholly_english(app: Flask, path: str) -> None:
    client = app.test_client()
    client.set_cookie("lang", "en")
    text = client.get(path, follow_redirects=True).text
    assert not CHINESE.search(text.replace("中文", ""))


def test_errors_of_the_engine_are_english_too(browse: Callable[[str], Browser]) -> None:
    wang, sun = browse("wang"), browse("sun")
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    sun.post("/preferences", {"lang": "en"})
    answer = sun.post(f"/tasks/{task}/claim")
    assert answer.status_code == 409
    assert "claimed" in answer.text


def test_an_unknown_choice_changes_nothing(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    wang.post("/preferences", {"lang": "klingon", "theme": "pink"})
    assert '<html lang="zh-CN">' in wang.get("/inbox").text
    wang.post("/preferences", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in wang.get("/inbox").text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(0), "今天 15:40"),
        (timedelta(hours=15, minutes=40), "今天 00:00"),
        (timedelta(hours=15, minutes=41), "昨天 23:59"),
        (timedelta(days=-1), "明天 15:40"),
        (timedelta(days=2), "11月19日 15:40"),
        (timedelta(days=365), "2025年11月21日 15:40"),
    ],
)
def test_moments_read_as_people_say_them(app: Flask, ago: timedelta, text: str) -> None:
    with app.test_request_context():
        assert words.moment(NOW - ago, NOW) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "不到1分"),
        (timedelta(hours=3, minutes=20), "3小时20分"),
        (timedelta(days=2, hours=4, minutes=59), "2天4小时"),
        (timedelta(hours=2), "2小时"),
        (timedelta(minutes=-5), "5分"),
    ],
)
def test_durations_have_their_two_greatest_units(app: Flask, span: timedelta, text: str) -> None:
    with app.test_request_context():
        assert words.duration(span) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "空"),
        (True, "是"),
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (["a", Decimal(2)], "a、2"),
        ({"a": None}, "a: 空"),
        ([{"name": "四件套", "quantity": Decimal(2)}], "四件套 ×2"),
        (datetime(2026, 1, 2, 1, 0, tzinfo=UTC), "2026-01-02 09:00"),
    ],
)
def test_values_read_as_people_write_them(app: Flask, value: object, text: str) -> None:
    with app.test_request_context():
        assert words.value(value) == text


def test_money_has_its_sign_and_groups(app: Flask) -> None:
    assert words.money(Decimal("1234.5")) == "¥1,234.50"
