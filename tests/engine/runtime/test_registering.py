"""Events that people register by hand: once, by whom they concern, to the one who waits."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import shop
from engine.errors import EngineError, FourEyes, NotFound, StepError
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.runtime.cascade import Cascade
from engine.runtime.registering import EventOver
from engine.shop.rows import RowKind
from engine.store.tables import registered_event, subscription
from tests.engine.support import CANG, LI, WANG, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, properties

QIAN = Actor(id="qian", name="钱会计", groups=frozenset({"finance"}))
LIN = Actor(id="lin", name="林晓梅", groups=frozenset({"presales"}))
ZHENG = Actor(id="zheng", name="郑审计", groups=frozenset({"auditor"}))
PAID = {"amount": Decimal(30), "payment_no": "P1"}


def deploy(engine: Engine, key: str = "=case_id", message: str = "msg_payment_received") -> None:
    drawing = Drawing("p").start().user("ask").catch("ev_paid", message=message, key=key).user("pack", "warehouse")
    engine.deploy(drawing.end().flow("start", "ask", "ev_paid", "pack", "end"))


def waiting(engine: Engine, actor: Actor = LI, **variables: object) -> tuple[str, int]:
    """A case of the actor's that waits for the message: its id, and that of the subscription."""
    key = engine.runtime.start("p", variables, SYSTEM).instance_key
    engine.runtime.complete(engine.tasks(instance=key)[0], {}, actor)
    with engine.db.read() as connection:
        found = connection.execute(select(subscription.c.id).where(subscription.c.instance == key)).scalar_one()
    return str(key), found


