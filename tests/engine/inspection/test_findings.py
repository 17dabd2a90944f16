"""The life of a finding: noted, put to somebody, answered, asked again, closed – by two pairs of eyes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.inspection import finding_list, findings, watch_findings
from engine.inspection.findings import Asked, Draft
from engine.model import Actor
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.tables import audit_finding, history_event, notification
from tests.engine.inspection.people import MIN, Office

DUE = timedelta(days=3)


@pytest.fixture
def office(db: Any, clock: Any) -> Office:
    return Office(db, clock)


def draft(office: Office, **changed: Any) -> Draft:
    plain = Draft(
        title="补偿没有凭证",
        text="付了 80 元,附件里没有照片。",
        severity="medium",
        case_id=str(office.case),
        asked=Asked(person="zhou", due_at=office.now + DUE),
    )
    return replace(plain, **changed)


def record(office: Office, actor: str = "xu", **changed: Any) -> int:
    with office.db.begin() as tx:
        return findings.record(tx, draft(office, **changed), office.person(actor), now=office.now)


def row(office: Office, finding: int) -> Any:
    with office.db.read() as connection:
        return connection.execute(select(audit_finding).where(audit_finding.c.id == finding)).one()


def do(office: Office, deed: Callable[..., None], finding: int, *arguments: Any, by: str, revision: int = 0) -> None:
    with office.db.begin() as tx:
        seen = revision or row(office, finding).revision
        deed(tx, finding, seen, *arguments, office.person(by), now=office.now)


def told(office: Office, user: str) -> list[str]:
    with office.db.read() as connection:
        query = select(notification.c.text).where(notification.c.user == user).order_by(notification.c.id)
        return list(connection.execute(query).scalars())


def kinds(office: Office) -> list[str]:
    with office.db.read() as connection:
        query = select(history_event.c.kind).where(history_event.c.stream == 0, history_event.c.kind.like("finding%"))
        return list(connection.execute(query.order_by(history_event.c.seq)).scalars())


def test_noted_put_answered_asked_again_answered_closed(office: Office) -> None:
    finding = record(office)
    assert "请您答复一条审计发现:补偿没有凭证" in told(office, "zhou")[0]
    do(office, findings.reply, finding, "照片在聊天记录里。", by="zhou")
    assert row(office, finding).state == "replied"
    assert "周敏答复了审计发现" in told(office, "xu")[0]
    do(office, findings.put, finding, Asked(group="aftersales", due_at=office.now + DUE), "请补上传。", by="xu")
    assert (row(office, finding).state, row(office, finding).asked_person) == ("open", None)
    do(office, findings.reply, finding, "已补传。", by="wang")
    do(office, findings.end, finding, "closed", "已补正", by="xu")
    assert (row(office, finding).state, row(office, finding).ended_by) == ("closed", "xu")
    assert "已有结论(已关闭)" in told(office, "wang")[-1]
    every = ["finding.noted", "finding.replied", "finding.asked_again", "finding.replied", "finding.closed"]
    assert kinds(office) == every
    with office.db.read() as connection:
        _, entries = finding_list.get_finding(connection, finding, office.person("xu"))
    assert [one.kind for one in entries] == ["noted", "replied", "asked_again", "replied", "closed"]
    assert entries[1].actor_name == "周敏"


def test_a_check_notes_what_it_found_once(office: Office) -> None:
    def note(key: str, severity: str = "high", **more: Any) -> int | None:
        given: dict[str, Any] = {"source": "policy", "rule": "R7", "case_id": None, "title": "金额超限", "evidence": {}}
        with office.db.begin() as tx:
            return findings.note(tx, key=key, severity=severity, at=office.now, actor="system", **{**given, **more})

    first = note("R7:1", evidence={"paid": 80, "receiver_phone": "13800138000"})
    assert first is not None
    assert note("R7:1") is None
    assert note("R7:2", severity="low") == first + 1
    assert told(office, "xu") == ["有一条严重的审计发现:金额超限"]  # a low one waits in the list
    with office.db.read() as connection:
        seen, _ = finding_list.get_finding(connection, first, office.person("xu"))
    assert seen.evidence["paid"] == 80
    assert "0013" not in str(seen.evidence["receiver_phone"])
    assert kinds(office) == ["finding.noted"] * 2
    with pytest.raises(InvalidValue):
        note("x", severity="huge")
    with pytest.raises(InvalidValue):
        note("x", source="rumour")
    assert len(row(office, note("R7:3", title="长" * 200) or 0).title) == 80


def test_a_note_is_undone_with_its_callers_transaction(office: Office) -> None:
    def fail(tx: Transaction) -> None:
        given: dict[str, Any] = {"source": "verification", "rule": "", "case_id": None, "evidence": {}}
        findings.note(tx, key="k", severity="high", title="哈希不符", at=office.now, actor="system", **given)
        raise RuntimeError

    with pytest.raises(RuntimeError), office.db.begin() as tx:
        fail(tx)
    assert kinds(office) == []
    assert told(office, "xu") == []


def test_the_system_s_finding_is_answered_to_the_auditors(office: Office) -> None:
    with office.db.begin() as tx:
        given: dict[str, Any] = {"rule": "R1", "case_id": str(office.case), "evidence": {}, "title": "自批自付"}
        made = findings.note(tx, source="policy", key="R1:1", severity="low", at=office.now, actor="system", **given)
    assert made is not None
    do(office, findings.put, made, Asked(person="zhou", due_at=office.now + DUE), "", by="xu")
    do(office, findings.reply, made, "我批的,付款是财务。", by="zhou")
    assert told(office, "xu")[-1] == "周敏答复了审计发现:自批自付"
    do(office, findings.end, made, "dismissed", "核对无误", by="xu")
    assert row(office, made).state == "dismissed"


@pytest.mark.parametrize(
    ("who", "changed"),
    [
        ("wu", {"about": "wu"}),  # it is about him
        ("wu", {"asked": Asked(person="wu", due_at=None)}),  # he is asked
        ("wu", {"asked": Asked(group="dept_manager", due_at=None)}),  # his group is
    ],
)
def test_nobody_closes_what_is_about_himself(office: Office, who: str, changed: dict[str, Any]) -> None:
    if "asked" in changed:
        changed = {"asked": replace(changed["asked"], due_at=office.now + DUE)}
    finding = record(office, **changed)
    for state in ("closed", "dismissed"):
        with pytest.raises(FourEyes):
            do(office, findings.end, finding, state, "没问题", by=who)
    do(office, findings.end, finding, "closed", "已核实", by="xu")


def test_who_replied_once_does_not_close_it_even_when_others_are_asked_by_then(office: Office) -> None:
    finding = record(office, asked=Asked(person="wu", due_at=office.now + DUE))
    do(office, findings.reply, finding, "已核对。", by="wu")
    do(office, findings.put, finding, Asked(person="zhou", due_at=office.now + DUE), "请主管也说明。", by="xu")
    with pytest.raises(FourEyes):
        do(office, findings.end, finding, "closed", "没问题", by="wu")


def test_who_acted_in_the_case_does_not_close_its_finding(office: Office) -> None:
    finding = record(office)
    office.act("wu")
    with pytest.raises(FourEyes, match="acted"):
        do(office, findings.end, finding, "closed", "没问题", by="wu")
    do(office, findings.end, finding, "closed", "已核实", by="xu")


def test_who_is_not_asked_does_not_answer_and_who_does_not_audit_does_not_lead(office: Office) -> None:
    finding = record(office)
    with pytest.raises(NotFound):
        do(office, findings.reply, finding, "我来答", by="li")
    with pytest.raises(NotAllowed):
        do(office, findings.reply, finding, "我来答", by="wu")
    with pytest.raises(NotAllowed):
        do(office, findings.end, finding, "closed", "我自己关", by="zhou")
    with pytest.raises(NotAllowed):
        do(office, findings.put, finding, Asked(person="li", due_at=office.now + DUE), "转给你", by="zhou")
    with pytest.raises(NotAllowed), office.db.begin() as tx:
        findings.record(tx, draft(office), office.person("li"), now=office.now)


def test_what_has_ended_stays_ended(office: Office) -> None:
    finding = record(office)
    do(office, findings.end, finding, "dismissed", "误会", by="xu")
    for deed, arguments, by in (
        (findings.end, ("closed", "再关"), "xu"),
        (findings.put, (Asked(person="zhou", due_at=office.now + DUE), "再问"), "xu"),
        (findings.reply, ("晚了",), "zhou"),
    ):
        with pytest.raises(StepError):
            do(office, deed, finding, *arguments, by=by)
    assert kinds(office) == ["finding.noted", "finding.dismissed"]


def test_a_reply_comes_once(office: Office) -> None:
    finding = record(office, asked=Asked(group="aftersales", due_at=office.now + DUE))
    do(office, findings.reply, finding, "我答", by="li")
    with pytest.raises(StepError):
        do(office, findings.reply, finding, "我也答", by="wang")


def test_of_two_at_once_one_has_her_way(office: Office) -> None:
    finding = record(office)
    office.add("xie", "谢宁", "auditor")
    together, outcomes = threading.Barrier(2), []

    def work(who: str, state: str) -> None:
        together.wait()
        try:
            do(office, findings.end, finding, state, "理由", by=who, revision=1)
            outcomes.append(state)
        except StepError:
            outcomes.append("late")

    threads = [threading.Thread(target=work, args=pair) for pair in (("xu", "closed"), ("xie", "dismissed"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["late"] or "late" in outcomes
    assert row(office, finding).state in outcomes
    assert len(kinds(office)) == 2


def test_a_page_from_before_the_reply_closes_nothing(office: Office) -> None:
    finding = record(office)
    do(office, findings.reply, finding, "请看凭证。", by="zhou")
    with pytest.raises(StepError):
        do(office, findings.end, finding, "closed", "没人答", by="xu", revision=1)
    assert row(office, finding).state == "replied"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": " "}, "一句话说明"),
        ({"title": "长" * 81}, "最长 80"),
        ({"text": ""}, "发现的情况"),
        ({"text": "长" * 2001}, "最长 2000"),
        ({"severity": "huge"}, "严重程度"),
        ({"about": "nobody"}, "没有这个账号"),
        ({"asked": Asked(person="nobody")}, "账号"),
        ({"asked": Asked(group="auditor")}, "由谁答复"),
        ({"asked": Asked(group="designer")}, "没有人"),
        ({"asked": Asked(person="li", group="finance")}, "只选"),
        ({"asked": Asked(person="li")}, "期限"),
    ],
)
def test_what_is_missing_is_said(office: Office, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        record(office, **changed)
    assert sentence in caught.value.message_zh
    assert kinds(office) == []


def test_a_due_time_must_be_in_the_future(office: Office) -> None:
    with pytest.raises(InvalidValue):
        record(office, asked=Asked(person="li", due_at=office.now))
    record(office, asked=Asked(person="li", due_at=office.now + timedelta(seconds=1)))


def test_an_event_must_be_one_of_the_case(office: Office) -> None:
    assert row(office, record(office, stream=office.case, seq=1)).seq == 1
    for stream, seq in ((office.case, 9999), (0, 1), (office.case + 1, 1)):
        with pytest.raises(NotFound):
            record(office, stream=stream, seq=seq)
    with pytest.raises(NotFound):
        record(office, case_id="999")
    with pytest.raises(NotFound):
        record(office, case_id=None, stream=office.case, seq=1)


def test_mobile_numbers_are_not_written_down(office: Office) -> None:
    finding = record(office, text="买家 13800138000 说没收到")
    with office.db.read() as connection:
        _, entries = finding_list.get_finding(connection, finding, office.person("xu"))
    assert "13800138000" not in entries[0].text


def test_supervisors_see_findings_put_to_them_and_no_others(office: Office) -> None:
    mine = record(office)
    record(office, asked=Asked(group="finance", due_at=office.now + DUE))
    with office.db.read() as connection:
        zhou = office.person("zhou")
        assert [one.id for one in finding_list.list_findings(connection, zhou).rows] == [mine]
        assert finding_list.count_states(connection, zhou) == {"open": 1}
        assert len(finding_list.list_findings(connection, office.person("xu")).rows) == 2
        assert finding_list.list_findings(connection, MIN).rows == ()
        with pytest.raises(NotFound):
            finding_list.get_finding(connection, mine, MIN)


def test_lists_are_narrowed_and_paged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.inspection.words.PAGE", 2)
    made = [record(office, severity=one) for one in ("low", "high", "low", "medium")]
    with office.db.read() as connection:
        xu = office.person("xu")
        page = finding_list.list_findings(connection, xu)
        rest = finding_list.list_findings(connection, xu, after=page.next_after)
        low = finding_list.list_findings(connection, xu, severity="low", state="open", case_id=str(office.case))
        none = finding_list.list_findings(connection, xu, source="policy")
    assert [one.id for one in (*page.rows, *rest.rows)] == made[::-1]
    assert [one.id for one in low.rows] == [made[2], made[0]]
    assert none.rows == ()


def test_a_late_reply_is_made_known_once(office: Office, runtime: Runtime) -> None:
    finding = record(office)
    office.clock.advance(DUE - timedelta(seconds=1))
    assert watch_findings(runtime) is False
    assert len(told(office, "zhou")) == 1
    office.clock.advance(timedelta(seconds=1))
    for _ in range(2):
        watch_findings(runtime)
    assert "过期没有答复" in told(office, "zhou")[1]
    assert len(told(office, "zhou")) == 2
    assert len(told(office, "xu")) == 1
    assert kinds(office)[-1] == "finding.overdue"
    do(office, findings.put, finding, Asked(person="zhou", due_at=office.now + DUE), "", by="xu")
    office.clock.advance(DUE)
    watch_findings(runtime)
    assert kinds(office).count("finding.overdue") == 2  # a new term, a new reminder
    with office.db.read() as connection:
        late = finding_list.list_findings(connection, office.person("xu")).rows[0]
    assert late.is_late(office.now)


def test_an_answered_finding_is_not_late(office: Office, runtime: Runtime) -> None:
    finding = record(office)
    do(office, findings.reply, finding, "已说明", by="zhou")
    office.clock.advance(DUE * 2)
    watch_findings(runtime)
    assert "finding.overdue" not in kinds(office)


def test_the_late_ones_are_found_by_an_index(office: Office) -> None:
    with office.db.read() as connection:
        sql = "EXPLAIN QUERY PLAN SELECT id FROM audit_finding WHERE state = ? AND due_at <= ? AND reminded_at IS NULL"
        plan = connection.exec_driver_sql(sql, ("open", 5)).one()[3]
    assert "ix_audit_finding_due (state=? AND due_at<?)" in plan


def test_an_actor_of_no_group_sees_nothing(office: Office) -> None:
    record(office)
    with office.db.read() as connection:
        assert finding_list.list_findings(connection, Actor(id="ghost")).rows == ()
