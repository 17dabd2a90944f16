"""Registers by their Chinese names, personal data masked; found, filtered and sorted by any column, page by page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical, registers
from engine.clock import to_microseconds
from engine.errors import NotFound
from engine.labels import Labels
from engine.model import SYSTEM, Actor
from engine.registers import Asked, Column, Kind, read_asked, read_place
from engine.store.database import Database
from engine.store.register_cells import sort_key
from tests.engine.register_pen import RegisterPen

REGISTER = "refund_register"
#: 23:59:59 and 00:00 of the shop's 2 January.
LAST_SECOND = datetime(2026, 1, 1, 15, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 1, 16, 0, tzinfo=UTC)


class Version:
    """A deployed process that declares a register."""

    def __init__(self, columns: str, forms: dict[str, Any], register: str = REGISTER) -> None:
        self.forms = forms
        self.hash = columns + str(forms)
        said = {"properties": {f"register.{register}": columns}, "start_form": None, "outcomes": {}, "answers": {}}
        self.definition = type("Compiled", (), said)()


@pytest.fixture
def pen(db: Database) -> RegisterPen:
    return RegisterPen(db)


def listed(db: Database, asked: Asked | None = None, *, limit: int = 50) -> list[Any]:
    """The values of ``n`` of all rows, page by page."""
    found: list[Any] = []
    after = None
    with db.read() as connection:
        while True:
            page = registers.list_rows(connection, REGISTER, asked, after=read_place(after), limit=limit)
            found += [row.values.get("n") for row in page.rows]
            after = page.next_after
            if after is None:
                return found


def column(name: str, kind: Kind = Kind.TEXT, **options: str) -> Column:
    return Column(id=name, label=name, kind=kind, options=options, personal=False)


# --- rows ----------------------------------------------------------------------------------------


def test_rows_of_a_case_come_in_the_order_of_writing_and_masked(db: Database, pen: RegisterPen) -> None:
    first = pen.write(REGISTER, 20, pay_account="6222020200112233", amount=Decimal(5))
    other = pen.instance(str(first))
    pen.write("shipment_register", 10, instance=other, waybill_no="YT1")
    with db.read() as connection:
        rows = registers.rows_of_case(connection, str(first))
        assert [row.register for row in rows] == ["shipment_register", REGISTER]
        assert rows[1].values == {"pay_account": "****2233", "amount": Decimal(5)}
        assert registers.rows_of_case(connection, "999") == ()


def test_a_register_is_listed_newest_first_by_pages(db: Database, pen: RegisterPen) -> None:
    for number in (1, 2, 3, 4, 5):
        pen.write(REGISTER, number, n=Decimal(number))
    pen.write("shipment_register", 9, n=Decimal(9))
    for limit in (1, 2, 4, 5, 50):
        assert listed(db, limit=limit) == [5, 4, 3, 2, 1]
    assert listed(db, Asked(descending=False), limit=2) == [1, 2, 3, 4, 5]


def test_rows_are_sorted_by_any_column_and_those_without_it_come_last(db: Database, pen: RegisterPen) -> None:
    for number, amount in enumerate([Decimal(5), None, Decimal("-3"), Decimal(40), None, Decimal(5)]):
        columns: dict[str, Any] = {} if amount is None else {"amount": amount}
        pen.write(REGISTER, number, n=Decimal(number), **columns)
    for limit in (1, 2, 3, 4, 50):
        assert listed(db, Asked(sort="amount", descending=False), limit=limit) == [2, 0, 5, 3, 1, 4]
        assert listed(db, Asked(sort="amount", descending=True), limit=limit) == [3, 5, 0, 2, 4, 1]


def test_a_column_that_nobody_wrote_sorts_as_the_opening_does(db: Database, pen: RegisterPen) -> None:
    for number in (1, 2, 3):
        pen.write(REGISTER, number, n=Decimal(number))
    assert listed(db, Asked(sort="nothing"), limit=2) == [3, 2, 1]


def test_a_day_ends_at_midnight_of_the_shop(db: Database, pen: RegisterPen) -> None:
    for number, instant in enumerate((LAST_SECOND, MIDNIGHT, MIDNIGHT + timedelta(days=1))):
        pen.write(REGISTER, to_microseconds(instant), n=Decimal(number))
    second = date(2026, 1, 2)
    assert listed(db, Asked(since=second, until=second)) == [1]
    assert listed(db, Asked(until=date(2026, 1, 1))) == [0]
    assert listed(db, Asked(since=date(1, 1, 1), until=date.max)) == [2, 1, 0]


def test_filters_hold_together(db: Database, pen: RegisterPen) -> None:
    pen.write(REGISTER, 1, n=Decimal(1), status="待打款", amount=Decimal(10))
    pen.write(REGISTER, 2, n=Decimal(2), status="已打款", amount=Decimal(20))
    pen.write(REGISTER, 3, n=Decimal(3), status="已打款", amount=Decimal(30))
    columns = [column("status"), column("amount", Kind.NUMBER)]

    def found(**arguments: str) -> list[Any]:
        asked, problems = read_asked({name.replace("_", ".", 1): text for name, text in arguments.items()}, columns)
        assert not problems
        return listed(db, asked)

    assert found(is_status="已打款") == [3, 2]
    assert found(is_status="已打款", from_amount="20.01") == [3]
    assert found(from_amount="10", to_amount="20") == [2, 1]
    assert found(is_amount="20.00") == [2]
    assert found(is_amount="2") == []
    assert found(is_status="没有") == []
    assert found(text="打款") == [3, 2, 1]
    assert found(text="%") == []


def test_a_text_is_found_within_and_its_wildcards_are_letters(db: Database, pen: RegisterPen) -> None:
    pen.write(REGISTER, 1, n=Decimal(1), note="折扣 10% 的杯子_蓝")
    pen.write(REGISTER, 2, n=Decimal(2), note="折扣的杯子")
    key = pen.write(REGISTER, 3, n=Decimal(3), note="其他")
    assert listed(db, Asked(text="10%")) == [1]
    assert listed(db, Asked(text="子_蓝")) == [1]
    assert listed(db, Asked(text="杯子")) == [2, 1]
    assert listed(db, Asked(text=str(key))) == [3]


def test_personal_data_are_found_by_their_masks_only(db: Database, pen: RegisterPen) -> None:
    pen.write(REGISTER, 1, n=Decimal(1), receiver_phone="13800138000", pay_account="6222020200112233")
    pen.write(REGISTER, 2, n=Decimal(2), receiver_phone="13899998000", pay_account="6222020200119999")
    phone = Column(id="receiver_phone", label="电话", kind=Kind.TEXT, options={}, personal=True)
    asked, _ = read_asked({"is.receiver_phone": "13811118000"}, [phone])
    assert listed(db, asked) == [2, 1], "all that look alike, whichever was typed"
    assert listed(db, Asked(text="0138")) == []
    assert listed(db, Asked(text="62220202")) == []
    asked, _ = read_asked({"text": "13800138000"}, [phone])
    assert asked.text == "138****8000"


def test_what_a_form_alone_declares_personal_cannot_be_filtered_or_sorted() -> None:
    secret = Column(id="contact", label="联系人", kind=Kind.TEXT, options={}, personal=True)
    asked, problems = read_asked({"is.contact": "张三", "sort": "contact"}, [secret])
    assert (asked.criteria, asked.sort, problems) == ((), "", {})


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"is.amount": "abc"}, {"is.amount"}),
        ({"from.amount": "NaN", "to.amount": "Infinity"}, {"from.amount", "to.amount"}),
        ({"is.day": "2026-13-01"}, {"is.day"}),
        ({"since": "gestern", "until": "2026-02-30"}, {"since", "until"}),
        ({"is.flag": "maybe"}, {"is.flag"}),
        ({"is.unknown": "x", "what.amount": "1", "is.": "1", "": "x", "is.amount": "  "}, set()),
        ({"is.amount": "¥1,234.50"}, set()),
    ],
)
def test_a_filter_that_cannot_be_read_is_said_and_left_out(arguments: dict[str, str], wrong: set[str]) -> None:
    columns = [column("amount", Kind.NUMBER), column("day", Kind.DATE), column("flag", Kind.BOOLEAN)]
    asked, problems = read_asked(arguments, columns)
    assert set(problems) == wrong
    assert len(asked.criteria) <= 1


@pytest.mark.parametrize("place", ["x", "1", "1.", "1.2", "1.2.3", "-1.2.", "1.2.k*", "1.2.k" + "a" * 500, "1.2.kgICA"])
def test_a_forged_place_is_no_page(place: str) -> None:
    if place == "1.2":
        assert read_place(place) is not None
        return
    with pytest.raises(NotFound):
        read_place(place)


def test_a_day_holds_all_its_times(db: Database, pen: RegisterPen) -> None:
    paid = datetime(2026, 1, 2, 23, 59, 59, tzinfo=UTC)  # the shop's 3 January
    pen.write(REGISTER, 1, n=Decimal(1), paid_at=paid)
    pen.write(REGISTER, 2, n=Decimal(2), paid_at=date(2026, 1, 3))
    pen.write(REGISTER, 3, n=Decimal(3), paid_at=paid + timedelta(days=1))
    day = column("paid_at", Kind.DATE)
    assert listed(db, read_asked({"is.paid_at": "2026-01-03"}, [day])[0]) == [2, 1]
    assert listed(db, read_asked({"from.paid_at": "2026-01-04"}, [day])[0]) == [3]
    assert listed(db, read_asked({"to.paid_at": "2026-01-03"}, [day])[0]) == [2, 1]


def test_filters_survive_being_kept() -> None:
    columns = [column("amount", Kind.NUMBER), column("status", 已打款="已打款")]
    asked, _ = read_asked(
        {"is.status": "已打款", "from.amount": "5", "since": "2026-01-02", "text": "杯", "sort": "amount"}, columns
    )

    kept = canonical.decode(canonical.encode(registers.encode_asked(asked)))
    assert registers.decode_asked(kept) == asked
    assert registers.describe(asked, columns) == ["登记日期 ≥ 2026-01-02", "amount ≥ 5", "status = 已打款", "包含“杯”"]


# --- keys ----------------------------------------------------------------------------------------

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**23), max_value=10**23)


@given(NUMBERS, NUMBERS)
def test_keys_order_as_numbers_do(one: Decimal, other: Decimal) -> None:
    assert (sort_key(one) <= sort_key(other)) == (one <= other)
    assert (sort_key(one) == sort_key(other)) == (one == other)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_number_has_a_key_of_the_same_length(value: Decimal) -> None:
    assert len(sort_key(value)) == len(sort_key(Decimal(0)))


@given(st.datetimes(min_value=datetime(1900, 1, 1)), st.datetimes(min_value=datetime(1900, 1, 1)))
def test_keys_order_as_times_do(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (sort_key(one) <= sort_key(other)) == (one <= other)
    assert sort_key(one.date()) < sort_key(one)


@given(st.one_of(st.text(), st.booleans(), st.none(), st.lists(st.text()), st.timedeltas()))
def test_every_value_has_a_key(value: Any) -> None:
    assert sort_key(value, "x")[0] in "bdnt"


# --- columns -------------------------------------------------------------------------------------


def form(*fields: tuple[str, str], **options: dict[str, str]) -> dict[str, Any]:
    components: list[dict[str, Any]] = [{"type": "textfield", "key": key, "label": label} for key, label in fields]
    for key, found in options.items():
        values = [{"value": value, "label": label} for value, label in found.items()]
        components.append({"type": "select", "key": key, "label": key.upper(), "values": values})
    return {"f": {"components": components}}


def test_columns_stand_as_declared_then_those_that_only_rows_have(db: Database, pen: RegisterPen) -> None:
    pen.write(REGISTER, 1, amount=Decimal(1), old_column="x", agreed=True, day=date(2026, 1, 2))
    ours = Version(
        "={case_id: case_id, comp: amount, kind: kind, day: day, agreed: agreed}",
        form(("amount", "补偿金额"), kind={"refund": "退款"}),
    )
    others = Version("={kind: kind, status: status, waybill_no: waybill_no}", form(("waybill_no", "运单号")))
    with db.read() as connection:
        columns = registers.columns_of(connection, REGISTER, [ours, others])
    shown = [(one.id, one.label, one.kind.value) for one in columns]
    assert shown == [
        ("comp", "补偿金额", "text"),
        ("kind", "KIND", "choice"),
        ("day", "day", "date"),
        ("agreed", "agreed", "boolean"),
        ("status", "状态", "text"),
        ("waybill_no", "运单号", "text"),
        ("amount", "金额", "number"),
        ("old_column", "old_column", "text"),
    ]
    assert columns[1].said("refund") == "退款"


def test_a_column_that_its_process_does_not_name_has_the_name_of_anothers_form(db: Database) -> None:
    ours = Version("={courier: courier, cause: if true then cause else null}", {})
    other = Version("={}", form(("courier", "快递公司"), cause={"late": "延误"}), register="other_register")
    with db.read() as connection:
        columns = registers.columns_of(connection, REGISTER, [ours, other])
    assert [(one.label, one.kind.value, dict(one.options)) for one in columns] == [
        ("快递公司", "text", {}),
        ("CAUSE", "choice", {"late": "延误"}),
    ]


def test_a_status_is_chosen_among_those_that_forms_and_rows_have(db: Database, pen: RegisterPen) -> None:
    for number, status in enumerate(["待打款", "已打款", "已打款", ""]):
        pen.write(REGISTER, number, status=status, note=f"n{number}")
    declared = Version("={status: status}", form(status={"kept": "保留"}))
    with db.read() as connection:
        (plain, note) = registers.columns_of(connection, REGISTER, [Version("={status: status, note: note}", {})])
        (both, _) = registers.columns_of(connection, REGISTER, [declared])
    assert set(plain.options) == {"待打款", "已打款"}
    assert note.kind is Kind.TEXT
    assert set(both.options) == {"kept", "待打款", "已打款"}
    for number in range(30):
        pen.write(REGISTER, number, status=f"s{number}")
    with db.read() as connection:
        found = registers.columns_of(connection, REGISTER, [Version("={status: status}", {})])
    assert found[0].kind is Kind.TEXT, "too many to choose from"


def test_a_column_of_several_kinds_is_text(db: Database, pen: RegisterPen) -> None:
    pen.write(REGISTER, 1, mixed=Decimal(1))
    pen.write(REGISTER, 2, mixed="一")
    with db.read() as connection:
        (found,) = registers.columns_of(connection, REGISTER, [])
    assert found.kind is Kind.TEXT


def test_computed_columns_declare_nothing(db: Database) -> None:
    with db.read() as connection:
        assert registers.columns_of(connection, REGISTER, [Version("=columns", {}), Version("={", {})]) == ()


def test_a_column_that_shows_a_personal_variable_is_personal(db: Database) -> None:
    masked = {"f": {"components": [{"type": "textfield", "key": "contact", "properties": {"masked": "true"}}]}}
    with db.read() as connection:
        (found,) = registers.columns_of(connection, REGISTER, [Version("={who: contact}", masked)])
    assert found.personal
    assert found.masked("李四") == "***"


# --- who -----------------------------------------------------------------------------------------


def readable(*groups: str) -> set[str]:
    actor = Actor(id="x", groups=frozenset(groups))
    return {register for register in registers.REGISTERS if registers.may_read(actor, register)}


def test_a_lane_reads_the_registers_of_its_work() -> None:
    lane = {"return_register", "repair_register", "shipment_register", "volume_register", "stock_register"}
    lane |= {"evidence_register"}
    assert readable("warehouse") == lane
    assert readable("technician") == {"service_sheet_register"}
    assert readable("finance") == {"compensation_register", "refund_register", "invoice_register", "statement_register"}
    assert readable("warehouse", "finance") == readable("warehouse") | readable("finance")
    for group in ("supervisor", "dept_manager", "auditor"):
        assert readable(group) == set(registers.REGISTERS), group
    # What colleagues were fined, when they came and were away, what they did and plan, and who applies, is not theirs.
    of_colleagues = {"violation_register", "leave_register", "attendance_register", "recruitment_register"}
    of_colleagues |= {"day_report_register", "plan_register"}
    for group in ("presales", "aftersales"):
        assert readable(group) == set(registers.REGISTERS) - of_colleagues, group
    assert "violation_register" in readable("aftersales", "supervisor")
    for group in ("courier", "process_owner", "admin", "operations", "designer", "nonsense"):
        assert readable(group) == set(), group
    assert registers.may_read(SYSTEM, "anything")


def test_who_exports_at_once_and_who_asks() -> None:
    def rights(group: str) -> tuple[bool, bool]:
        actor = Actor(id="x", groups=frozenset({group}))
        return registers.may_export(actor, REGISTER), registers.may_ask_for_export(actor, REGISTER)

    at_once = {"dept_manager", "finance", "auditor"}
    for group in ("presales", "aftersales", "supervisor", "dept_manager", "warehouse", "finance", "courier", "auditor"):
        assert rights(group) == (group in at_once, group == "supervisor"), group
    finance = Actor(id="x", groups=frozenset({"finance"}))
    assert not registers.may_export(finance, "shipment_register")


def test_registers_and_columns_have_chinese_names() -> None:
    labels = Labels(names={"waybill_no": "运单号"}, options={}, personal=frozenset())
    values = {"waybill_no": "YT1", "case_id": "1", "odd": 1}
    assert registers.column_labels(labels, values) == {"waybill_no": "运单号", "case_id": "工单号", "odd": "odd"}
    assert registers.name_of("courier_claim_register") == "快递索赔登记表"
    assert registers.name_of("unknown_register") == "unknown_register"