def test_a_payload_becomes_one_variable_and_the_history_says_who(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    engine.runtime.register_event(case_id, event, PAID, WANG)
    assert engine.tasks(element="pack")
    (variables,) = engine.column("SELECT variables FROM process_instance")
    assert json.loads(bytes(variables))["payment_received"] == {"amount": 30, "payment_no": "P1"}  # type: ignore[arg-type]
    assert "event.registered" in engine.kinds(int(case_id))
    told = engine.column("SELECT actor FROM history_event WHERE kind = 'event.registered'")
    assert told == ["wang"]
    consistent(engine)


def test_the_same_submission_again_changes_nothing_and_another_comes_too_late(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    for _ in range(2):
        engine.runtime.register_event(case_id, event, PAID, LI, submission_key="once")
    before = engine.snapshot()
    with pytest.raises(EventOver):
        engine.runtime.register_event(case_id, event, PAID, LI, submission_key="twice")
    with pytest.raises(EventOver):
        engine.runtime.register_event(case_id, event, PAID, WANG, submission_key="once")
    with pytest.raises(EventOver):
        engine.runtime.register_event(case_id, event, PAID, LI)
    assert engine.snapshot() == before
    assert engine.kinds(int(case_id)).count("subscription.correlated") == 1


class Crash(BaseException):
    """What a kill would be."""


def test_a_crash_before_the_commit_leaves_the_event_to_be_registered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    before = engine.snapshot()

    def crash(_: Cascade) -> None:
        raise Crash

    monkeypatch.setattr(Cascade, "finish", crash)
    with pytest.raises(Crash):
        engine.runtime.register_event(case_id, event, PAID, LI, submission_key="k")
    assert engine.snapshot() == before
    monkeypatch.undo()
    engine.runtime.register_event(case_id, event, PAID, LI, submission_key="k")
    consistent(engine)


def test_of_two_people_at_once_one_registers(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)

    def register(actor: Actor) -> str:
        try:
            engine.runtime.register_event(case_id, event, {**PAID, "payment_no": actor.id}, actor)
        except EngineError as problem:
            return problem.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(register, (LI, ZHAO))) == ["event_over", "ok"]
    assert engine.count("registered_event") == 1
    consistent(engine)


def test_only_the_event_that_was_meant_fires(engine: Engine) -> None:
    deploy(engine, key='="same"')
    one, other = waiting(engine), waiting(engine)
    engine.runtime.register_event(*other, PAID, LI)
    assert [str(task)[:1] for task in engine.tasks(element="pack")] == [other[0]]
    engine.runtime.register_event(*one, PAID, LI)
    assert len(engine.tasks(element="pack")) == 2


@pytest.mark.parametrize("actor", [CANG, ZHENG, LIN, Actor(id="x")], ids=lambda actor: actor.id)
def test_whom_it_does_not_concern_finds_no_event(engine: Engine, actor: Actor) -> None:
    """The warehouse has a lane in the case, an auditor sees all, presales have no part in an after-sales case."""
    deploy(engine)
    case_id, event = waiting(engine)
    before = engine.snapshot()
    with pytest.raises(NotFound):
        engine.runtime.register_event(case_id, event, PAID, actor)
    assert engine.snapshot() == before


def test_finance_registers_payments_of_its_cases_and_nothing_else(engine: Engine) -> None:
    pay = Drawing("p").start().user("ask", "finance").catch("ev", message="msg_payment_received", key="=case_id")
    engine.deploy(pay.end().flow("start", "ask", "ev", "end"))
    engine.runtime.register_event(*waiting(engine, QIAN), PAID, QIAN)
    ruling = Drawing("p").start().user("ask", "finance").catch("ev", message="msg_platform_ruling", key="=case_id")
    engine.deploy(ruling.end().flow("start", "ask", "ev", "end"))
    with pytest.raises(NotFound):
        engine.runtime.register_event(*waiting(engine, QIAN), {}, QIAN)


def test_forged_ids_are_not_found(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    other, _ = waiting(engine)
    for forged in ((other, event), ("999", event), (case_id, 5), (case_id, 10**17), ("x", event), ("", 0)):
        with pytest.raises(NotFound):
            engine.runtime.register_event(*forged, PAID, ZHAO)
    with pytest.raises(EventOver):
        engine.runtime.register_event(case_id, event + 1, PAID, ZHAO)


def test_a_suspended_case_takes_no_event(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    engine.runtime.suspend(case_id, ZHAO, reason="等平台")
    with pytest.raises(StepError, match="suspended"):
        engine.runtime.register_event(case_id, event, PAID, LI)
    engine.runtime.resume(case_id, ZHAO, reason="好了")
    engine.runtime.register_event(case_id, event, PAID, LI)
    assert engine.tasks(element="pack")


def test_an_event_of_a_called_process_is_registered_in_its_case(engine: Engine) -> None:
    child = Drawing("s").start().catch("ev", message="msg_payment_received", key="=case_id").end()
    engine.deploy(
        child.flow("start", "ev", "end"),
        Drawing("p").start().user("ask").call("c", "s").end().flow("start", "ask", "c", "end"),
    )
    key = engine.start()
    engine.complete("ask")
    (event,) = engine.column("SELECT id FROM subscription")
    engine.runtime.register_event(str(key), int(str(event)), PAID, LI)
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
    consistent(engine)


def test_an_event_beside_a_task_can_be_registered_again_and_again(engine: Engine) -> None:
    drawing = Drawing("p").start().user("repair").end().user("answer").end("end_2")
    drawing.boundary("ev_inquiry", "repair", interrupting=False, message="msg_repair_progress_inquiry", key="=case_id")
    engine.deploy(drawing.flow("start", "repair", "end").flow("ev_inquiry", "answer", "end_2"))
    case_id = str(engine.start())
    for _ in range(2):
        (event,) = engine.column("SELECT id FROM subscription")
        engine.runtime.register_event(case_id, int(str(event)), {"question": "修好了吗"}, LI)
    assert len(engine.tasks(element="answer")) == 2


def test_who_registered_the_money_or_the_ruling_does_not_pay(engine: Engine) -> None:
    """Requester and payer are two people, also where the request is a ruling that somebody typed in."""
    both = Actor(id="both", groups=frozenset({"aftersales", "finance"}))
    drawing = Drawing("p").start().user("ask").catch("ev", message="msg_platform_ruling", key="=case_id")
    drawing.user("pay", "finance", properties(four_eyes="case")).end()
    engine.deploy(drawing.flow("start", "ask", "ev", "pay", "end"))
    engine.runtime.register_event(*waiting(engine), {"ruling_amount": Decimal(50)}, both)
    with pytest.raises(FourEyes):
        engine.runtime.claim(engine.task("pay"), both)
    engine.runtime.claim(engine.task("pay"), QIAN)


def test_the_case_offers_what_has_a_form_to_those_who_may(engine: Engine) -> None:
    deploy(engine)
    case_id, event = waiting(engine)
    queries = Queries(engine.db, engine.definitions, engine.clock)
    assert queries.case(case_id, LI).events == (), "the message has no form"
    form = {"id": "messages.msg_payment_received", "type": "default", "components": []}
    engine.definitions.deploy({"messages.msg_payment_received.form": json.dumps(form).encode()}, SYSTEM)
    (offered,) = queries.case(case_id, LI).events
    assert (offered.id, offered.name, offered.message_name) == (event, "ev_paid!", "msg_payment_received")
    assert queries.case(case_id, ZHENG).events == (), "an auditor sees the case and changes nothing"
    with pytest.raises(NotFound):
        queries.event_form(case_id, event, ZHENG)
    asked = queries.event_form(case_id, event, LI)
    assert asked.context["event"]["element"] == "ev_paid"
    assert (asked.context["case_id"], asked.schema["id"]) == (case_id, "messages.msg_payment_received")
    engine.runtime.register_event(case_id, event, PAID, LI, submission_key="k")
    assert queries.is_registered(case_id, event, LI, "k")
    assert not queries.is_registered(case_id, event, WANG, "k")
    assert not queries.is_registered(case_id, event, LI, None)
    with pytest.raises(EventOver):
        queries.event_form(case_id, event, LI)
    assert queries.case(case_id, LI).events == ()


# --- from outside --------------------------------------------------------------------------------


def form_of_payment(engine: Engine) -> None:
    amount = {"type": "number", "id": "a", "key": "amount", "label": "实收", "decimalDigits": 2}
    amount["properties"] = {"check": "=amount >= due", "check_message": "少于应收"}
    number = {"type": "textfield", "id": "n", "key": "payment_no", "label": "流水号", "validate": {"required": True}}
    form = {"id": "messages.msg_payment_received", "type": "default", "components": [amount, number]}
    engine.definitions.deploy({"messages.msg_payment_received.form": json.dumps(form).encode()}, SYSTEM)


def take(engine: Engine, kind: RowKind, **cells: object) -> tuple[int, list[str]]:
    report = shop.import_rows(engine.runtime, [(1, kind, cells)])
    return report.messages, [problem.text for problem in report.problems]


def test_an_imported_payment_wakes_its_case_once_whoever_repeats_the_file(engine: Engine) -> None:
    deploy(engine)
    form_of_payment(engine)
    case_id, _ = waiting(engine, order_id="SO-1001", due=Decimal(30))
    less = {"case_id": case_id, "payment_no": "P1", "amount": "29.99"}
    assert take(engine, RowKind.PAYMENT, **less) == (0, ["少于应收"])
    row = {"order_id": "SO-1001", "payment_no": "P2", "amount": "30"}
    assert take(engine, RowKind.PAYMENT, **row) == (1, [])
    assert engine.tasks(element="pack")
    before = engine.snapshot()
    assert take(engine, RowKind.PAYMENT, **row)[0] == 0, "known, or nobody waits for it any more"
    assert take(engine, RowKind.PAYMENT, case_id=case_id, payment_no="P2", amount="30") == (0, [])
    assert engine.snapshot() == before


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"payment_no": "P1", "amount": "30"}, "缺少工单号或订单号"),
        ({"payment_no": "P1", "amount": "30", "case_id": "999"}, "没有工单 999"),
        ({"payment_no": "P1", "amount": "30", "order_id": "SO-404"}, "订单 SO-404 没有工单在等它"),
        ({"payment_no": "P1", "amount": "30", "order_id": "SO-2"}, "订单 SO-2 有多个工单在等(1、2),请写明工单号"),
        ({"payment_no": "P1", "order_id": "SO-2"}, "缺少实收金额"),
        ({"payment_no": "P1", "amount": "-3", "case_id": "1"}, "实收金额须为大于 0 的金额,最多两位小数"),
        ({"payment_no": "P1", "amount": "3", "case_id": "1 OR 1=1"}, "工单号须为工单号(数字)"),
    ],
)
def test_a_payment_that_is_nobodys_is_reported(engine: Engine, cells: dict[str, object], problem: str) -> None:
    deploy(engine)
    for _ in range(2):
        waiting(engine, order_id="SO-2")
    before = engine.snapshot()
    assert take(engine, RowKind.PAYMENT, **cells) == (0, [problem])
    assert engine.snapshot() == before


