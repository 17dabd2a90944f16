"""The history of a case as an auditor reads it."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from tests.engine.queries.conftest import Desk
from tests.engine.tampering import tamper


def test_the_history_has_every_event_of_the_call_tree_in_order(desk: Desk) -> None:
    case_id = desk.start_reship()
    events = desk.queries.events(case_id, desk.actor("aud"))
    root, child = sorted({event.stream for event in events})
    for key in (root, child):
        numbers = [event.seq for event in events if event.stream == key]
        assert numbers == list(range(1, len(numbers) + 1))
    kinds = [(event.stream, event.kind) for event in events]
    assert kinds.index((root, "call.started")) < kinds.index((child, "instance.started"))
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_an_event_says_who_what_where_and_which_values(desk: Desk) -> None:
    events = desk.queries.events(desk.start_reship(), desk.actor("aud"))
    (completed,) = [e for e in events if e.kind == "user_task.completed" and e.element == "check_logistics"]
    assert (completed.actor, completed.actor_name, completed.element_name) == ("ann", "安妮", "查询物流状态")
    assert completed.process_name == "快递查询流程"
    assert completed.value["after"]["last_location"] == "杭州"
    (decided,) = [e for e in events if e.kind == "decision.evaluated"]
    assert (decided.value["decision"], decided.value["rules"]) == ("logistics_status", [5])
    flow = next(e for e in events if e.kind == "flow.taken" and e.element_name == ">72小时")
    assert flow.actor_name == "安妮"
    assert next(e for e in events if e.kind == "timer.fired").actor_name == "系统"


def test_no_personal_data_stand_in_a_history(desk: Desk) -> None:
    desk.start_reship()
    for case in desk.queries.cases(desk.actor("aud")).rows:
        text = repr(desk.queries.events(case.case_id, desk.actor("aud"), limit=2000))
        assert "13800001234" not in text
        assert "张三" not in text
        assert "文三路" not in text
        assert "C-88001" not in text


@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_of_a_history_give_the_same_as_the_whole(desk: Desk, size: int) -> None:
    case_id, auditor = desk.start_reship(), desk.actor("aud")
    whole = desk.queries.events(case_id, auditor, limit=2000)
    found = page = desk.queries.events(case_id, auditor, limit=size)
    while page := desk.queries.events(case_id, auditor, limit=size, after=page[-1].cursor):
        found += page
    assert found == whole


@pytest.mark.parametrize("after", ["", "x", "1", "1.", "1.2-", "1.2;DROP TABLE user", "1.2" * 3000])
def test_a_place_that_nobody_gave_is_not_found(desk: Desk, after: str) -> None:
    case_id = desk.start()
    with pytest.raises(NotFound):
        desk.queries.events(case_id, desk.actor("aud"), after=after)


def test_events_stay_when_retention_has_taken_their_values(desk: Desk) -> None:
    case_id = desk.start()
    before = desk.queries.events(case_id, desk.actor("aud"))
    tamper(desk.db, "DELETE FROM history_value")
    after = desk.queries.events(case_id, desk.actor("aud"))
    assert [event.kind for event in after] == [event.kind for event in before]
    assert {event.value for event in after} == {None}
