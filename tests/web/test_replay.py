"""The replay of a case over HTTP: who gets it, what stands in it, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from engine.model import SYSTEM
from tests.web.browser import STALLED, Browser
from web import parts_of


@pytest.fixture
def case_id(browse: Callable[[str], Browser]) -> str:
    """A query of wang's about a parcel that stands still; its first task is done."""
    wang = browse("wang")
    found = wang.start_inquiry()
    task = wang.open_task(found)
    wang.post(f"/tasks/{task}/claim")
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    return found


def film(browser: Browser, case_id: str) -> dict[str, Any]:
    answer = browser.get(f"/audit/{case_id}/replay/film.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


@pytest.mark.parametrize("path", ["/audit/{case}/replay", "/audit/{case}/replay/film.json"])
def test_auditors_and_superiors_see_it_and_nobody_else_learns_of_it(
    browse: Callable[[str], Browser], case_id: str, path: str
) -> None:
    for person, status in {"zheng": 200, "chen": 200, "zhao": 200, "wang": 404, "cang": 404, "admin": 404}.items():
        assert browse(person).get(path.format(case=case_id)).status_code == status, person
    assert browse("zheng").get(path.format(case="999999")).status_code == 404
    assert browse("zheng").get(path.format(case="x'--")).status_code == 404


def test_every_event_has_a_frame_and_a_line(browse: Callable[[str], Browser], case_id: str, app: Flask) -> None:
    found = film(browse("zheng"), case_id)
    events = parts_of(app).queries.events(case_id, SYSTEM, limit=2000)
    keys = [instance["key"] for instance in found["instances"]]
    assert [(keys[f[0]], f[5]) for f in found["frames"]] == [(e.stream, e.seq) for e in events]
    assert len(found["lines"]) == len(events)
    for (_, at, what, _, _, _), (person, said, name, sign, fine, more), event in zip(
        found["frames"], found["lines"], events, strict=True
    ):
        assert at == int(event.at.timestamp() * 1000)
        assert what in {"note", "enter", "leave", "pass", "cancel", "flow", "trouble", "mended"}
        assert found["people"][person] == {"id": event.actor, "name": event.actor_name}
        assert found["texts"][said]
        assert found["texts"][name] == (event.element_name or "")
        assert sign in {"done", "wait", "bad", "plain"}
        assert fine in {0, 1}
        assert more == 0 or set(more) == {"notes", "changes"}
    assert found["cut"] is False


def test_the_words_are_those_of_the_history(browse: Callable[[str], Browser], case_id: str) -> None:
    found, page = film(browse("zheng"), case_id), browse("zheng").get(f"/audit/{case_id}").text
    said = [found["texts"][line[1]] for line in found["lines"]]
    assert {"流程开始", "完成任务", "决策"} <= set(said)
    notes = [note for line in found["lines"] if line[5] for note in line[5]["notes"]]
    assert any("命中规则" in note for note in notes)
    assert all(note in page for note in notes if "命中规则" in note)
    completed = next(line for line in found["lines"] if found["texts"][line[1]] == "完成任务")
    (place,) = [change for change in completed[5]["changes"] if change[1] == "last_location"]
    assert place[3] == "杭州"


def test_a_template_that_was_sent_is_named(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry()
    task = wang.open_task(case_id)
    wang.post(f"/tasks/{task}/claim")
    wang.post(f"/tasks/{task}", STALLED | {"hours_since_update": "10", "customer_urges": "false"})
    parts_of(app).worker.drain()
    found = film(browse("zheng"), case_id)
    (letter,) = [line for line in found["lines"] if found["texts"][line[1]] == "写好发送内容"]
    assert letter[5]["notes"][0].startswith("模板 T10")


def test_personal_data_are_masked(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry(description="请打13800138000联系张小明")
    text = browse("zheng").get(f"/audit/{case_id}/replay/film.json").text
    assert "13800138000" not in text
    assert "C-8812" not in text


def test_who_has_the_film_gets_no_second_one(browse: Callable[[str], Browser], case_id: str) -> None:
    zheng = browse("zheng")
    first = zheng.get(f"/audit/{case_id}/replay/film.json")
    tag = first.headers["ETag"]
    again = zheng.get(f"/audit/{case_id}/replay/film.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    zheng.client.set_cookie("lang", "en")
    english = zheng.get(f"/audit/{case_id}/replay/film.json", headers={"If-None-Match": tag})
    assert english.status_code == 200


@pytest.mark.parametrize("at", ["x", "1", "1.", "0.1", "1.0", "1.2.3", "-1.2", "1.2'", "9" * 40 + ".1", "<script>"])
def test_a_moment_that_cannot_be_is_told_of_and_the_page_stays(
    browse: Callable[[str], Browser], case_id: str, at: str
) -> None:
    answer = browse("zheng").get(f"/audit/{case_id}/replay", query_string={"at": at})
    assert answer.status_code == 200
    assert 'data-test="wrong-moment"' in answer.text
    assert 'data-at=""' in answer.text


def test_a_moment_stands_in_the_page_for_its_script(browse: Callable[[str], Browser], case_id: str) -> None:
    answer = browse("zheng").get(f"/audit/{case_id}/replay?at={case_id}.3")
    assert f'data-at="{case_id}.3"' in answer.text
    assert "wrong-moment" not in answer.text


def test_the_history_leads_to_the_replay_of_each_of_its_lines(browse: Callable[[str], Browser], case_id: str) -> None:
    page = browse("zheng").get(f"/audit/{case_id}").text
    assert f'href="/audit/{case_id}/replay"' in page
    for seq in (1, 2, 3):
        assert f'href="/audit/{case_id}/replay?at={case_id}.{seq}"' in page


def test_it_speaks_english(browse: Callable[[str], Browser], case_id: str) -> None:
    zheng = browse("zheng")
    zheng.client.set_cookie("lang", "en")
    page = zheng.get(f"/audit/{case_id}/replay").text
    assert "Copy the link to this moment" in page
    assert "A wait of {span}, shortened" in page
    assert "复制" not in page
    found = film(zheng, case_id)
    assert not {"流程开始", "完成任务"} & set(found["texts"])
