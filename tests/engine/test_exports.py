"""Registers leave the house masked, marked, counted and told; by approval once, within a day, to who asked."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from engine import canonical, exports
from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.errors import EngineError, FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.exports import CSV, XLSX, ExportFile, ExportStatus, Sheet, safe_text, write_csv, write_xlsx
from engine.history.record import values_of
from engine.model import Actor
from engine.store.database import Database
from tests.engine.register_pen import RegisterPen

REGISTER = "refund_register"


def person(user_id: str, *groups: str) -> Actor:
    return Actor(id=user_id, name=user_id.upper(), groups=frozenset(groups))


CHEN = person("chen", "supervisor")
OTHER = person("other", "supervisor")
ZHAO = person("zhao", "dept_manager")
QIAN = person("qian", "finance")
ZHENG = person("zheng", "auditor")


class House:
    """A database with a register of four rows, and the exports of it."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock = db, clock
        self.definitions = Definitions(db, clock)
        self.pen = RegisterPen(db)
        for number in (1, 2, 3):
            self.pen.write(
                REGISTER, number, order_id=f"SO-{number}", pay_account="6222020200112233", paid=Decimal(number)
            )
        self.pen.write(REGISTER, 4, order_id="=HYPERLINK(1)", status="待打款")

    def export(self, actor: Actor = ZHAO, arguments: dict[str, str] | None = None, **more: Any) -> ExportFile:
        more = {"form": CSV, **more}
        return exports.export(self.db, self.definitions, self.clock, actor, REGISTER, arguments or {}, **more)

    def request(self, actor: Actor = CHEN, arguments: dict[str, str] | None = None, reason: str = "对账") -> str:
        return exports.request(
            self.db, self.definitions, self.clock, actor, REGISTER, arguments or {}, form=CSV, reason=reason
        )

    def decide(self, request: str, actor: Actor = ZHAO, *, approve: bool = True, answer: str = "") -> None:
        exports.decide(self.db, self.clock, actor, request, approve=approve, answer=answer)

    def take(self, request: str, actor: Actor = CHEN) -> ExportFile:
        return exports.take(self.db, self.definitions, self.clock, actor, request)

    def listed(self, actor: Actor) -> list[ExportStatus]:
        return [view.status for view in exports.list_requests(self.db, self.definitions, self.clock, actor)]

    def told(self) -> list[tuple[str, str, Any]]:
        """(kind, actor, value) of the system's history."""
        query = text("""SELECT e.kind, e.actor, e.n, v."values" FROM history_event e JOIN history_value v
                        ON v.stream = e.stream AND v.revision = e.revision WHERE e.stream = 0 ORDER BY e.seq""")
        with self.db.read() as connection:
            return [(row.kind, row.actor, values_of(row[3])[row.n]) for row in connection.execute(query)]


@pytest.fixture
def house(db: Database, clock: VirtualClock) -> House:
    return House(db, clock)


def table(file: ExportFile) -> list[list[str]]:
    with file.content as content:
        return list(csv.reader(io.StringIO(content.read().decode("utf-8-sig"))))


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A"],
)
def test_no_text_is_taken_for_a_formula(cell: str) -> None:
    assert safe_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "亲", "1", "SO-1", "a=b", " 1", "'=1", "张@"])
def test_other_texts_stay_as_they_are(cell: str) -> None:
    assert safe_text(cell) == cell


def sheet(*rows: list[Any]) -> Sheet:
    return Sheet(title="退款[登记]:表/2026" * 3, mark="退款 & 登记", author="a", header=["甲", "=乙"], rows=rows)


@given(
    st.lists(
        st.lists(st.one_of(st.text(), st.none(), st.decimals(allow_nan=False, allow_infinity=False)), max_size=3),
        max_size=4,
    )
)
def test_any_table_becomes_a_file(rows: list[list[Any]]) -> None:
    lines = list(csv.reader(io.StringIO(write_csv(sheet(*rows)).read().decode("utf-8-sig"), newline="")))
    assert lines[:2] == [["退款 & 登记"], ["甲", "'=乙"]]
    assert write_xlsx(sheet(*rows)).read(2) == b"PK"


def test_csv_has_a_mark_for_excel_and_numbers_as_they_are() -> None:
    data = write_csv(sheet(["一,二\n三", Decimal("-1E+3"), None])).read()
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[2] == ["一,二\n三", "-1000", ""]


