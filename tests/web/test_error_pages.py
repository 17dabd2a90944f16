"""Who takes a wrong turn keeps the menu; where the frame may be broken itself, the page stands alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browser import Browser
from web.errors import page


def test_a_page_that_is_not_there_keeps_the_menu_and_says_what_to_do(browse: Callable[[str], Browser]) -> None:
    for address in ("/cases/424242", "/nowhere"):
        answer = browse("wang").get(address)
        assert answer.status_code == 404
        assert 'class="rail"' in answer.text
        assert "从菜单进入" in answer.text
        assert answer.text.count("<h1>") == answer.text.count("<main") == 1


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429, 500, 503])
def test_a_stranger_gets_the_sentence_without_the_menu(app: Flask, status: int) -> None:
    with app.test_request_context():
        text, answered = page(status, "没有保存", "请再试一次。")
    assert answered == status
    assert 'class="rail"' not in text
    assert text.count("<h1>") == text.count("<main") == 1
    assert "请再试一次。" in text
