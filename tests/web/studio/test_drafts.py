"""Drafts as editors save them: two people, closed changes, bad content, and who may read and write."""

from __future__ import annotations

import pytest

from tests.web.browser import PEOPLE
from tests.web.studio.desk import SECOND, Studio

TABLE = ("decision", "logistics_status")
TEXT = ("template", "T10A")


def test_a_save_says_the_new_revision_and_the_next_one_goes_on_from_it(desk: Studio) -> None:
    key = desk.open(TEXT)
    first = desk.save("zhou", key, *TEXT, "亲,您好!包裹正常。", revision=1)
    assert first.status_code == 200
    assert first.json is not None
    assert first.json["revision"] == 2
    assert first.json["saved_at"] == "今天 09:00"
    assert desk.save("zhou", key, *TEXT, "亲,您好!包裹很正常。", revision=2).status_code == 200
    assert desk.draft(key, *TEXT).content.decode() == "亲,您好!包裹很正常。"


def test_who_comes_second_is_told_what_the_first_saved_and_nothing_is_written(desk: Studio) -> None:
    key = desk.open(TEXT)
    desk.save("zhou", key, *TEXT, "周的", revision=1)
    answer = desk.save(SECOND, key, *TEXT, "郝的", revision=1)
    assert answer.status_code == 409
    told = answer.json
    assert told is not None
    assert (told["revision"], told["content"], told["saved_by"]) == (2, "周的", "周流程")
    assert "没有保存" in told["message"]
    assert desk.draft(key, *TEXT).content.decode() == "周的"
    assert desk.save(SECOND, key, *TEXT, "郝的", revision=told["revision"]).status_code == 200


def test_the_same_text_twice_is_one_save_even_when_its_answer_was_lost(desk: Studio) -> None:
    key = desk.open(TEXT)
    desk.save("zhou", key, *TEXT, "一样的", revision=1)
    again = desk.save("zhou", key, *TEXT, "一样的", revision=1)
    assert (again.status_code, again.json and again.json["revision"]) == (200, 2)


