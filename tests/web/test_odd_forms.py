"""Forms as an opponent, a slow line or the Back button sends them: odd, doubled, changed, at once, too late."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from engine import accounts
from engine.definitions import Deployment
from engine.model import SYSTEM
from engine.store.tables import process_instance
from tests.web.browser import INQUIRY, STALLED, Browser
from web import parts_of

HUGE = "9" * 30
RIGHT_TO_LEFT = "\u202e"


def cases(app: Flask) -> int:
    with parts_of(app).db.read() as connection:
        return connection.execute(select(func.count()).select_from(process_instance)).scalar_one()


# --- forms ---------------------------------------------------------------------------------------------


def test_ten_thousand_fields_are_refused_in_a_sentence(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    answer = wang.post("/start/p10_courier_query", {f"field{n}": "x" for n in range(10_000)})
    assert answer.status_code in (413, 422)
    assert len(answer.data) < 300_000
    task = wang.open_task(wang.start_inquiry())
    assert wang.post(f"/tasks/{task}/fields", {f"f{n}": "x" for n in range(10_000)}).status_code in (200, 413)


@pytest.mark.parametrize("odd", ["\x00", RIGHT_TO_LEFT, "\ufffe", "a\x1bb", "\u2066x"])
def test_hidden_characters_are_refused_at_their_field(browse: Callable[[str], Browser], odd: str) -> None:
    answer = browse("wang").post("/start/p10_courier_query", INQUIRY | {"description": f"急{odd}件"})
    assert answer.status_code == 422
    assert 'id="f-description-error"' in answer.text


def test_every_field_twice_is_an_error_and_no_crash(browse: Callable[[str], Browser], app: Flask) -> None:
    answer = browse("wang").post("/start/p10_courier_query", {name: [text, text] for name, text in INQUIRY.items()})
    assert answer.status_code == 422
    assert cases(app) == 0


def test_a_reason_keeps_no_character_that_hides(browse: Callable[[str], Browser], app: Flask) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry()
    assert chen.post(f"/cases/{case}/cancellation", {"reason": f"{RIGHT_TO_LEFT}\x00\u200b "}).status_code == 303
    assert "已取消" not in chen.get(f"/cases/{case}").text, "a reason that nobody can see is none"
    chen.post(f"/cases/{case}/cancellation", {"reason": f"重复{RIGHT_TO_LEFT}工单"})
    text = chen.get(f"/audit/{case}").text
    assert "重复工单" in text
    assert RIGHT_TO_LEFT not in text


def test_the_same_start_twice_is_one_case_and_a_changed_one_is_another(
    browse: Callable[[str], Browser], app: Flask
) -> None:
    """The Back button brings the form back with its key: what is changed then must not get lost in silence."""
    wang = browse("wang")
    form = INQUIRY | {"_submission_key": "a" * 32}
    first = wang.post("/start/p10_courier_query", form)
    assert wang.post("/start/p10_courier_query", form).location == first.location
    assert cases(app) == 1
    changed = wang.post("/start/p10_courier_query", form | {"description": "另一位客户的另一件事"})
    assert changed.status_code == 303
    assert changed.location != first.location
    assert cases(app) == 2


def test_a_task_sent_again_with_other_answers_is_told_that_they_were_not_taken(
    browse: Callable[[str], Browser],
) -> None:
    wang = browse("wang")
    task = wang.open_task(wang.start_inquiry())
    form = STALLED | {"_submission_key": "b" * 32}
    assert wang.post(f"/tasks/{task}", form).status_code == 303
    assert wang.post(f"/tasks/{task}", form).status_code == 303
    answer = wang.post(f"/tasks/{task}", form | {"hours_since_update": "2"})
    assert answer.status_code == 409
    assert "未保存" in answer.text


def test_of_eight_people_at_once_one_completes_the_task(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    gate = threading.Barrier(8)

    def press(number: int) -> int:
        person = browse("wang" if number % 2 else "sun")
        gate.wait()
        return person.post(f"/tasks/{task}", STALLED | {"_submission_key": f"{number:032}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(press, range(8)))
    assert answers == [303] + [409] * 7
    kinds = [event.kind for event in parts_of(app).queries.events(case, accounts.get(parts_of(app).db, "chen").actor)]
    assert kinds.count("user_task.completed") == 1


def test_one_person_pressing_eight_times_gets_the_same_answer_each_time(
    browse: Callable[[str], Browser], app: Flask
) -> None:
    gate = threading.Barrier(8)
    form = INQUIRY | {"_submission_key": "c" * 32}

    def press(_: int) -> str:
        person = browse("wang")
        gate.wait()
        return person.post("/start/p10_courier_query", form).location

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(press, range(8)))) == 1
    assert cases(app) == 1


def test_a_start_form_of_an_older_version_comes_back_with_what_was_typed(
    browse: Callable[[str], Browser], app: Flask
) -> None:
    name = "forms/p10_courier_query/start.form"
    schema = parts_of(app).definitions.latest("p10_courier_query").start_schema
    assert schema is not None
    newer = json.loads(json.dumps(schema))
    newer["components"] = [part for part in newer["components"] if part.get("key") != "shop"]
    deployment = parts_of(app).definitions.deploy({name: json.dumps(newer).encode()}, SYSTEM)
    assert isinstance(deployment, Deployment)
    answer = browse("wang").post("/start/p10_courier_query", INQUIRY)
    assert answer.status_code == 422
    assert "包裹三天没动了" in answer.text
    assert cases(app) == 0