def test_rulings_and_returns_come_in_by_their_chinese_labels(engine: Engine) -> None:
    deploy(engine, message="msg_platform_ruling")
    case_id, _ = waiting(engine)
    ruling = {"工单号": case_id, "平台裁决": "支持客户", "裁决方案": "补偿", "裁决金额": "50"}
    assert take(engine, RowKind.RULING, **ruling) == (1, [])
    (variables,) = engine.column("SELECT variables FROM process_instance")
    told = {"ruling": "customer_wins", "ruling_measure": "compensation", "ruling_amount": 50}
    assert json.loads(bytes(variables))["platform_ruling"] == told  # type: ignore[arg-type]
    deploy(engine, message="msg_customer_shipped_back")
    case_id, _ = waiting(engine)
    assert take(engine, RowKind.RETURN, 工单号=case_id, 退回运单号="SF1", 快递公司="顺丰") == (1, [])
    assert len(engine.tasks(element="pack")) == 2
    with engine.db.read() as connection:
        assert connection.execute(select(registered_event)).all() == []


def test_parcel_news_told_by_hand_are_kept_and_wake_all_who_wait(engine: Engine) -> None:
    deploy(engine, key="=waybill_no", message="msg_logistics_updated")
    for _ in range(2):
        waiting(engine, waybill_no="YT1")
    news = {"stage": "delivering", "location": "杭州", "updated_at": engine.clock.now()}
    shop.parcel_news(engine.runtime, "YT1", news, LI)
    assert len(engine.tasks(element="pack")) == 1, "once a process"
    with engine.db.read() as connection:
        known = shop.parcel_facts(connection, "YT1")
    assert known is not None
    assert (known["stage"], known["location"]) == ("delivering", "杭州")
    before = engine.snapshot()
    shop.parcel_news(engine.runtime, "YT1", news, LI)
    assert engine.snapshot() == before, "told again"
