"""A change from its first draft to what is in force: reviewed by somebody else, refused while anything is wrong."""

from __future__ import annotations

import threading

import pytest

from engine import studio
from engine.definitions import Definitions
from engine.model import SYSTEM
from tests.sample import long
from tests.unit.bpmn.drawing import Drawing
from tests.web.browser import PEOPLE
from tests.web.studio.desk import SECOND, Studio

TABLE = ("decision", "logistics_status")
TEXT = ("template", "T10A")
STRICTER = ("48", "36")


@pytest.fixture
def without_scenarios(desk: Studio) -> None:
    """Scenarios have tests of their own; the others do without their seconds."""
    desk.settings(scenarios=False)


def change_the_table(desk: Studio) -> int:
    key = desk.open(TABLE)
    desk.replace("zhou", key, *TABLE, *STRICTER)
    return key


# --- the way through -----------------------------------------------------------------------------


@pytest.mark.usefixtures("without_scenarios")
def test_a_change_is_submitted_approved_and_deployed(desk: Studio) -> None:
    key = change_the_table(desk)
    assert desk.post("zhou", key, "submit", note="请看界限").status_code == 303
    assert desk.approve("zhao", key).status_code == 303
    answer = desk.post("zhou", key, "deploy", reason="快递变慢")
    assert (answer.status_code, answer.location) == (303, f"/studio/changes/{key}/review")
    page = desk.browser("zhou").get(answer.location).text
    made = page.partition('data-test="made"')[2]
    for place in (
        "history/bpmn/p10_courier_query",
        "processes/p10_courier_query/migrate",
        "processes/p10_courier_query/heat",
    ):
        assert f"/studio/{place}" in made
    assert 'data-test="migrate-p10_courier_query"' in desk.browser("zhou").get("/studio").text
    change = desk.change(key)
    assert (change.status, change.deployment) == ("deployed", 2)
    kinds = [entry.kind for entry in change.entries]
    assert kinds == ["opened", "edited", "submitted", "approved", "deployed"]
    rows = desk.rows("SELECT number, actor, reason, change, restores FROM deployment WHERE number = 2")
    assert rows == [(2, "zhou", "快递变慢", key, None)]
    ((kind, resource_id, before, after),) = desk.rows(
        "SELECT kind, id, before, after FROM deployment_resource WHERE deployment = 2"
    )
    assert (kind, resource_id) == TABLE
    assert before != after
    said = desk.system_values("definition.deployed")[-1]
    assert (said["reason"], said["change"], said["restores"]) == ("快递变慢", key, None)
    assert {"change.opened", "change.submitted", "change.approved"} <= desk.system_kinds()


