"""What processes do about cases of their own accord: open linked ones, find who holds a buyer, hand a case over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import accounts, canonical, failpoints, ownership, shop
from engine.connectors import CONNECTORS
from engine.failpoints import Armed, Crash
from engine.masking import mask
from engine.model import SYSTEM
from engine.store.tables import own_customer
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import FRIDAY, MONDAY, at, away, plan, team_up
from tests.engine.support import consistent
from tests.unit.bpmn.drawing import Drawing, mapping, properties


def headers(**given: str) -> str:
    inner = "".join(f'<zeebe:header key="{name}" value="{value}"/>' for name, value in given.items())
    return f"<zeebe:taskHeaders>{inner}</zeebe:taskHeaders>"


def one_step(hall: Hall, process_id: str, job_type: str, extension: str = "", **given: str) -> None:
    """A process with one service task, then a user task."""
    hall.engine.connectors.update(CONNECTORS)
    drawing = Drawing(process_id).start().service("step", job_type, extension).user("ask").end()
    drawing.flow("start", "step", "ask", "end")
    drawing.extension = properties(start_permission="P01", **given)
    hall.engine.deploy(drawing)


def run(hall: Hall, process_id: str, person: str = "wang", **variables: object) -> str:
    given = {"customer_id": "C-88", "order_id": "SO-1", **variables}
    case_id = hall.runtime.start(process_id, given, hall.actor(person)).case_id
    hall.engine.worker.drain()
    return case_id


def variables(hall: Hall, case_id: str) -> dict[str, object]:
    (kept,) = hall.engine.column("SELECT variables FROM process_instance WHERE key = :key", key=int(case_id))
    return dict(canonical.decode(kept))  # type: ignore[arg-type]


def linked(hall: Hall, case_id: str) -> list[str]:
    return [str(key) for key in hall.engine.column(
        "SELECT key FROM process_instance WHERE parent_case_id = :case_id ORDER BY key", case_id=case_id
    )]  # fmt: skip


# --- start_process -------------------------------------------------------------------------------


@pytest.fixture
def opening(hall: Hall) -> Hall:
    one_step(hall, "opener", "start_process", headers(process_id="p") + mapping({"reason": "缺件"}))
    return hall


def test_a_linked_case_has_the_people_and_the_common_fields_of_the_one_that_opens_it(opening: Hall) -> None:
    case_id = run(opening, "opener", "li", shop="旗舰店", secret="不带过去")
    (other,) = linked(opening, case_id)
    assert opening.owner(other) == ("li", "li")
    assert variables(opening, other) == {
        "customer_id": "C-88", "order_id": "SO-1", "shop": "旗舰店", "reason": "缺件",
    }  # fmt: skip
    assert opening.kinds(case_id) == ["case.linked"]
    assert opening.engine.tasks(case_id=other) != []
    assert opening.engine.column("SELECT count(*) FROM job") == [0]
    consistent(opening.engine)


def test_what_is_mapped_goes_before_what_is_handed_on_even_where_it_is_nothing(hall: Hall) -> None:
    given = mapping({"order_id": "SO-7", "description": "=null"})
    one_step(hall, "opener", "start_process", headers(process_id="p") + given)
    (other,) = linked(hall, run(hall, "opener", description="少了一个"))
    assert variables(hall, other) == {"customer_id": "C-88", "order_id": "SO-7", "description": None}
    assert hall.engine.column("SELECT business_key FROM process_instance WHERE key = :key", key=int(other)) == ["SO-7"]


def test_a_called_process_opens_cases_with_what_it_knows_and_else_its_case(opening: Hall) -> None:
    outer = Drawing("outer").start().call("sub", "opener", mapping({"order_id": "SO-5"})).end()
    outer.extension = properties(start_permission="P01")
    opening.engine.deploy(outer.flow("start", "sub", "end"))
    case_id = run(opening, "outer", "chen")
    (other,) = linked(opening, case_id)
    assert opening.owner(other) == ("chen", "chen")
    assert (variables(opening, other)["order_id"], variables(opening, other)["customer_id"]) == ("SO-5", "C-88")
    consistent(opening.engine)


@pytest.mark.parametrize("point", ["runtime.open.started", "store.flush.delete_job", "store.commit.after"])
def test_a_linked_case_is_opened_once_wherever_the_program_dies(opening: Hall, point: str) -> None:
    case_id = opening.runtime.start("opener", {"order_id": "SO-1"}, opening.actor("li")).case_id
    with failpoints.watched(Armed(point, 2 if point != "runtime.open.started" else 1, "raise")), pytest.raises(Crash):
        opening.engine.worker.drain()
    opening.engine.worker.drain()
    assert len(linked(opening, case_id)) == 1
    consistent(opening.engine)


def test_a_process_that_nobody_knows_is_an_incident_and_is_opened_when_it_is_there(hall: Hall) -> None:
    one_step(hall, "opener", "start_process", headers(process_id="later"))
    case_id = run(hall, "opener")
    assert hall.engine.count("incident") == 1
    assert hall.engine.tasks(case_id=case_id) != []
    hall.engine.deploy(Drawing("later").start().user("ask").end().flow("start", "ask", "end"))
    (incident,) = hall.engine.column("SELECT id FROM incident")
    hall.runtime.resolve_incident(incident, hall.actor("zhou"))  # type: ignore[arg-type]
    hall.engine.worker.drain()
    assert len(linked(hall, case_id)) == 1
    consistent(hall.engine)


def test_cases_do_not_open_each_other_for_ever(hall: Hall) -> None:
    one_step(hall, "again", "start_process", headers(process_id="again"))
    run(hall, "again")
    assert hall.engine.count("process_instance") == 50
    assert hall.engine.count("incident") == 1


def test_a_suspended_case_opens_the_linked_one_all_the_same(opening: Hall) -> None:
    case_id = opening.runtime.start("opener", {"order_id": "SO-1"}, opening.actor("li")).case_id
    opening.engine.worker._runner.run_due(1)
    opening.runtime.suspend(case_id, opening.actor("zhou"), reason="等客户")
    opening.engine.worker.drain()
    assert len(linked(opening, case_id)) == 1
    consistent(opening.engine)


# --- find_owner ----------------------------------------------------------------------------------


def found(hall: Hall, case_id: str) -> dict[str, object]:
    names = ("has_owner", "owner", "owner_name", "owner_is_me", "owner_online", "owner_back_at")
    known = variables(hall, case_id)
    return {name: known[name] for name in names}


NOBODY = {
    "has_owner": False, "owner": None, "owner_name": None,
    "owner_is_me": False, "owner_online": False, "owner_back_at": None,
}  # fmt: skip


def test_the_asking_case_itself_holds_nobody(hall: Hall) -> None:
    one_step(hall, "ask", "find_owner")
    assert found(hall, run(hall, "ask", "li")) == NOBODY
    assert found(hall, run(hall, "ask", "li", customer_id=None)) == NOBODY


def test_who_has_another_open_case_of_the_buyer_is_found_with_his_name(hall: Hall) -> None:
    one_step(hall, "ask", "find_owner")
    hall.case("li")
    assert found(hall, run(hall, "ask", "wang")) == {
        **NOBODY, "has_owner": True, "owner": "li", "owner_name": "李娜", "owner_online": True,
    }  # fmt: skip
    assert found(hall, run(hall, "ask", "li"))["owner_is_me"] is True


def test_it_is_known_when_who_is_away_is_back(hall: Hall) -> None:
    one_step(hall, "ask", "find_owner")
    hall.case("li")
    away(hall.db, "li", (at(FRIDAY, 8), at(MONDAY, 9)))
    answer = found(hall, run(hall, "ask", "wang"))
    assert (answer["owner_online"], answer["owner_back_at"]) == (False, at(MONDAY, 9))


# --- transfer_case -------------------------------------------------------------------------------


@pytest.fixture
def passing(hall: Hall) -> Hall:
    given = mapping({"to": "=to", "reason": "首问负责"})
    hall.engine.connectors.update(CONNECTORS)
    drawing = Drawing("pass").start().user("mine").service("step", "transfer_case", given).user("ask").end()
    drawing.flow("start", "mine", "step", "ask", "end")
    drawing.extension = properties(start_permission="P01")
    hall.engine.deploy(drawing)
    return hall


def pass_on(hall: Hall, to: str | None = "li", case_id: str | None = None) -> str:
    given = {"customer_id": "C-88", "to": to}
    case_id = case_id or hall.runtime.start("pass", given, hall.actor("wang")).case_id
    hall.complete(case_id, "mine", "wang")
    hall.engine.worker.drain()
    return case_id


def test_the_case_is_somebody_s_who_is_told(passing: Hall) -> None:
    case_id = pass_on(passing)
    assert passing.owner(case_id) == ("li", "wang")
    assert passing.owners_of_tasks(case_id) == {"li"}
    assert passing.kinds(case_id) == ["case.owner_changed"]
    assert passing.told("li") == [f"流程把工单 {case_id} 转给您:首问负责"]
    assert passing.told("wang") == [f"流程把您的工单 {case_id} 转给李娜:首问负责"]
    consistent(passing.engine)


def test_to_whom_it_belongs_already_nothing_happens(passing: Hall) -> None:
    case_id = pass_on(passing, "wang")
    assert passing.kinds(case_id) == []
    assert passing.told("wang") == []


def test_tasks_that_the_owner_has_claimed_go_with_the_case_and_a_waiting_offer_is_over(passing: Hall) -> None:
    drawing = Drawing("pass").start().gateway("fork", "parallel").user("mine").user("other")
    drawing.service("step", "transfer_case", mapping({"to": "=to", "reason": "首问负责"}))
    drawing.gateway("join", "parallel").end()
    drawing.flow("start", "fork", "mine", "step", "join", "end").flow("fork", "other", "join")
    drawing.extension = properties(start_permission="P01")
    passing.engine.deploy(drawing)
    case_id = passing.runtime.start("pass", {"customer_id": "C-88", "to": "li"}, passing.actor("wang")).case_id
    passing.runtime.claim(passing.task(case_id, "other"), passing.actor("wang"))
    ownership.request(passing.runtime, case_id, passing.actor("wang"), reason="下班", to_user="chen")
    pass_on(passing, case_id=case_id)
    assert passing.assignee(case_id, "other") == "li"
    assert passing.offers() == [("transfer", "withdrawn")]
    consistent(passing.engine)


@pytest.mark.parametrize("to", [None, "nobody", "cang", "buyer"])
def test_who_cannot_own_the_case_gets_it_not(passing: Hall, to: str | None) -> None:
    if to == "buyer":
        to = "chen"
        with passing.db.begin() as tx:
            tx.connection.execute(own_customer.insert().values(user="chen", customer_id="C-88"))
    case_id = pass_on(passing, to)
    passing.pass_time(timedelta(days=1))
    assert passing.owner(case_id) == ("wang", "wang")
    assert "job.failed" in passing.engine.kinds(int(case_id))


@pytest.mark.parametrize("point", ["ownership.handed_over.owner", "store.commit.after"])
def test_a_case_is_handed_over_once_wherever_the_program_dies(passing: Hall, point: str) -> None:
    case_id = passing.runtime.start("pass", {"customer_id": "C-88", "to": "li"}, passing.actor("wang")).case_id
    passing.complete(case_id, "mine", "wang")
    with failpoints.watched(Armed(point, 2 if point == "store.commit.after" else 1, "raise")), pytest.raises(Crash):
        passing.engine.worker.drain()
    passing.engine.worker.drain()
    assert passing.kinds(case_id) == ["case.owner_changed"]
    assert len(passing.told("li")) == 1
    consistent(passing.engine)


def test_a_case_that_has_ended_by_then_stays_with_its_owner(passing: Hall) -> None:
    case_id = passing.runtime.start("pass", {"customer_id": "C-88", "to": "li"}, passing.actor("wang")).case_id
    passing.complete(case_id, "mine", "wang")
    passing.engine.worker._runner.run_due(1)
    passing.complete(case_id, "ask", "wang")
    passing.engine.worker.drain()
    assert passing.owner(case_id) == ("wang", "wang")
    assert passing.engine.column("SELECT count(*) FROM job") == [0]


# --- transfer_case with a list of cases, and open_cases -------------------------------------------


@pytest.fixture
def several(hall: Hall) -> Hall:
    one_step(hall, "move", "transfer_case", mapping({"to": "=to", "reason": "离职", "cases": "=cases"}))
    return hall


def test_a_list_of_cases_changes_hands_and_the_asking_one_does_not(several: Hall) -> None:
    first, second = several.case("li", customer_id="C-1"), several.case("li", customer_id="C-2")
    over, own = several.case("li", customer_id="C-3"), several.case("wang", customer_id="C-4")
    several.runtime.claim(several.task(first, "after"), several.actor("li"))
    several.runtime.cancel(int(over), "重复", several.actor("zhou"))
    case_id = run(several, "move", "chen", to="wang", cases=[second, first, over, own])
    assert [several.owner(one)[0] for one in (first, second, over, own, case_id)] == [
        "wang", "wang", "li", "wang", "chen",
    ]  # fmt: skip
    assert several.assignee(first, "after") == "wang"
    assert several.told("wang") == [f"流程把工单 {one} 转给您:离职" for one in (first, second)]
    assert [text for text in several.told("li") if "转给" in text] == [
        f"流程把您的工单 {one} 转给王芳:离职" for one in (first, second)
    ]
    known = variables(several, case_id)
    assert (known["handed_cases"], known["buyers"]) == (
        [first, second], [{"customer_id": "C-1"}, {"customer_id": "C-2"}],
    )  # fmt: skip
    assert several.engine.column("SELECT count(*) FROM job") == [0]
    consistent(several.engine)


def test_a_buyer_of_two_cases_is_named_once_and_nothing_to_do_is_no_job(several: Hall) -> None:
    mine = [several.case("li"), several.case("li")]
    assert variables(several, run(several, "move", "wang", to="chen", cases=mine))["buyers"] == [
        {"customer_id": "C-88"}
    ]
    known = variables(several, run(several, "move", "wang", to="chen", cases=mine))
    assert (known["handed_cases"], known["buyers"]) == ([], [])
    assert several.kinds(mine[0]) == ["case.owner_changed"]


@pytest.mark.parametrize("cases", [[], "1", ["77"], ["x'"], ["1"] * 3 + ["99"], [str(n) for n in range(201)]])
def test_what_is_no_list_of_cases_changes_nothing(several: Hall, cases: object) -> None:
    mine = several.case("li")
    case_id = run(several, "move", "wang", to="chen", cases=cases)
    assert several.owner(mine)[0] == "li"
    assert "job.failed" in several.engine.kinds(int(case_id))


def test_a_case_about_the_receivers_own_purchase_holds_all_of_them_back(several: Hall) -> None:
    first, second = several.case("li", customer_id="C-1"), several.case("li", customer_id="C-2")
    with several.db.begin() as tx:
        tx.connection.execute(own_customer.insert().values(user="chen", customer_id="C-2"))
    case_id = run(several, "move", "wang", to="chen", cases=[first, second])
    assert [several.owner(one)[0] for one in (first, second)] == ["li", "li"]
    assert "job.failed" in several.engine.kinds(int(case_id))


@pytest.mark.parametrize("point", ["ownership.handed_over.owner", "store.commit.after"])
def test_a_list_is_handed_over_whole_and_once_wherever_the_program_dies(several: Hall, point: str) -> None:
    mine = [several.case("li", customer_id="C-1"), several.case("li", customer_id="C-2")]
    given = {"customer_id": "C-88", "to": "chen", "cases": mine}
    several.runtime.start("move", given, several.actor("wang"))
    with failpoints.watched(Armed(point, 2, "raise")), pytest.raises(Crash):
        several.engine.worker.drain()
    several.engine.worker.drain()
    assert [several.kinds(one) for one in mine] == [["case.owner_changed"]] * 2
    assert len(several.told("chen")) == 2
    consistent(several.engine)


def test_open_cases_are_somebody_s_own_that_run_besides_the_asking_one(hall: Hall) -> None:
    one_step(hall, "ask", "open_cases", mapping({"owner": "=of"}))
    first, over = hall.case("li", customer_id="C-1"), hall.case("li")
    hall.case("chen")
    hall.runtime.cancel(int(over), "重复", hall.actor("zhou"))
    case_id = run(hall, "ask", "li", of="li")
    assert variables(hall, case_id)["open_cases"] == [
        {"value": first, "label": f"{first} 流程 {mask('customer_id', 'C-1')}"}
    ]
    assert variables(hall, run(hall, "ask", "li", of=None))["open_cases"] == []


# --- disable_account -----------------------------------------------------------------------------


def test_an_account_that_is_disabled_logs_in_no_more_and_that_is_on_record(hall: Hall) -> None:
    one_step(hall, "end", "disable_account", mapping({"account": "=who"}))
    run(hall, "end", "zhou", who="li")
    run(hall, "end", "zhou", who="li")
    assert accounts.get(hall.db, "li").active is False
    assert hall.engine.kinds(0).count("user.activity_changed") == 2
    assert accounts.get(hall.db, "chen").active is True


@pytest.mark.parametrize("who", ["nobody", None, ""])
def test_an_account_that_is_none_is_an_incident_in_the_end(hall: Hall, who: str | None) -> None:
    one_step(hall, "end", "disable_account", mapping({"account": "=who"}))
    case_id = run(hall, "end", "zhou", who=who)
    assert "job.failed" in hall.engine.kinds(int(case_id))


# --- read_register -------------------------------------------------------------------------------


@pytest.fixture
def register(hall: Hall) -> Hall:
    """A process that counts the fines of its agent, then writes his."""
    hall.engine.connectors.update(CONNECTORS)
    given = mapping({"agent": "=agent", "status": "已处罚"})
    drawing = Drawing("fine").start().service("count", "read_register", headers(register="violation_register") + given)
    drawing.service("write", "record", properties(register="violation_register")).end()
    drawing.flow("start", "count", "write", "end")
    row = "={case_id: case_id, agent: agent, nth: row_count + 1, status: said}"
    drawing.extension = properties(start_permission="P01", **{"register.violation_register": row})
    hall.engine.deploy(drawing)
    return hall


def test_rows_are_counted_that_fit_all_columns_of_other_cases(register: Hall) -> None:
    for agent, said in (("li", "已处罚"), ("li", "不属实"), ("chen", "已处罚"), ("li", "已处罚")):
        run(register, "fine", agent=agent, said=said)
    known = variables(register, run(register, "fine", agent="li", said="已处罚"))
    assert known["row_count"] == 2
    row = dict(known["row"])  # type: ignore[call-overload]
    assert (row["agent"], row["nth"], row["status"]) == ("li", 2, "已处罚")
    known = variables(register, run(register, "fine", agent="nobody", said="已处罚"))
    assert (known["row_count"], known["row"]) == (0, None)


@pytest.mark.parametrize("given", [headers(register="no_register") + mapping({"agent": "x"}),
                                   headers(register="violation_register") + mapping({"agent": "=null"})])  # fmt: skip
def test_a_register_that_is_none_or_no_column_fails(hall: Hall, given: str) -> None:
    one_step(hall, "ask", "read_register", given)
    assert "job.failed" in hall.engine.kinds(int(run(hall, "ask")))


# --- supervisors_on_duty -------------------------------------------------------------------------


def on_duty(hall: Hall, case_id: str) -> tuple[object, ...]:
    known = variables(hall, case_id)
    return tuple(known[name] for name in ("supervisor_1", "supervisor_2", "dufeng_present", "chenxiaoxue_present"))


def test_the_shop_s_settings_name_the_supervisors(hall: Hall) -> None:
    one_step(hall, "ask", "supervisors_on_duty")
    for name, person in (("supervisor_1", "zhou"), ("supervisor_2", "sun")):
        shop.change_setting(hall.db, hall.engine.clock, SYSTEM, name, person)
    plan(hall.db, ("zhou", FRIDAY, "day"))
    away(hall.db, "sun", (at(FRIDAY, 8), at(MONDAY, 9)))
    assert on_duty(hall, run(hall, "ask")) == ("zhou", "sun", True, False)


def test_where_nothing_is_set_they_are_those_of_the_owner_s_team(hall: Hall) -> None:
    one_step(hall, "ask", "supervisors_on_duty")
    team_up(hall.db, "一组", "wang", "zhou")
    case_id = run(hall, "ask", "wang")
    assert on_duty(hall, case_id) == ("zhou", None, True, False)


def test_a_diagram_that_settles_first_contact_itself_is_left_to_do_so(hall: Hall) -> None:
    one_step(hall, "ask", "find_owner", first_contact="drawn")
    hall.case("li")
    plan(hall.db, ("li", FRIDAY, "day"))
    started = ownership.start_case(hall.runtime, "ask", {"customer_id": "C-88"}, hall.actor("wang"))
    assert started.advice.holder is None
    assert hall.owner(started.case_id) == ("wang", "wang")
    hall.engine.worker.drain()
    assert found(hall, started.case_id)["owner"] == "li"
