"""Connectors of the fourteen flows: the order's row, payouts, parcels, numbers and evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, update

from engine import accounts, calendars, outbox, shop
from engine.clock import SHANGHAI, VirtualClock, to_microseconds
from engine.connectors import CONNECTORS, JobContext
from engine.errors import JobFailed
from engine.model import SYSTEM
from engine.shop.rows import RowKind
from engine.store.database import Database, Transaction
from engine.store.tables import parcel, shop_order
from engine.worktime import DayKind
from tests.engine.shop.conftest import FakeRuntime
from tests.engine.test_connectors import add_order, job

HOUR = timedelta(hours=1)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def tx(db: Database) -> Iterator[Transaction]:
    with db.begin() as transaction:
        yield transaction


def change(
    tx: Transaction, clock: VirtualClock, mode: str = "", /, **inputs: object
) -> tuple[dict[str, object], JobContext]:
    """What update_order gives, and its job; a receiver that is visible but no input must not be written."""
    plain = job(tx, clock, {"mode": mode} if mode else {}, order_id="SO-1001", receiver_name="不是输入")
    context = JobContext(**{f.name: getattr(plain, f.name) for f in fields(plain)} | {"inputs": inputs})
    return dict(CONNECTORS["update_order"](context)), context


def facts(tx: Transaction) -> dict[str, object]:
    found = shop.order_facts(tx.connection, "SO-1001")
    assert found is not None
    return found


# --- update_order --------------------------------------------------------------------------------


def test_inputs_are_written_into_the_order_and_null_leaves_it_as_it_is(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx)
    clock.advance(HOUR)
    result, context = change(
        tx, clock, new_address="上海市静安区1号", items="红色 L", order_amount=Decimal("229.50"), receiver_phone=None
    )
    assert result == {"order_updated": True}
    order = facts(tx)
    assert (order["receiver_name"], order["receiver_address"]) == ("张三", "上海市静安区1号")
    assert (order["items"], order["order_amount"]) == ("红色 L", Decimal("229.50"))
    assert shop.changes_of(tx.connection, "SO-1001")["items"] == to_microseconds(clock.now())
    assert tx.connection.execute(shop_order.select()).one().updated_at == to_microseconds(clock.now())
    (note,) = context.notes
    assert (note.kind, note.value["after"]["receiver_address"]) == ("order.updated", "上海市***")
    assert note.value["before"]["receiver_address"] == "杭州***", "personal data stay out of the history's sight"


def test_a_change_that_changes_nothing_leaves_no_trace(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx)
    before = tx.connection.execute(shop_order.select()).one()
    result, context = change(tx, clock, items="杯子×2")
    assert (result, context.notes) == ({"order_updated": True}, [])
    assert tx.connection.execute(shop_order.select()).one() == before


def test_a_line_of_the_remark_is_added_once(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx)
    change(tx, clock, order_remark="放门口")
    for _ in range(2):
        change(tx, clock, "append", order_remark="【赠品×1 li.na/2026-01-02】")
    assert facts(tx)["order_remark"] == "放门口\n【赠品×1 li.na/2026-01-02】"
    change(tx, clock, order_remark="只有这句")
    assert facts(tx)["order_remark"] == "只有这句"


@pytest.mark.parametrize("stage", ["unpaid", "paid", "picking"])
def test_an_order_is_cancelled_as_long_as_its_goods_are_in_the_house(
    tx: Transaction, clock: VirtualClock, stage: str
) -> None:
    add_order(tx, stage)
    assert change(tx, clock, order_stage="cancelled")[0] == {"order_updated": True}
    assert facts(tx)["order_stage"] == "cancelled"
    again, context = change(tx, clock, order_stage="cancelled")
    assert (again, context.notes) == ({"order_updated": True}, [])


@pytest.mark.parametrize("stage", ["shipped", "signed"])
def test_what_has_left_is_not_cancelled_and_nothing_else_is_written(
    tx: Transaction, clock: VirtualClock, stage: str
) -> None:
    add_order(tx, stage)
    assert change(tx, clock, order_stage="cancelled", items="别的")[0] == {"order_updated": False}
    assert (facts(tx)["order_stage"], facts(tx)["items"]) == (stage, "杯子×2")


def test_an_order_that_nobody_knows_is_left_out(tx: Transaction, clock: VirtualClock) -> None:
    assert change(tx, clock, items="红色 L")[0] == {"order_updated": False}


@pytest.mark.parametrize("order_id", [None, ""])
def test_where_nothing_is_ordered_yet_nothing_is_written(
    tx: Transaction, clock: VirtualClock, order_id: str | None
) -> None:
    add_order(tx)
    before = tx.connection.execute(shop_order.select()).one()
    unplaced = job(tx, clock, {}, order_id=order_id)
    context = JobContext(**{f.name: getattr(unplaced, f.name) for f in fields(unplaced)} | {"inputs": {"items": "蓝"}})
    assert dict(CONNECTORS["update_order"](context)) == {"order_updated": False}
    assert tx.connection.execute(shop_order.select()).one() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order_stage", "shipped"),
        ("order_stage", "unprinted"),
        ("customer_id", "C-99"),
        ("waybill_no", "YT9"),
        ("_import", {}),
        ("items", ""),
        ("items", "长" * 2001),
        ("order_amount", Decimal("-1")),
        ("order_amount", Decimal("1.005")),
        ("order_amount", "199"),
        ("packaging", "loose"),
        ("is_special_offer", "是"),
        ("new_address", 5),
    ],
)
def test_what_no_order_can_have_is_refused_and_nothing_written(
    tx: Transaction, clock: VirtualClock, name: str, value: object
) -> None:
    add_order(tx)
    before = tx.connection.execute(shop_order.select()).one()
    with pytest.raises(JobFailed) as failed:
        change(tx, clock, **{"order_remark": "好", name: value})
    assert "未写入" in failed.value.message_zh
    assert tx.connection.execute(shop_order.select()).one() == before


def test_an_export_that_repeats_the_old_word_does_not_undo_what_the_desk_changed(
    db: Database, clock: VirtualClock
) -> None:
    runtime = FakeRuntime(db, clock)
    row = {"order_id": "SO-1001", "customer_id": "C-88", "channel": "phone", "order_stage": "paid"}
    row |= {"receiver_address": "杭州市1号", "order_remark": "老客户"}
    _import(runtime, row)
    clock.advance(HOUR)
    with db.begin() as tx:
        change(tx, clock, "append", receiver_address="上海市2号", order_remark="【赠品】")
    _import(runtime, row | {"order_stage": "picking"})
    with db.read() as connection:
        order = shop.order_facts(connection, "SO-1001")
    assert order is not None
    assert (order["receiver_address"], order["order_remark"]) == ("上海市2号", "老客户\n【赠品】")
    assert order["order_stage"] == "picking"
    _import(runtime, row | {"receiver_address": "北京市3号", "order_remark": "请放门口"})
    with db.read() as connection:
        order = shop.order_facts(connection, "SO-1001")
    assert order is not None
    assert (order["receiver_address"], order["order_remark"]) == ("北京市3号", "请放门口\n【赠品】"), (
        "a new word counts"
    )
    _import(runtime, row | {"receiver_address": "北京市3号", "order_remark": "请放门口", "shop": "旗舰店"})
    with db.read() as connection:
        order = shop.order_facts(connection, "SO-1001")
    assert order is not None
    assert order["order_remark"] == "请放门口\n【赠品】"


def test_an_import_that_read_before_the_desk_wrote_gives_way(
    db: Database, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = FakeRuntime(db, clock)
    row = {"order_id": "SO-1001", "customer_id": "C-88", "channel": "phone", "order_stage": "paid", "items": "一"}
    _import(runtime, row)
    read = shop.intake._changes

    def read_and_be_late(*args: object) -> object:
        found = read(*args)  # type: ignore[arg-type]
        with db.begin() as tx:
            change(tx, clock, items="二")
        return found

    monkeypatch.setattr(shop.intake, "_changes", read_and_be_late)
    report = _import(runtime, row | {"items": "三"})
    assert (report.changed, [str(problem) for problem in report.problems]) == (
        0,
        ["第 1 行:订单 SO-1001 刚刚有人修改,未更新,请再导入一次"],
    )
    monkeypatch.undo()
    assert _import(runtime, row | {"items": "三"}).changed == 1


def _import(runtime: FakeRuntime, row: dict[str, object]) -> shop.ImportReport:
    return shop.import_rows(runtime, [(1, RowKind.ORDER, row)])


# --- read_order ----------------------------------------------------------------------------------


def test_an_order_fills_what_is_null_and_nothing_else(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx, "shipped")
    tx.connection.execute(update(shop_order).values(waybill_no="YT1", courier="圆通"))
    add_parcel(tx, clock, "signed")
    names = {"names": "ordered_items, receiver_name,receiver_phone,received_date,signed_at"}
    context = job(tx, clock, names, order_id="SO-1001", receiver_name="李四", receiver_phone=None)
    assert CONNECTORS["read_order"](context) == {
        "ordered_items": "杯子×2",
        "signed_at": clock.now(),
        "received_date": date(2026, 1, 2),
    }
    assert CONNECTORS["read_order"](job(tx, clock, names, order_id="SO-404")) == {}
    assert CONNECTORS["read_order"](job(tx, clock, names)) == {}


@pytest.mark.parametrize("names", ["", "receiver_name,case_id", "_import"])
def test_names_that_no_order_has_are_refused(tx: Transaction, clock: VirtualClock, names: str) -> None:
    with pytest.raises(JobFailed, match="names"):
        CONNECTORS["read_order"](job(tx, clock, {"names": names}, order_id="SO-1001"))


def test_the_day_of_receipt_is_the_shops_day(tx: Transaction, clock: VirtualClock) -> None:
    clock.advance(timedelta(hours=16) - A_SECOND)  # 2026-01-03T00:59:59+08:00 is still 2 January in UTC
    add_parcel(tx, clock, "signed")
    context = job(tx, clock, {"names": "received_date"}, waybill_no="YT1")
    assert CONNECTORS["read_order"](context) == {"received_date": date(2026, 1, 3)}


# --- poll_logistics ------------------------------------------------------------------------------


def add_parcel(tx: Transaction, clock: VirtualClock, stage: str, **more: object) -> None:
    at = to_microseconds(clock.now())
    row = {"waybill_no": "YT1", "stage": stage, "location": "杭州", "last_update_at": at, "stage_since": at, **more}
    tx.connection.execute(insert(parcel).values(row))


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("awaiting_pickup", "awaiting_pickup"),
        ("collected", "in_transit"),
        ("in_transit", "in_transit"),
        ("at_customs", "in_transit"),
        ("delivering", "delivering"),
        ("signed", "signed"),
        ("rejected", "rejected"),
        ("returned", "rejected"),
        ("stuck", "exception"),
        ("exception", "exception"),
        ("lost", "exception"),
    ],
)
def test_the_couriers_words_become_those_of_tracking(
    tx: Transaction, clock: VirtualClock, stage: str, found: str
) -> None:
    add_parcel(tx, clock, stage)
    since = clock.now()
    clock.advance(24 * HOUR + A_SECOND)
    assert CONNECTORS["poll_logistics"](job(tx, clock, waybill_no="YT1")) == {
        "tracking_stage": found,
        "hours_in_stage": Decimal("24.0003"),
        "hours_since_update": Decimal("24.0003"),
        "last_location": "杭州",
        "last_update_at": since,
        "signed_at": since if found == "signed" else None,
    }


def test_a_parcel_that_nobody_knows_waits_since_it_was_sent(tx: Transaction, clock: VirtualClock) -> None:
    context = job(tx, clock, waybill_no="YT9", dispatched_at=clock.now() - 25 * HOUR)
    found = CONNECTORS["poll_logistics"](context)
    assert (found["tracking_stage"], found["hours_in_stage"]) == ("awaiting_pickup", Decimal(25))
    found = CONNECTORS["poll_logistics"](job(tx, clock, waybill_no="YT9"))
    assert (found["hours_in_stage"], found["last_location"]) == (0, None)


def test_a_couriers_clock_ahead_of_ours_gives_no_hours_below_zero(tx: Transaction, clock: VirtualClock) -> None:
    add_parcel(tx, clock, "in_transit", last_update_at=to_microseconds(clock.now() + HOUR))
    assert CONNECTORS["poll_logistics"](job(tx, clock, waybill_no="YT1"))["hours_since_update"] == 0


@pytest.mark.parametrize("waybill_no", [None, "", 5])
def test_without_a_waybill_nobody_is_asked(tx: Transaction, clock: VirtualClock, waybill_no: object) -> None:
    with pytest.raises(JobFailed) as failed:
        CONNECTORS["poll_logistics"](job(tx, clock, waybill_no=waybill_no))
    assert failed.value.message_zh == "没有运单号,无法查询物流。"


def test_a_stage_begins_with_the_first_news_that_tell_of_it(db: Database, clock: VirtualClock) -> None:
    runtime = FakeRuntime(db, clock)
    began = {}
    for hours, stage in ((0, "collected"), (2, "in_transit"), (5, "delivering"), (8, "delivering"), (9, "signed")):
        at = clock.now() - timedelta(hours=10 - hours)
        row = {"waybill_no": "YT1", "stage": stage, "last_update_at": at}
        shop.import_rows(runtime, [(1, RowKind.PARCEL, row)])
        with db.read() as connection:
            known = shop.parcel_facts(connection, "YT1")
        assert known is not None
        began[hours] = int((known["stage_since"] - (clock.now() - timedelta(hours=10))) / HOUR)
    assert began == {0: 0, 2: 0, 5: 5, 8: 5, 9: 9}, "collected is on its way for tracking already"


# --- next_number ---------------------------------------------------------------------------------


def test_numbers_have_no_gaps_and_each_sequence_its_own(db: Database, clock: VirtualClock) -> None:
    def number(sequence: str, *, undone: bool = False) -> object:
        class Undone(Exception):
            pass

        given: list[object] = []
        try:
            with db.begin() as tx:
                given.append(CONNECTORS["next_number"](job(tx, clock, {"sequence": sequence}))["queue_no"])
                if undone:
                    raise Undone
        except Undone:
            pass
        return given[0]

    assert [number("invoice"), number("invoice", undone=True), number("invoice"), number("other")] == [1, 2, 2, 1]


def test_a_number_needs_a_sequence(tx: Transaction, clock: VirtualClock) -> None:
    with pytest.raises(JobFailed):
        CONNECTORS["next_number"](job(tx, clock, {"sequence": " "}))


def numbered(tx: Transaction, clock: VirtualClock, pattern: str) -> object:
    return CONNECTORS["next_number"](job(tx, clock, {"sequence": "sh", "pattern": pattern}))["number"]


def test_a_pattern_is_counted_anew_every_day_of_the_shop(tx: Transaction, clock: VirtualClock) -> None:
    clock.advance_to(datetime(2026, 1, 2, 23, 59, 59, tzinfo=SHANGHAI))
    by_day = "SH{yyyymmdd}-{seq4}"
    assert [numbered(tx, clock, by_day) for _ in range(2)] == ["SH20260102-0001", "SH20260102-0002"]
    clock.advance(A_SECOND)
    assert numbered(tx, clock, by_day) == "SH20260103-0001"
    assert numbered(tx, clock, "F{yyyy}/{seq1}") == "F2026/1"
    assert [numbered(tx, clock, "N{seq2}") for _ in range(2)] == ["N01", "N02"]
    assert CONNECTORS["next_number"](job(tx, clock, {"sequence": "sh"})) == {"queue_no": 3}


def test_a_number_that_outgrows_its_places_is_written_in_full(tx: Transaction, clock: VirtualClock) -> None:
    assert [numbered(tx, clock, "A{seq1}") for _ in range(10)][-2:] == ["A9", "A10"]


@pytest.mark.parametrize(
    "pattern", ["SH{yyyymmdd}", "SH{seq4}{seq4}", "SH{day}-{seq4}", "SH{seq0}", "SH{seq4", "}{seq4}"]
)
def test_a_pattern_without_a_place_for_the_number_or_with_other_tokens_is_refused(
    tx: Transaction, clock: VirtualClock, pattern: str
) -> None:
    with pytest.raises(JobFailed, match="no pattern"):
        numbered(tx, clock, pattern)


# --- workday_after, read_settings, record --------------------------------------------------------


def workday(tx: Transaction, clock: VirtualClock, days: object = None, header: str = "") -> datetime:
    context = job(tx, clock, {"days": header})
    given = {} if days is None else {"days": days}
    found = CONNECTORS["workday_after"](replace(context, inputs=given))["workday_at"]
    assert isinstance(found, datetime)
    return found.astimezone(SHANGHAI)


def test_working_days_are_counted_by_the_calendar_and_keep_the_time_of_day(
    tx: Transaction, clock: VirtualClock
) -> None:
    week = calendars.calendar_at(tx.connection, clock.now())
    holidays = {date(2026, 2, day): DayKind.HOLIDAY for day in range(16, 21)}
    weekend = replace(week, week=(*week.week[:5], (), ()), days=holidays, holiday_hours=())
    calendars.save(tx, weekend, SYSTEM, now=clock.now())
    clock.advance_to(datetime(2026, 2, 12, 14, 30, tzinfo=SHANGHAI))  # a Thursday
    assert workday(tx, clock, Decimal(0)) == clock.now()
    assert workday(tx, clock, Decimal(1)) == datetime(2026, 2, 13, 14, 30, tzinfo=SHANGHAI)
    assert workday(tx, clock, header="2") == datetime(2026, 2, 23, 14, 30, tzinfo=SHANGHAI)
    assert workday(tx, clock, Decimal(3), header="2") == datetime(2026, 2, 24, 14, 30, tzinfo=SHANGHAI)


def test_a_shop_with_a_calendar_of_its_own_counts_by_it(tx: Transaction, clock: VirtualClock) -> None:
    week = calendars.calendar_at(tx.connection, clock.now())
    calendars.save(tx, replace(week, week=((),) * 6 + (week.week[0],)), SYSTEM, now=clock.now(), shop="周日店")
    context = replace(job(tx, clock, {"days": "1"}, shop="周日店"), inputs={})
    found = CONNECTORS["workday_after"](context)["workday_at"]
    assert isinstance(found, datetime)
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d") == "2026-01-04"


@pytest.mark.parametrize("days", [None, Decimal(-1), Decimal("1.5"), Decimal(367), "3", True])
def test_days_are_a_whole_number_up_to_a_year(tx: Transaction, clock: VirtualClock, days: object) -> None:
    with pytest.raises(JobFailed):
        workday(tx, clock, days)


def test_settings_come_as_true_or_false_and_texts_or_null(tx: Transaction, clock: VirtualClock) -> None:
    names = {"names": "one_cent_refund, pack_tiles,supervisor_1 ,closing_phrase"}
    nothing = {"one_cent_refund": False, "pack_tiles": False, "supervisor_1": None, "closing_phrase": None}
    assert CONNECTORS["read_settings"](job(tx, clock, names)) == nothing
    accounts.place(tx, [("du", "杜峰", "supervisor")])
    shop.save_settings(tx, {"one_cent_refund": shop.ON, "supervisor_1": "du"}, SYSTEM, now=clock.now(), shop="甲店")
    assert CONNECTORS["read_settings"](job(tx, clock, names)) == nothing
    own = {**nothing, "one_cent_refund": True, "supervisor_1": "du"}
    assert CONNECTORS["read_settings"](job(tx, clock, names, shop="甲店")) == own


@pytest.mark.parametrize("names", ["", "one_cent_refund,nothing_of_ours"])
def test_only_settings_can_be_read(tx: Transaction, clock: VirtualClock, names: str) -> None:
    with pytest.raises(JobFailed):
        CONNECTORS["read_settings"](job(tx, clock, {"names": names}))


def test_a_step_that_only_keeps_a_record_brings_nothing(tx: Transaction, clock: VirtualClock) -> None:
    context = job(tx, clock, {}, order_id="SO-1001")
    assert CONNECTORS["record"](context) == {}
    assert (context.notes, context.jobs) == ([], [])


# --- submit_evidence -----------------------------------------------------------------------------


def test_evidence_goes_to_the_platform_with_its_files(tx: Transaction, clock: VirtualClock) -> None:
    files = [{"id": "f1", "name": "签收.jpg", "sha256": "ab"}, "聊天.pdf"]
    context = job(
        tx,
        clock,
        evidence_statement=" {order_id} 已签收,电话13800001234 ",
        evidence_files=files,
        platform_case_no="WQ1",
    )
    assert CONNECTORS["submit_evidence"](context) == {"evidence_submitted_at": clock.now()}
    (written,) = outbox.list_messages(tx.connection, "1")
    assert (written.audience, written.recipient) == ("platform", "WQ1")
    assert written.text == "{order_id} 已签收,电话138****1234\n凭证:签收.jpg、聊天.pdf", "a statement is no template"
    assert [row["id"] for row in context.jobs] == [-context.job_id]
    told = next(note.value for note in context.notes if note.kind == "evidence.submitted")
    assert told["files"] == [{"name": "签收.jpg", "sha256": "ab"}, {"name": "聊天.pdf", "sha256": None}]


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        (None, ["a.pdf"]),
        ("  ", ["a.pdf"]),
        ("说明", []),
        ("说明", None),
        ("说明", "a.pdf"),
        ("说明", [5]),
        ("说明", [{}]),
    ],
)
def test_without_statement_or_files_nothing_is_handed_in(
    tx: Transaction, clock: VirtualClock, statement: object, files: object
) -> None:
    with pytest.raises(JobFailed):
        CONNECTORS["submit_evidence"](job(tx, clock, evidence_statement=statement, evidence_files=files))
    assert outbox.list_messages(tx.connection, "1") == ()