@pytest.mark.usefixtures("without_scenarios")
def test_who_wrote_or_submitted_may_not_approve(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.replace(SECOND, key, *TABLE, "72", "60")
    desk.post("zhou", key, "submit")
    for author in ("zhou", SECOND):
        answer = desk.approve(author, key)
        assert answer.status_code == 403
        assert "另一位同事" in answer.text
        assert 'data-test="approve"' not in desk.browser(author).get(f"/studio/changes/{key}/review").text
    assert desk.change(key).status == "submitted"
    assert 'data-test="approve"' in desk.browser("zhao").get(f"/studio/changes/{key}/review").text


@pytest.mark.usefixtures("without_scenarios")
def test_who_wrote_and_discarded_what_he_wrote_is_still_an_author(desk: Studio) -> None:
    key = change_the_table(desk)
    with desk.parts.db.begin() as tx:
        studio.add_resource(tx, desk.actor(SECOND), key, *TEXT, desk.parts.clock.now())
    desk.post(SECOND, key, "discard", kind="template", id="T10A")
    desk.post("zhou", key, "submit")
    assert desk.approve(SECOND, key).status_code == 403


@pytest.mark.usefixtures("without_scenarios")
def test_a_save_after_the_approval_voids_it(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    desk.approve("zhao", key)
    same = desk.draft(key, *TABLE).content.decode()
    desk.save("zhou", key, *TABLE, same)
    assert desk.change(key).approved
    desk.replace("zhou", key, *TABLE, "72", "60")
    change = desk.change(key)
    assert (change.status, change.approved) == ("open", False)
    answer = desk.post("zhou", key, "deploy")
    assert answer.status_code == 409
    assert "审核" in answer.text
    assert desk.version() == 1
    assert "change.reopened" in desk.system_kinds()


@pytest.mark.usefixtures("without_scenarios")
def test_another_title_or_reason_after_the_approval_voids_it(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    seen = desk.change(key).revision
    desk.post("zhou", key, "edit", title="改物流时限", why="另一个原因")
    assert desk.approve(SECOND, key, seen).status_code == 409
    assert desk.approve(SECOND, key).status_code == 303
    desk.post("zhou", key, "edit", title="改物流时限", why="另一个原因")
    assert desk.change(key).approved
    desk.post("zhou", key, "edit", title="改物流时限", why="又一个原因")
    assert not desk.change(key).approved
    assert desk.change(key).entries[-1].kind == "reopened"
    assert desk.post("zhou", key, "deploy").status_code == 409


@pytest.mark.usefixtures("without_scenarios")
def test_what_was_written_on_while_the_reviewer_read_is_not_approved(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    seen = desk.change(key).revision
    desk.replace("zhou", key, *TABLE, "72", "60")
    answer = desk.approve("zhao", key, revision=seen)
    assert answer.status_code == 409
    assert desk.change(key).status == "submitted"


@pytest.mark.usefixtures("without_scenarios")
def test_a_change_is_given_back_with_a_note_and_comes_again(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    assert desk.post("zhao", key, "review", decision="return", note=" ").status_code == 422
    assert desk.post("zhao", key, "review", decision="return", note="请补边界场景").status_code == 303
    assert desk.change(key).status == "open"
    assert "请补边界场景" in desk.browser("zhou").get(f"/studio/changes/{key}/review").text
    assert desk.post("zhou", key, "deploy").status_code == 409
    assert desk.post("zhou", key, "submit").status_code == 303
    assert desk.approve("zhao", key).status_code == 303


@pytest.mark.usefixtures("without_scenarios")
def test_nothing_is_approved_that_was_not_submitted(desk: Studio) -> None:
    key = change_the_table(desk)
    assert desk.approve("zhao", key).status_code == 409
    assert desk.post("zhao", key, "review", decision="return", note="x").status_code == 409
    desk.post("zhou", key, "submit")
    assert desk.post("zhou", key, "submit").status_code == 409


@pytest.mark.usefixtures("without_scenarios")
def test_a_manager_approves_and_does_not_write_or_deploy(desk: Studio) -> None:
    key = change_the_table(desk)
    for verb in ("edit", "withdraw", "add", "discard", "keep", "submit", "deploy", "import"):
        assert desk.post("zhao", key, verb, title="x", kind="template", id="T10A").status_code == 404, verb
        assert desk.post("zheng", key, verb, title="x", kind="template", id="T10A").status_code == 404, verb
    assert desk.post("zheng", key, "review", decision="approve").status_code == 404
    assert desk.post("zheng", key, "tests").status_code == 404


@pytest.mark.parametrize("person", sorted(set(PEOPLE) - {"zhou", "zhao", "zheng"}))
def test_everybody_else_finds_nothing(desk: Studio, person: str) -> None:
    key = change_the_table(desk)
    browser = desk.browser(person)
    for path in ("", "/tests", "/review", "/archive"):
        assert browser.get(f"/studio/changes/{key}{path}").status_code == 404
    for path in ("/studio/changes", "/studio/changes/settings", "/studio/processes/p10_courier_query/archive"):
        assert browser.get(path).status_code == 404
    for verb in ("edit", "withdraw", "add", "discard", "keep", "submit", "review", "deploy", "import", "tests"):
        assert desk.post(person, key, verb, kind="template", id="T10A").status_code == 404, verb
    for path in ("/studio/changes", "/studio/changes/settings", "/studio/rollback", "/studio/edit", "/studio/import"):
        assert browser.post(path, {"title": "x", "resource": "template/T10A", "deployment": "1"}).status_code == 404
    assert desk.rows("SELECT count(*) FROM studio_change") == [(1,)]


# --- what stands in the way ----------------------------------------------------------------------


@pytest.mark.usefixtures("without_scenarios")
def test_a_change_that_changes_nothing_is_neither_submitted_nor_deployed(desk: Studio) -> None:
    key = desk.open(TABLE)
    answer = desk.post("zhou", key, "submit")
    assert answer.status_code == 422
    assert "没有任何修改" in answer.text
    desk.settings(four_eyes=False, scenarios=False)
    assert desk.post("zhou", key, "deploy").status_code == 409


@pytest.mark.usefixtures("without_scenarios")
def test_errors_of_the_lint_refuse_the_deployment_and_are_shown_with_file_and_rule(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=False)
    key = desk.open(("decision", "new_rule"))
    answer = desk.post("zhou", key, "deploy")
    assert answer.status_code == 409
    page = desk.browser("zhou").get(f"/studio/changes/{key}").text
    assert 'data-rule="dmn.no_rules"' in page
    assert "new_rule.dmn" in page


@pytest.mark.usefixtures("without_scenarios")
def test_a_loop_without_a_wait_is_refused(desk: Studio) -> None:
    """Steps that nobody waits at lead back to themselves."""
    desk.settings(four_eyes=False, scenarios=False)
    key = desk.open(("bpmn", "p99_loop"))
    loop = Drawing("p99_loop").start().task("a").task("b").flow("start", "a", "b", "a").xml().decode()
    assert desk.save("zhou", key, "bpmn", "p99_loop", loop).status_code == 200
    assert desk.post("zhou", key, "deploy").status_code == 409
    with desk.parts.db.read() as connection:
        rules = {f.rule for f in studio.check_change(connection, desk.parts.definitions, key) if f.severity == "error"}
    assert any("loop" in rule or "cycle" in rule for rule in rules), rules


@pytest.mark.usefixtures("without_scenarios")
def test_a_draft_that_breaks_what_is_in_force_besides_is_refused(desk: Studio) -> None:
    """A decision that no longer gives what a diagram outside the change asks for is an error of the change."""
    desk.settings(four_eyes=False, scenarios=False)
    key = desk.open(TABLE)
    text = desk.draft(key, *TABLE).content.decode()
    desk.save("zhou", key, *TABLE, text.replace('<decision id="logistics_status"', '<decision id="other_status"'))
    assert desk.post("zhou", key, "deploy").status_code == 409
    assert desk.version() == 1


@pytest.mark.usefixtures("without_scenarios")
def test_a_base_that_moved_has_to_be_looked_at(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=False)
    mine, theirs = change_the_table(desk), desk.open(TABLE, by=SECOND)
    desk.replace(SECOND, theirs, *TABLE, "72", "60")
    assert desk.post(SECOND, theirs, "deploy").status_code == 303
    answer = desk.post("zhou", mine, "deploy")
    assert answer.status_code == 409
    assert "logistics_status" in answer.text
    page = desk.browser("zhou").get(f"/studio/changes/{mine}").text
    assert 'data-standing="moved"' in page
    assert desk.post("zhou", mine, "keep", kind="decision", id="logistics_status").status_code == 303
    assert desk.change(mine).drafts[0].standing == "changed"
    assert desk.post("zhou", mine, "deploy").status_code == 303
    assert desk.version() == 3


@pytest.mark.usefixtures("without_scenarios")
def test_keeping_mine_voids_an_approval(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    desk.approve("zhao", key)
    other = desk.draft(key, *TABLE).content.replace(b"36", b"40")
    Definitions(desk.parts.db, desk.parts.clock).deploy({"logistics_status.dmn": other}, SYSTEM)
    assert desk.post("zhou", key, "deploy").status_code == 409
    desk.post("zhou", key, "keep", kind="decision", id="logistics_status")
    assert desk.change(key).status == "open"


@pytest.mark.usefixtures("without_scenarios")
def test_two_who_deploy_at_once_deploy_once(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=False)
    key = change_the_table(desk)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda who=who: answers.append(desk.post(who, key, "deploy").status_code))
        for who in ("zhou", SECOND, "zhou", SECOND)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 303
    assert answers.count(303) == 1
    assert set(answers) <= {303, 409}
    assert desk.rows("SELECT count(*) FROM deployment WHERE change IS NOT NULL") == [(1,)]
    assert desk.version() == 2


@pytest.mark.usefixtures("without_scenarios")
def test_a_closed_change_is_left_alone(desk: Studio) -> None:
    key = change_the_table(desk)
    assert desk.post("zhou", key, "withdraw", note="不改了").status_code == 303
    for verb in ("edit", "withdraw", "add", "discard", "keep", "submit", "import"):
        answer = desk.post("zhou", key, verb, title="x", kind="decision", id="logistics_status")
        assert answer.status_code in (303, 409), verb
    assert desk.post("zhou", key, "deploy").status_code == 409
    assert desk.approve("zhao", key).status_code == 409
    change = desk.change(key)
    assert (change.status, change.title) == ("withdrawn", "改物流时限")
    assert change.entries[-1].kind == "withdrawn"


# --- scenarios -----------------------------------------------------------------------------------


def test_a_change_whose_scenarios_fail_is_not_deployed(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=True)
    key = change_the_table(desk)  # 10-S4 says that 30 hours are still watched
    desk.replace("zhou", key, *TABLE, "24", "20")
    only = desk.draft(key, *TABLE)
    assert only.revision == 3
    desk.put(key, "scenario", "p10_courier_query", FAILING)
    run = desk.run_tests(key)
    assert run.processes == ("a03_aftersales_first_contact", "p05_order_tracking", "p10_courier_query")
    assert [result.no for _, result in run.failed] == ["T1"]
    answer = desk.post("zhou", key, "deploy")
    assert answer.status_code == 409
    assert "1 个场景没有通过" in answer.text
    page = desk.browser("zheng").get(f"/studio/changes/{key}/tests").text
    assert "T1" in page
    assert desk.version() == 1


@long
def test_what_the_scenarios_passed_on_is_what_is_deployed(desk: Studio) -> None:
    """A save after the run asks for another one."""
    desk.settings(four_eyes=False, scenarios=True)
    key = desk.open(TEXT)
    desk.save("zhou", key, *TEXT, "亲,您好!您的包裹{waybill_no}物流正常。")
    assert desk.run_tests(key).passed  # no process depends on a text's words
    assert desk.post("zhou", key, "deploy").location == f"/studio/changes/{key}/review"
    key = desk.open(TABLE)
    desk.replace("zhou", key, *TABLE, "物流状态判定", "物流状态的判定")
    desk.put(key, "scenario", "p10_courier_query", PASSING)
    assert desk.run_tests(key).passed
    desk.put(key, "scenario", "p10_courier_query", FAILING)
    assert desk.run_tests(key).failed
    assert desk.post("zhou", key, "deploy").status_code == 409
    assert desk.version() == 1
    desk.put(key, "scenario", "p10_courier_query", PASSING)
    assert desk.post("zhou", key, "deploy").location == f"/studio/changes/{key}/review"
    assert desk.version() == 2
    assert desk.rows("SELECT kind FROM current_resource WHERE id = 'p10_courier_query' ORDER BY kind") == [
        ("bpmn",),
        ("scenario",),
    ]


def test_a_scenario_file_that_cannot_be_read_is_an_error_of_the_change(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=True)
    key = desk.open()
    for content in ("process: p10_courier_query\nscenarios: [", "process: p11_invoice\nscenarios:\n- no: x\n", "- 1\n"):
        desk.put(key, "scenario", "p10_courier_query", content)
        assert desk.post("zhou", key, "deploy").status_code == 409
        assert 'data-rule="scenario.file"' in desk.browser("zhou").get(f"/studio/changes/{key}").text


# --- settings ------------------------------------------------------------------------------------


def test_ones_own_approval_from_when_one_was_enough_does_not_count_when_two_have_to_look(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.settings(four_eyes=False, scenarios=False)
    desk.post("zhou", key, "submit")
    assert desk.approve("zhou", key).status_code == 303
    desk.settings(four_eyes=True, scenarios=False)
    assert desk.post("zhou", key, "deploy").status_code == 409
    desk.settings(four_eyes=False, scenarios=False)
    assert desk.post("zhou", key, "deploy").status_code == 303


def test_what_a_change_needs_is_set_by_owners_and_written_down(desk: Studio) -> None:
    assert "checked" in desk.browser("zheng").get("/studio/changes/settings").text
    for person in ("zhao", "zheng"):
        assert desk.browser(person).post("/studio/changes/settings", {}).status_code == 404
    assert desk.browser("zhou").post("/studio/changes/settings", {"scenarios": "on"}).status_code == 303
    said = desk.system_values("change.settings")
    assert said == [
        {"before": {"four_eyes": True, "scenarios": True}, "after": {"four_eyes": False, "scenarios": True}}
    ]
    desk.browser("zhou").post("/studio/changes/settings", {"scenarios": "on"})
    assert len(desk.system_values("change.settings")) == 1
    page = desk.browser("zhao").get("/audit/system?subject=rules").text
    assert "修改发布条件" in page


# --- from other pages into a change --------------------------------------------------------------


def test_what_is_looked_at_is_edited_in_the_newest_change_of_ones_own(desk: Studio) -> None:
    owner, place = desk.browser("zhou"), {"resource": "bpmn/p10_courier_query", "element": "query_logistics"}
    theirs = desk.open(TABLE, by=SECOND)
    first = owner.post("/studio/edit", place).location
    assert first == f"/studio/changes/{theirs + 1}/edit/bpmn/p10_courier_query#element=query_logistics"
    assert owner.post("/studio/edit", place).location == first
    assert owner.post("/studio/edit", {**place, "change": "", "element": ""}).location == (
        f"/studio/changes/{theirs + 2}/edit/bpmn/p10_courier_query"
    )
    for page in ("heat", "view"):
        address = f"/studio/processes/p10_courier_query/{page}"
        assert 'data-test="edit"' in owner.get(address).text
        assert 'data-test="edit"' not in desk.browser("zheng").get(address).text


def test_the_overview_is_filtered_by_the_names_of_processes_too(desk: Studio) -> None:
    page = desk.browser("zheng").get("/studio").text
    (name,) = desk.rows("SELECT name FROM definition WHERE process_id = 'p10_courier_query'")[0]
    assert f'data-filter-name="{name} p10_courier_query"' in page
    assert f'data-filter-name="logistics_status 物流状态判定 p10_courier_query {name}"' in page
    assert "/studio/processes/p10_courier_query/heat" in page


# --- the way back --------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_scenarios")
def test_a_process_goes_back_to_an_earlier_version_with_the_same_hash(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=False)
    first = desk.parts.definitions.latest("p10_courier_query").hash
    key = change_the_table(desk)
    desk.post("zhou", key, "deploy")
    assert desk.parts.definitions.latest("p10_courier_query").hash != first
    sent = {"process": "p10_courier_query", "version": "1", "reason": "误改"}
    answer = desk.browser("zhou").post("/studio/rollback", sent)
    assert answer.status_code == 303
    back = int(answer.location.split("/")[3])
    change = desk.change(back)
    assert change.title == "回到 v1:快递查询流程"
    assert [(draft.kind, draft.id) for draft in change.drafts] == [TABLE]
    assert desk.post("zhou", back, "deploy").status_code == 303
    assert desk.parts.definitions.latest("p10_courier_query").hash == first
    assert desk.version() == 3
    assert desk.rows("SELECT reason, restores FROM deployment WHERE number = 3") == [("误改", 1)]


@pytest.mark.usefixtures("without_scenarios")
def test_everything_goes_back_to_a_deployment(desk: Studio) -> None:
    desk.settings(four_eyes=False, scenarios=False)
    before = desk.rows("SELECT kind, id, hash FROM current_resource ORDER BY 1, 2")
    key = change_the_table(desk)
    desk.post("zhou", key, "deploy")
    key = desk.open(TEXT, TABLE)
    desk.save("zhou", key, *TEXT, "亲,您好!您的包裹{waybill_no}物流正常。")
    desk.replace("zhou", key, *TABLE, "72", "60")
    desk.post("zhou", key, "deploy")
    answer = desk.browser("zhou").post("/studio/rollback", {"deployment": "1"})
    back = int(answer.location.split("/")[3])
    assert desk.post("zhou", back, "deploy").status_code == 303
    assert desk.rows("SELECT kind, id, hash FROM current_resource ORDER BY 1, 2") == before


@pytest.mark.usefixtures("without_scenarios")
def test_the_way_back_is_reviewed_as_any_other(desk: Studio) -> None:
    key = change_the_table(desk)
    desk.post("zhou", key, "submit")
    desk.approve("zhao", key)
    desk.post("zhou", key, "deploy")
    answer = desk.browser("zhou").post("/studio/rollback", {"process": "p10_courier_query", "version": "1"})
    back = int(answer.location.split("/")[3])
    assert desk.post("zhou", back, "deploy").status_code == 409
    desk.post("zhou", back, "submit")
    assert desk.approve("zhou", back).status_code == 403
    desk.approve(SECOND, back)
    assert desk.post("zhou", back, "deploy").status_code == 303


@pytest.mark.parametrize(
    "sent",
    [{}, {"deployment": "99"}, {"deployment": "x"}, {"process": "p10_courier_query", "version": "9"}, {"process": "?"}],
)
def test_there_is_no_way_back_to_what_never_was(desk: Studio, sent: dict[str, str]) -> None:
    assert desk.browser("zhou").post("/studio/rollback", sent).status_code == 404


def test_there_is_no_way_back_to_where_one_is(desk: Studio) -> None:
    zhou = desk.browser("zhou")
    assert zhou.post("/studio/rollback", {"process": "p10_courier_query", "version": "1"}).location == "/studio"
    assert "不需要回退" in zhou.get("/studio").text
    assert desk.rows("SELECT count(*) FROM studio_change") == [(0,)]


# --- pages ---------------------------------------------------------------------------------------


def test_editing_from_the_overview_opens_a_change_or_takes_the_chosen_one(desk: Studio) -> None:
    zhou = desk.browser("zhou")
    assert 'name="resource" value="bpmn/p10_courier_query"' in zhou.get("/studio").text
    first = zhou.post("/studio/edit", {"resource": "template/T10A", "change": ""})
    assert first.location == "/studio/changes/1/edit/template/T10A"
    second = zhou.post("/studio/edit", {"resource": "decision/logistics_status", "change": "1"})
    assert second.location == "/studio/changes/1/edit/decision/logistics_status"
    assert "修改 T10A" in zhou.get("/studio").text
    for wrong in ({"resource": "nonsense/x"}, {"resource": ""}, {"resource": "template/T10A", "change": "99"}):
        assert zhou.post("/studio/edit", wrong).status_code == 404
    assert zhou.post("/studio/edit", {"resource": "template/没有"}).status_code == 422


@pytest.mark.parametrize("wrong", ["中文编号", "1x", "a b", "../x", "a/b", "x" * 101, ""])
def test_an_id_that_other_programs_would_not_read_is_refused_in_a_sentence(desk: Studio, wrong: str) -> None:
    key = desk.open()
    answer = desk.post("zhou", key, "add", kind="form", id=wrong)
    assert answer.status_code == 422
    assert "英文字母" in answer.text
    assert desk.change(key).drafts == ()


@pytest.mark.parametrize("title", ["", "  ", "长" * 101])
def test_a_change_has_a_title(desk: Studio, title: str) -> None:
    answer = desk.browser("zhou").post("/studio/changes", {"title": title, "why": "因为"})
    assert answer.status_code == 422
    assert "因为" in answer.text
    assert desk.rows("SELECT count(*) FROM studio_change") == [(0,)]


@pytest.mark.usefixtures("without_scenarios")
def test_the_review_says_which_cases_stay_on_which_version(desk: Studio) -> None:
    desk.browser("wang").start_inquiry()
    key = change_the_table(desk)
    page = desk.browser("zhou").get(f"/studio/changes/{key}/review").text
    assert "v1 上有 1 个进行中的工单" in page
    assert "快递查询流程" in page


def test_what_people_typed_is_not_markup(desk: Studio) -> None:
    key = desk.open(TEXT, title="<script>alert(1)</script>")
    for path in ("/studio", "/studio/changes", f"/studio/changes/{key}", f"/studio/changes/{key}/review"):
        assert "<script>alert(1)" not in desk.browser("zhou").get(path).text


FAILING = """process: p10_courier_query
scenarios:
- no: T1
  title: 三十小时算停滞
  start: {waybill_no: YT1, courier: 圆通, order_amount: 120}
  do:
    check_logistics: {hours_since_update: 3, stuck_in_region: false, customer_urges: false}
  expect: {logistics_status: stalled}
  end: end_informed
"""
PASSING = FAILING.replace("stalled", "normal")