def xml_of(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_an_excel_file_holds_texts_and_exact_numbers_and_no_formula() -> None:
    data = write_xlsx(
        sheet(["=1+1", Decimal("12.50"), "http://x"], [Decimal("1234567890123456789"), "甲", None])
    ).read()
    page = xml_of(data, "xl/worksheets/sheet1.xml")
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert "<v>12.5</v>" in page
    assert "1234567890123456789" in page
    assert "'=1+1" in page
    assert "退款 &amp;&amp; 登记" in page, "the mark on every printed page"
    assert "退款 &amp; 登记" in xml_of(data, "docProps/core.xml")


# --- at once -------------------------------------------------------------------------------------


def test_a_file_is_masked_marked_and_told(house: House) -> None:
    lines = table(house.export(ZHENG))
    assert lines[0][0].startswith("退款登记表 · 导出人 ZHENG(zheng) · 2026-01-02 09:00:00 · 4 行 · 已打码")
    assert lines[1][0] == "工单号"
    cells = [cell for line in lines[2:] for cell in line]
    assert "****2233" in cells
    assert not any("6222" in cell for cell in cells)
    assert "'=HYPERLINK(1)" in cells
    (kind, actor, value) = house.told()[-1]
    assert (kind, actor) == ("register.exported", "zheng")
    assert (value["rows"], value["masked"], value["filters"], value["register"]) == (4, True, [], REGISTER)


def test_filters_narrow_the_file_and_stand_in_the_history_masked(house: House) -> None:
    file = house.export(QIAN, {"is.pay_account": "6222020200112233", "from.paid": "2"})
    assert len(table(file)) == 2 + 2
    assert house.told()[-1][2]["filters"] == ["paid ≥ 2", "pay_account = ****2233"]
    assert b"6222" not in canonical.encode(house.told()[-1][2])


def test_a_department_manager_takes_personal_data_with_a_reason_only(house: House) -> None:
    with pytest.raises(InvalidValue):
        house.export(unmasked=True, reason="  ")
    lines = table(house.export(unmasked=True, reason="税务核查"))
    assert "未打码" in lines[0][0]
    assert any("6222020200112233" in line for line in lines)
    assert house.told()[-1][2]["masked"] is False
    assert house.told()[-1][2]["reason"] == "税务核查"
    for actor in (ZHENG, QIAN):
        with pytest.raises(NotAllowed):
            house.export(actor, unmasked=True, reason="x")


@pytest.mark.parametrize(
    "group", ["presales", "aftersales", "supervisor", "warehouse", "courier", "process_owner", "admin"]
)
def test_nobody_else_takes_anything_at_once(house: House, group: str) -> None:
    with pytest.raises(NotAllowed):
        house.export(person("x", group))
    assert house.told() == []


def test_an_unknown_register_format_or_filter_gives_no_file(house: House) -> None:
    with pytest.raises(InvalidValue):
        house.export(form="pdf")
    with pytest.raises(InvalidValue):
        house.export(arguments={"from.paid": "viel"})
    with pytest.raises(NotFound):
        exports.export(house.db, house.definitions, house.clock, ZHAO, "no_register", {}, form=CSV)
    assert house.told() == []


def test_too_many_rows_give_no_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.exports.content.LIMIT", 3)
    with pytest.raises(InvalidValue, match="more than 3"):
        house.export()
    with pytest.raises(InvalidValue):
        house.request()
    assert table(house.export(arguments={"from.paid": "1"}))[0][0].count("3 行") == 1


def test_rows_come_from_all_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.exports.content._BATCH", 1)
    assert [line[1] for line in table(house.export(arguments={"sort": "order_id"}))[2:]] == [
        "'=HYPERLINK(1)", "SO-1", "SO-2", "SO-3"
    ]  # fmt: skip


def test_excel_too(house: House) -> None:
    file = house.export(form=XLSX)
    assert file.name == "退款登记表-20260102-0900.xlsx"
    with file.content as content:
        assert "****2233" in xml_of(content.read(), "xl/worksheets/sheet1.xml")


# --- by approval ---------------------------------------------------------------------------------


def test_a_supervisors_file_is_approved_and_fetched_once(house: House) -> None:
    request = house.request(arguments={"from.paid": "2"})
    assert (house.listed(CHEN), house.listed(ZHAO), house.listed(OTHER)) == ([ExportStatus.WAITING],) * 2 + ([],)
    with pytest.raises(StepError):
        house.take(request)
    house.decide(request)
    assert len(table(house.take(request))) == 2 + 2
    with pytest.raises(StepError):
        house.take(request)
    assert house.listed(CHEN) == [ExportStatus.DOWNLOADED]
    kinds = [(kind, actor) for kind, actor, _ in house.told()]
    assert kinds == [
        ("register.export_requested", "chen"), ("register.export_decided", "zhao"), ("register.exported", "chen")
    ]  # fmt: skip


def test_what_was_opened_later_is_not_part_of_it(house: House) -> None:
    request = house.request()
    house.pen.write(REGISTER, 9, order_id="SO-9")
    house.decide(request)
    assert not any("SO-9" in line for line in table(house.take(request)))


def test_a_refused_request_gives_nothing_and_says_why(house: House) -> None:
    request = house.request()
    with pytest.raises(InvalidValue):
        house.decide(request, approve=False, answer=" ")
    house.decide(request, approve=False, answer="范围过大")
    with pytest.raises(StepError):
        house.take(request)
    (view,) = exports.list_requests(house.db, house.definitions, house.clock, CHEN)
    assert (view.status, view.answer, view.may_take) == (ExportStatus.REFUSED, "范围过大", False)


@pytest.mark.parametrize(
    ("late", "given"), [(timedelta(hours=24, microseconds=-1), True), (timedelta(hours=24), False)]
)
def test_an_approval_lasts_for_24_hours(house: House, late: timedelta, *, given: bool) -> None:
    request = house.request()
    house.decide(request)
    house.clock.advance(late)
    assert house.listed(CHEN) == [ExportStatus.APPROVED if given else ExportStatus.EXPIRED]
    if given:
        house.take(request).content.close()
    else:
        with pytest.raises(StepError):
            house.take(request)


def test_a_request_is_decided_once_by_another_with_the_right(house: House) -> None:
    request = house.request()
    both = person("chen", "supervisor", "dept_manager")
    for actor, error in ((CHEN, NotAllowed), (QIAN, NotAllowed), (both, FourEyes)):
        with pytest.raises(error):
            house.decide(request, actor)
    house.decide(request)
    for approve in (True, False):
        with pytest.raises(StepError):
            house.decide(request, person("wu", "dept_manager"), approve=approve, answer="不")


def test_a_request_is_fetched_by_who_asked_only(house: House) -> None:
    request = house.request()
    house.decide(request)
    for actor in (OTHER, ZHAO, ZHENG, person("chen", "aftersales")):
        with pytest.raises(NotFound):
            house.take(request, actor)
    for forged in ("", "x", request.upper(), request[:-1], "0" * 32):
        if forged != request:
            with pytest.raises(NotFound):
                house.take(forged)
            with pytest.raises(NotFound):
                house.decide(forged)


def test_a_request_needs_a_reason_and_the_right(house: House) -> None:
    with pytest.raises(InvalidValue):
        house.request(reason=" ")
    for group in ("aftersales", "dept_manager", "auditor", "finance"):
        with pytest.raises(NotAllowed):
            house.request(person("x", group))
    with pytest.raises(NotAllowed):
        exports.list_requests(house.db, house.definitions, house.clock, person("x", "aftersales"))
    assert house.told() == []


def at_once(*calls: Callable[[], object]) -> list[str]:
    """What becomes of calls that begin together: ok, or the error's code."""
    gate, found = threading.Barrier(len(calls)), []

    def one(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            call()
            found.append("ok")
        except EngineError as problem:
            found.append(problem.code)

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_two_clicks_one_gets_the_file_and_one_decision_counts(house: House) -> None:
    request = house.request()
    decisions = [lambda: house.decide(request), lambda: house.decide(request, person("wu", "dept_manager"))]
    assert at_once(*decisions) == ["ok", "step"]
    assert at_once(*[lambda: house.take(request).content.close()] * 4) == ["ok", "step", "step", "step"]
    assert [kind for kind, _, _ in house.told()].count("register.exported") == 1
