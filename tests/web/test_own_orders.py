"""Nobody works on what he has bought himself: the administrator says under which customer ids that is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts
from tests.web.browser import INQUIRY, STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]


def test_the_administrator_says_it_and_the_case_is_somebody_elses(app: Flask, browse: Browse) -> None:
    wang, sun, admin = browse("wang"), browse("sun"), browse("admin")
    case_id = wang.start_inquiry()
    task = wang.open_task(case_id)
    sun.post("/start/p10_courier_query", INQUIRY | {"order_id": "SO-1002", "customer_id": "C-1"})
    assert admin.post("/admin/users/sun/customers", {"customer_ids": " C-8812 \nC-8812\n\nC-9"}).status_code == 303
    assert accounts.get(parts_of(app).db, "sun").customer_ids == {"C-8812", "C-9"}
    assert sun.get("/inbox").status_code == 303, "he logs in anew"
    sun = browse("sun")
    page = sun.get(f"/tasks/{task}").text
    assert 'data-test="claim"' not in page
    assert "须由另一位同事办理" in page
    for answer in (
        sun.post(f"/tasks/{task}/claim"),
        sun.post(f"/tasks/{task}", STALLED),
        sun.post("/start/p10_courier_query", INQUIRY),
    ):
        assert answer.status_code == 404
        assert "您本人的订单" in answer.text
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    assert "C-8812\nC-9</textarea>" in admin.get("/admin/users/sun").text
    assert admin.post("/admin/users/sun/customers", {"customer_ids": ""}).status_code == 303
    assert accounts.get(parts_of(app).db, "sun").customer_ids == frozenset()


@pytest.mark.parametrize("typed", ["x" * 65, "a\x07b", "\n".join(f"C-{n}" for n in range(21))])
def test_what_is_no_customer_id_is_refused(app: Flask, browse: Browse, typed: str) -> None:
    answer = browse("admin").post("/admin/users/sun/customers", {"customer_ids": typed})
    assert answer.status_code == 422
    assert "客户ID" in answer.text
    assert accounts.get(parts_of(app).db, "sun").customer_ids == frozenset()


def test_an_account_that_is_not_there_has_none(browse: Browse) -> None:
    assert browse("admin").post("/admin/users/nobody/customers", {"customer_ids": "C-1"}).status_code == 404