@pytest.mark.parametrize(
    "sent",
    [
        {"content": "x"},
        {"content": "x", "revision": "1"},
        {"content": "x", "revision": True},
        {"content": None, "revision": 1},
        {"content": ["x"], "revision": 1},
        {"content": "半个\ud83d", "revision": 1},
        {"content": "长" * 700_000, "revision": 1},
        {"content": "x" * 2_000_001, "revision": 1},
        {},
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(desk: Studio, sent: dict[str, object]) -> None:
    key = desk.open(TEXT)
    before = desk.draft(key, *TEXT)
    answer = desk.post_json("zhou", f"/studio/changes/{key}/edit/template/T10A", sent)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["message"].endswith("。")
    assert desk.draft(key, *TEXT) == before


def test_a_body_that_is_no_json_or_nested_without_end_is_refused(desk: Studio) -> None:
    key = desk.open(TEXT)
    client = desk.browser("zhou").client
    path = f"/studio/changes/{key}/edit/template/T10A"
    for body in (b"content=x", b"[" * 100_000, b'{"content": "x", "revision": 1', b"\xff"):
        assert client.post(path, data=body, content_type="application/json").status_code == 422


def test_a_closed_change_takes_no_more_saves(desk: Studio) -> None:
    key = desk.open(TEXT)
    desk.browser("zhou").post(f"/studio/changes/{key}/withdraw")
    answer = desk.save("zhou", key, *TEXT, "太晚了", revision=1)
    assert answer.status_code == 422
    assert answer.json is not None
    assert "已撤回" in answer.json["message"]
    page = desk.browser("zhou").get(f"/studio/changes/{key}/edit/template/T10A")
    assert page.status_code == 200
    assert "只读" in page.text


def test_the_lint_answers_for_text_that_is_not_saved(desk: Studio) -> None:
    key = desk.open(TABLE)
    text = desk.draft(key, *TABLE).content.decode()
    path = f"/studio/changes/{key}/lint/decision/logistics_status"
    fine = desk.post_json("zhou", path, {"content": text})
    assert fine.json == {"findings": []}
    broken = desk.post_json("zhou", path, {"content": text.replace("[24..48]", "[24..")})
    other = desk.post_json("zhou", path, {"content": text.replace('id="logistics_status"', 'id="other"')})
    assert desk.draft(key, *TABLE).content.decode() == text
    assert other.json is not None
    assert "draft.id" in {finding["rule"] for finding in other.json["findings"]}
    assert broken.json is not None


def test_the_lint_knows_what_else_is_in_the_change(desk: Studio) -> None:
    """A diagram that asks a decision which only another draft defines."""
    key = desk.open(("bpmn", "p10_courier_query"), ("decision", "new_rule"))
    text = desk.draft(key, "bpmn", "p10_courier_query").content.decode()
    asks = text.replace('decisionId="logistics_status"', 'decisionId="new_rule"')
    assert asks != text
    path = f"/studio/changes/{key}/lint/bpmn/p10_courier_query"
    with_draft = desk.post_json("zhou", path, {"content": asks}).json
    desk.browser("zhou").post(f"/studio/changes/{key}/discard", {"kind": "decision", "id": "new_rule"})
    without = desk.post_json("zhou", path, {"content": asks}).json
    assert with_draft is not None
    assert without is not None
    assert {f["rule"] for f in without["findings"]} - {f["rule"] for f in with_draft["findings"]}


def test_surroundings_show_drafts_before_what_is_in_force(desk: Studio) -> None:
    key = desk.open(("form", "p10_courier_query.start"), ("decision", "new_rule"), ("bpmn", "p99_new"))
    desk.replace("zhou", key, "form", "p10_courier_query.start", '"label": "订单号"', '"label": "单号"')
    around = desk.browser("zheng").get(f"/studio/changes/{key}/surroundings").json
    assert around is not None
    (form,) = [one for one in around["forms"] if one["id"] == "p10_courier_query.start"]
    assert {"key": "order_id", "label": "单号", "type": "textfield"} in form["fields"]
    assert "new_rule" in {one["id"] for one in around["decisions"]}
    (table,) = [one for one in around["decisions"] if one["id"] == "logistics_status"]
    assert "hours_since_update" in table["inputs"]
    assert "logistics_status" in table["outputs"]
    assert {"id": "p99_new", "name": "新流程"} in around["processes"]
    assert {"id": "p10_courier_query", "name": "快递查询流程"} in around["processes"]
    assert {"id": "aftersales", "name": "售后客服"} in around["groups"]
    assert "T10A" in around["templates"]
    (job,) = [one for one in around["jobTypes"] if one["id"] == "poll_logistics"]
    assert "last_location" in job["results"]
    assert "case_id" in around["facts"]


@pytest.mark.parametrize("person", sorted(set(PEOPLE) - {"zhou", "zhao", "zheng"}))
def test_nobody_else_reads_or_writes(desk: Studio, person: str) -> None:
    key = desk.open(TEXT)
    assert desk.save(person, key, *TEXT, "不该", revision=1).status_code == 404
    browser = desk.browser(person)
    for path in ("edit/template/T10A", "surroundings"):
        assert browser.get(f"/studio/changes/{key}/{path}").status_code == 404
    assert desk.post_json(person, f"/studio/changes/{key}/lint/template/T10A", {"content": "x"}).status_code == 404
    assert browser.get("/studio/content/" + "0" * 64).status_code == 404


@pytest.mark.parametrize("person", ["zhao", "zheng"])
def test_reviewers_and_auditors_read_and_do_not_write(desk: Studio, person: str) -> None:
    key = desk.open(TEXT)
    assert desk.save(person, key, *TEXT, "不该", revision=1).status_code == 404
    page = desk.browser(person).get(f"/studio/changes/{key}/edit/template/T10A")
    assert page.status_code == 200
    assert 'data-test="read-only"' in page.text
    assert "data-editor-save" not in page.text


def test_what_there_is_not_is_not_found(desk: Studio) -> None:
    key = desk.open(TEXT)
    zhou = desk.browser("zhou")
    for path in ("999/edit/template/T10A", f"{key}/edit/template/T99", f"{key}/edit/nonsense/T10A", "999/surroundings"):
        assert zhou.get(f"/studio/changes/{path}").status_code == 404
    assert desk.save("zhou", key, "template", "T99", "x", revision=1).status_code == 404


def test_the_content_of_any_version_is_text(desk: Studio) -> None:
    with desk.parts.db.read() as connection:
        digest = connection.exec_driver_sql("SELECT hash FROM current_resource WHERE id = 'T10A'").scalar_one()
    answer = desk.browser("zheng").get(f"/studio/content/{digest}")
    assert answer.mimetype == "text/plain"
    assert "物流正常" in answer.text
    for wrong in ("0" * 64, "nonsense", digest.upper() + "0"):
        assert desk.browser("zheng").get(f"/studio/content/{wrong}").status_code == 404


def test_the_text_editor_says_the_draft_and_where_to_save_it(desk: Studio) -> None:
    key = desk.open(TEXT)
    desk.save("zhou", key, *TEXT, "亲,您好!</script><script>alert(1)</script>")
    page = desk.browser("zhou").get(f"/studio/changes/{key}/edit/template/T10A").text
    assert "<script>alert" not in page
    assert f"/studio/changes/{key}/edit/template/T10A" in page
    assert 'data-insert="waybill_no"' in page
