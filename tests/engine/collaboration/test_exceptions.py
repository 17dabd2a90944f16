"""上报异常: the supervisor hears at once, the manager when nobody acknowledges; incidents take the same way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clock import to_microseconds
from engine.collaboration import acknowledge_exception, exceptions_of, read_exception, read_exceptions, report_exception
from engine.collaboration.exception_views import ExceptionReport
from engine.collaboration.exceptions import watch_exceptions
from engine.errors import InvalidValue, NotFound, StepError
from engine.store.tables import incident
from tests.engine.collaboration.conversation import CANG, LI, SUN, WANG, WU, ZHENG, ZHOU, Talk
from tests.faults.invariants import unlike_their_commands

WHAT = "买家说要去媒体曝光,电话 13912345678"


def report(talk: Talk, case_id: str) -> int:
    return report_exception(talk.desk.runtime, case_id, WHAT, LI)


def of_case(talk: Talk, case_id: str) -> list[ExceptionReport]:
    with talk.db.read() as connection:
        return list(exceptions_of(connection, case_id))


def test_the_supervisor_hears_at_once(talk: Talk, case_id: str) -> None:
    made = report(talk, case_id)
    assert talk.told(ZHOU, "exception") == [f"李娜上报异常:工单 {case_id} 需要您尽快确认并告诉对方怎么办。"]
    assert talk.told(WU, "exception") == []
    (view,) = of_case(talk, case_id)
    assert (view.id, view.text, view.technical) == (made, "买家说要去媒体曝光,电话 139****5678", False)


def test_the_acknowledgement_says_who_when_and_what_to_do(talk: Talk, case_id: str) -> None:
    made = report(talk, case_id)
    talk.clock.advance(timedelta(minutes=3))
    acknowledge_exception(talk.desk.runtime, made, "我来打电话,先不要回复买家。", ZHOU)
    (view,) = of_case(talk, case_id)
    assert (view.acknowledged_by_name, view.answer) == ("周敏", "我来打电话,先不要回复买家。")
    assert view.acknowledged_at == talk.clock.now()
    assert talk.told(LI, "exception") == ["周敏已确认您上报的异常,请查看处理意见。"]
    with pytest.raises(StepError):
        acknowledge_exception(talk.desk.runtime, made, "我也来", WU)
    talk.later(days=3)
    assert talk.told(WU, "exception") == []
    assert talk.kinds(case_id).count("exception.acknowledged") == 1
    assert unlike_their_commands(talk.db, [case_id]) == []


def test_who_is_no_superior_acknowledges_nothing(talk: Talk, case_id: str) -> None:
    made = report(talk, case_id)
    for person in (LI, WANG, SUN, CANG, ZHENG):
        with pytest.raises(NotFound):
            acknowledge_exception(talk.desk.runtime, made, "好的", person)
    for empty in ("", "  "):
        with pytest.raises(InvalidValue):
            acknowledge_exception(talk.desk.runtime, made, empty, ZHOU)


def test_after_ten_working_minutes_the_manager_hears_once(talk: Talk, case_id: str) -> None:
    report(talk, case_id)
    (view,) = of_case(talk, case_id)
    schedules = talk.desk.definitions.schedules
    assert schedules is not None
    schedule = schedules.at(talk.clock.now())
    assert schedule is not None
    assert view.due_at == schedule.calendar.add(talk.clock.now(), timedelta(minutes=10))
    talk.clock.advance_to(view.due_at - timedelta(seconds=1))
    talk.desk.worker.drain()
    assert talk.told(WU, "exception") == []
    talk.later(seconds=1)
    assert len(talk.told(WU, "exception")) == 1
    talk.later(hours=1)
    assert len(talk.told(WU, "exception")) == 1
    assert talk.kinds(case_id).count("exception.escalated") == 1


def test_a_supervisors_own_report_goes_further_up(talk: Talk, case_id: str) -> None:
    report_exception(talk.desk.runtime, case_id, WHAT, ZHOU)
    assert talk.told(ZHOU, "exception") == []
    assert len(talk.told(WU, "exception")) == 1


@pytest.mark.parametrize("text", ["", " \n", "长" * 1001])
def test_empty_and_endless_reports_are_refused(talk: Talk, case_id: str, text: str) -> None:
    with pytest.raises(InvalidValue):
        report_exception(talk.desk.runtime, case_id, text, LI)


def test_strangers_report_and_read_nothing(talk: Talk, case_id: str) -> None:
    for person in (SUN, CANG, ZHENG):
        with pytest.raises(NotFound):
            report_exception(talk.desk.runtime, case_id, WHAT, person)
    made = report(talk, case_id)
    with talk.db.read() as connection:
        for person in (SUN, CANG):
            with pytest.raises(NotFound):
                read_exception(connection, made, person)
            assert read_exceptions(connection, person, waiting=False).rows == ()
        assert [one.id for one in read_exceptions(connection, LI, waiting=True).rows] == [made]
        assert [one.id for one in read_exceptions(connection, ZHOU, waiting=True).rows] == [made]
        assert read_exceptions(connection, WANG, waiting=True).rows == ()


def stop(talk: Talk, case_id: str, number: int = 77) -> None:
    """A technical incident, as a step leaves it."""
    row = {"id": number, "instance": int(case_id), "case_id": case_id, "element": "check_logistics"}
    with talk.db.begin() as tx:
        at = to_microseconds(talk.clock.now())
        tx.connection.execute(incident.insert().values(**row, kind="job", message="no route", created_at=at))


def resolve(talk: Talk, number: int = 77) -> None:
    with talk.db.begin() as tx:
        tx.connection.execute(incident.delete().where(incident.c.id == number))


def test_a_technical_incident_is_told_once_and_closes_itself(talk: Talk, case_id: str) -> None:
    stop(talk, case_id)
    talk.desk.worker.drain()
    talk.desk.worker.drain()
    assert len(talk.told(ZHOU, "exception")) == 1
    assert "发生系统异常" in talk.told(ZHOU, "exception")[0]
    (view,) = of_case(talk, case_id)
    assert view.technical
    talk.clock.advance_to(view.due_at)
    talk.desk.worker.drain()
    assert len(talk.told(WU, "exception")) == 1
    resolve(talk)
    talk.desk.worker.drain()
    (view,) = of_case(talk, case_id)
    assert (view.answer, view.acknowledged_by_name) == ("异常已解除。", None)


def test_the_same_step_that_stops_again_is_told_again(talk: Talk, case_id: str) -> None:
    stop(talk, case_id)
    talk.desk.worker.drain()
    resolve(talk)
    talk.clock.advance(timedelta(minutes=1))
    stop(talk, case_id)
    talk.desk.worker.drain()
    assert len(talk.told(ZHOU, "exception")) == 2
    assert [one.acknowledged_at is not None for one in of_case(talk, case_id)] == [True, False]


def test_an_incident_of_no_case_is_told_too(talk: Talk) -> None:
    with talk.db.begin() as tx:
        at = to_microseconds(talk.clock.now())
        tx.connection.execute(incident.insert().values(id=-5, kind="job", message="broken", created_at=at))
    talk.desk.worker.drain()
    assert len(talk.told(ZHOU, "exception")) == 1


def test_an_incident_of_a_version_that_cannot_be_read_is_told_by_the_steps_id(talk: Talk, case_id: str) -> None:
    stop(talk, case_id)
    with talk.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE resource SET content = X'00' WHERE id = 'p10_courier_query'")
    talk.desk.definitions._compiled.clear()
    talk.desk.worker.drain()
    assert any("「check_logistics」" in one for one in talk.told(ZHOU, "exception"))


def test_many_that_stop_at_one_step_are_one_sentence_and_one_commit(
    talk: Talk, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        stop(talk, case_id, 100 + number)
    begin, begun = talk.db.begin, list[int]()
    monkeypatch.setattr(talk.db, "begin", lambda: (begun.append(1), begin())[1])
    watch_exceptions(talk.desk.runtime)
    monkeypatch.undo()
    assert len(of_case(talk, case_id)) == 40
    assert talk.told(ZHOU, "exception") == ["步骤「查询物流状态」在 40 个工单上停住了,请确认并处理。"]
    assert len(begun) == 1
    talk.clock.advance_to(of_case(talk, case_id)[0].due_at)
    talk.desk.worker.drain()
    assert talk.told(WU, "exception") == ["40 个异常上报后 10 分钟内没有主管确认,请您处理。"]
    assert talk.kinds(case_id).count("exception.escalated") == 40
    assert unlike_their_commands(talk.db, [case_id]) == []
