"""Personal data of an order are used without being shown: order numbers can be guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts, canonical
from engine.store.tables import process_instance
from tests.web.browser import Browser
from web import parts_of

SECRETS = ("13800138000", "张小明", "文三路1号")
DISPATCH = {
    "order_id": "SO-1001",
    "customer_id": "C-8812",
    "dispatch_kind": "reship",
    "order_amount": "199.00",
    "items": "四件套 1",
    "packaging": "together",
}


def variables_of(app: Flask, case_id: str) -> dict[str, object]:
    with parts_of(app).db.read() as connection:
        query = process_instance.select().where(process_instance.c.case_id == case_id)
        return canonical.decode(connection.execute(query).one().variables)


@pytest.mark.parametrize("person", ["lin", "wang", "chen", "cang"])
def test_an_order_number_typed_into_a_start_form_shows_nobodys_phone(
    browse: Callable[[str], Browser], person: str
) -> None:
    page = browse(person).get("/start/p07_delivery?order_id=SO-1001").text
    assert 'value="C-8812"' in page
    assert "138****8000" in page
    assert not [secret for secret in SECRETS if secret in page]
    again = browse(person).post("/start/p07_delivery", {"order_id": "SO-1001"})
    live = browse(person).post("/start/p07_delivery/fields", {"order_id": "SO-1001"})
    assert again.status_code == 422
    for answer in (again, live):
        assert not [secret for secret in SECRETS if secret in answer.text]


def test_what_is_left_empty_comes_from_the_order(browse: Callable[[str], Browser], app: Flask) -> None:
    answer = browse("wang").post("/start/p07_delivery", DISPATCH)
    assert answer.status_code == 303, answer.text
    variables = variables_of(app, answer.location.rpartition("/")[2])
    assert variables["receiver_phone"] == "13800138000"
    assert variables["receiver_name"] == "张小明"


def test_what_is_typed_wins_over_the_order(browse: Callable[[str], Browser], app: Flask) -> None:
    answer = browse("wang").post("/start/p07_delivery", DISPATCH | {"receiver_phone": "13911112222"})
    variables = variables_of(app, answer.location.rpartition("/")[2])
    assert variables["receiver_phone"] == "13911112222"
    assert variables["receiver_name"] == "张小明"


def test_what_was_typed_comes_back_with_an_error(browse: Callable[[str], Browser]) -> None:
    answer = browse("wang").post("/start/p07_delivery", {"order_id": "SO-1001", "receiver_phone": "13911112222"})
    assert answer.status_code == 422
    assert 'value="13911112222"' in answer.text


def test_no_page_of_the_case_shows_them_either(browse: Callable[[str], Browser], app: Flask) -> None:
    case = browse("wang").post("/start/p07_delivery", DISPATCH).location.rpartition("/")[2]
    parts_of(app).worker.drain()
    tasks = parts_of(app).queries.case(case, accounts.get(parts_of(app).db, "chen").actor).tasks
    for person in ("wang", "chen", "zheng"):
        paths = [f"/cases/{case}", f"/cases/{case}/live", f"/audit/{case}", *(f"/tasks/{task.id}" for task in tasks)]
        for path in paths:
            text = browse(person).get(path).text
            assert not [secret for secret in SECRETS if secret in text], (person, path)
