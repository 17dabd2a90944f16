"""Files of figures: read with every mistake by line and column, taken whole or not, replaced with what was before."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter

from engine.errors import InvalidValue, NotFound
from engine.exports import CSV, XLSX, Sheet, write_xlsx
from engine.kpi.figures import COLUMNS, FigureKind
from engine.kpi.intake import ReadFile, list_imports, past_of, preview_of, read_file, take, template, upload
from engine.kpi.people import circle_of
from engine.kpi.periods import read_period
from engine.kpi.readings import From
from engine.kpi.scores import enter_scores
from engine.model import Actor
from tests.engine.kpi.ledger import NOVEMBER, Ledger, person

D = Decimal
WORDS = {"li": "li", "李娜": "li", "chen": "chen", "陈静": "chen"}
TODAY = date(2026, 12, 20)
HEAD = "日期,客服,渠道,接待次数,会话数,已回复会话数,首次响应次数,首次响应总秒数\n"


def read(text: str | bytes, kind: FigureKind = FigureKind.CHAT, name: str = "a.csv") -> ReadFile:
    content = text.encode() if isinstance(text, str) else text
    return read_file(kind, name, content, people=WORDS, others=frozenset({"wang"}), today=TODAY)


def test_a_line_is_read_with_its_person_channel_and_figures() -> None:
    (row,) = read(HEAD + '2026/11/3,李娜,电话,"1,200",40,39,,\n').rows
    assert (row.day, row.person, row.channel) == (date(2026, 11, 3), "li", "phone")
    assert row.values == {"receptions": 1200, "conversations": 40, "answered": 39}, "an empty cell is no 0"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_come_in_the_encodings_of_chinese_spreadsheets(encoding: str) -> None:
    assert len(read((HEAD + "2026年11月3日,陈静,在线聊天,1,,,,\n").encode(encoding)).rows) == 1


def test_money_is_kept_in_fen_and_the_shop_has_lines_of_its_own() -> None:
    rows = read("日期,客服,付款金额\n2026-11-03,全店,¥12.30\n2026-11-03,li,0.07\n", FigureKind.SHOP).rows
    assert [(row.person, row.values["paid_amount"]) for row in rows] == [("", 1230), ("li", 7)]


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("2026-13-03,li,,1,,,,", "日期", "不是日期"),
        ("2026-12-21,li,,1,,,,", "日期", "还没有到"),
        (",li,,1,,,,", "日期", "缺少日期"),
        ("2026-11-03,张三,,1,,,,", "客服", "没有这个账号"),
        ("2026-11-03,wang,,1,,,,", "客服", "不是您组里的"),
        ("2026-11-03,,,1,,,,", "客服", "缺少客服"),
        ("2026-11-03,li,邮件,1,,,,", "渠道", "之一"),
        ("2026-11-03,li,,-1,,,,", "接待次数", "0 到"),
        ("2026-11-03,li,,1.5,,,,", "接待次数", "整数"),
        ("2026-11-03,li,,NaN,,,,", "接待次数", "0 到"),
        ("2026-11-03,li,,=1+1,,,,", "接待次数", "不是数字"),
        ("2026-11-03,li,,1,3,4,,", "已回复会话数", "不能大于会话数"),
        ("2026-11-03,li,,,,,,90", "首次响应总秒数", "须有首次响应次数"),
        ("2026-11-03,li,,,,,,", "", "没有数字"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(line: str, column: str, said: str) -> None:
    found = read(HEAD + "2026-11-01,li,,1,,,,\n" + line + "\n")
    assert [(one.line, one.column) for one in found.problems] == [(3, column)]
    assert said in found.problems[0].text
    assert len(found.rows) == 1


def test_the_same_day_agent_and_channel_twice_is_a_mistake() -> None:
    found = read(HEAD + "2026-11-01,li,,1,,,,\n2026-11-01,李娜,在线聊天,2,,,,\n2026-11-01,li,电话,2,,,,\n")
    assert [one.text[:8] for one in found.problems] == ["与第 2 行重复"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        ("日期,客服\n".encode(), "没有一列"),
        ("客服,接待次数\nli,1\n".encode(), "缺少:日期"),
        ("日期,客服,接待次数,接待次数\n".encode(), "两次"),
        (HEAD.encode(), "只有表头"),
        (b"\xff\xfe\x00\x01", "编码"),
        (b"PK\x03\x04 and nothing", "Excel"),
        (('日期,客服,接待次数\n2026-11-01,"li').encode(), "CSV"),
        (b"a" * (5 * 1024 * 1024 + 1), "5 MB"),
        ((HEAD + "2026-11-01,li,,1,,,,\n" * 20_001).encode(), "20000 行"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(content: bytes, said: str) -> None:
    with pytest.raises(InvalidValue) as problem:
        read(content)
    assert said in problem.value.message_zh


def test_unknown_columns_are_told_and_titles_before_the_headings_passed_over() -> None:
    found = read("十一月客服数据\n\n日期,客服,接待次数,心情\n2026-11-01,li,3,好\n")
    assert found.unknown == ("心情",)
    assert found.rows[0].values == {"receptions": 3}


# --- Excel ---------------------------------------------------------------------------------------


def workbook(*rows: list[str | Decimal | int | None]) -> bytes:
    header = ["日期", "客服", *(column.label for column in COLUMNS[FigureKind.SHOP][:5])]
    return write_xlsx(Sheet(title="店铺", mark="标题", author="x", header=header, rows=rows)).read()


def test_an_excel_file_is_read_as_its_cells_say() -> None:
    found = read(workbook(["2026-11-03", "李娜", 10, 3, 4, 2, D("19.90")]), FigureKind.SHOP, "a.xlsx")
    assert found.problem_count == 0
    assert found.rows[0].values == {
        "enquirers": 10, "enquirers_paid": 3, "paid_orders": 4, "paid_customers": 2, "paid_amount": 1990,
    }  # fmt: skip


def test_dates_of_excel_are_days_and_gaps_are_empty() -> None:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw)
    page = book.add_worksheet()
    for place, heading in enumerate(["日期", "客服", "咨询人数", "差评数"]):
        page.write(0, place, heading)
    page.write_datetime(1, 0, datetime(2026, 11, 3), book.add_format({"num_format": "yyyy/m/d"}))
    page.write(1, 1, "li")
    page.write(1, 3, 0)
    book.close()
    (row,) = read(raw.getvalue(), FigureKind.SHOP, "a.xlsx").rows
    assert (row.day, row.values) == (date(2026, 11, 3), {"bad_reviews": 0})


def test_templates_are_read_by_who_made_them() -> None:
    for kind in FigureKind:
        for form in (CSV, XLSX):
            with pytest.raises(InvalidValue, match="no lines"):
                read(template(kind, form), kind, f"a.{form}")


def hostile(sheet: str) -> bytes:
    """A workbook whose sheet is this XML."""
    raw, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(workbook()))
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in good.namelist():
            packed.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else good.read(name))
    return raw.getvalue()


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>',
        "<worksheet><row",
        '<worksheet><row r="x"><c r="A1"><v>1</v></c></row></worksheet>',
        '<worksheet><sheetData><row r="9999999999"><c r="A9999999999"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><dimension ref="A1:XFD9"/><sheetData><row r="1"><c r="XFD1"/></row></sheetData></worksheet>',
        "a" * 70_000_000,
    ],
)
def test_a_hostile_workbook_is_refused_and_costs_little(sheet: str) -> None:
    with pytest.raises(InvalidValue):
        read(hostile(sheet), FigureKind.SHOP, "a.xlsx")


@pytest.mark.parametrize("reference", ["ZZZ1", "A1048577", "", "1A"])
def test_odd_references_of_cells_do_no_harm(reference: str) -> None:
    row = f'<worksheet><row r="1"><c r="{reference}" t="inlineStr"><is><t>日期</t></is></c></row></worksheet>'
    with pytest.raises(InvalidValue):
        read(hostile(row), FigureKind.SHOP, "a.xlsx")


# --- taking --------------------------------------------------------------------------------------


def put(ledger: Ledger, text: str, actor: Actor | None = None, kind: FigureKind = FigureKind.CHAT) -> str:
    with ledger.db.begin() as tx:
        return upload(tx, kind, "数据.csv", text.encode(), actor or person("wu"), now=ledger.clock.now())


def accept(ledger: Ledger, upload_id: str, actor: Actor | None = None) -> tuple[int, int] | None:
    who = actor or person("wu")
    with ledger.db.begin() as tx:
        made = take(tx, upload_id, who, circle_of(tx.connection, who, "P17"), now=ledger.clock.now())
    return None if made is None else (made.added, made.replaced)


def test_an_import_again_replaces_and_keeps_what_was_there(ledger: Ledger) -> None:
    first = HEAD + "2026-11-03,li,,10,20,15,,\n2026-11-04,li,,5,,,,\n"
    assert accept(ledger, put(ledger, first)) == (4, 0)
    assert accept(ledger, put(ledger, first)) is None, "a file twice changes nothing"
    assert ledger.value("K08", "li") == D("0.75")
    seen = put(ledger, HEAD + "2026-11-03,li,,10,20,18,,\n")
    with ledger.db.read() as connection:
        shown = preview_of(
            connection, seen, person("wu"), circle_of(connection, person("wu"), "P17"), now=ledger.clock.now()
        )
    assert (shown.added, shown.same, shown.replaced_count) == (0, 2, 1)
    assert (shown.replaced[0].before, shown.replaced[0].after) == (15, 18)
    assert accept(ledger, seen) == (0, 1)
    assert ledger.value("K08", "li") == D("0.9")
    with ledger.db.read() as connection:
        imports = list_imports(connection)
        assert [one.replaced for one in imports] == [1, 0]
        (past,) = past_of(connection, imports[0].key)
    assert (past.before, past.before_import, past.name) == (15, imports[1].key, "answered")
    assert accept(ledger, put(ledger, first)) == (0, 1), "going back to the first file is an import too"


def test_a_file_with_one_mistake_is_not_taken_at_all(ledger: Ledger) -> None:
    waiting = put(ledger, HEAD + "2026-11-03,li,,10,,,,\n2026-11-03,wang,,x,,,,\n")
    with pytest.raises(InvalidValue, match="Mistakes"):
        accept(ledger, waiting)
    assert ledger.value("K02") is None


def test_a_file_is_its_uploaders_and_is_taken_once(ledger: Ledger) -> None:
    waiting = put(ledger, HEAD + "2026-11-03,li,,10,,,,\n")
    with pytest.raises(NotFound):
        accept(ledger, waiting, person("zhou"))
    accept(ledger, waiting)
    with pytest.raises(NotFound):
        accept(ledger, waiting)


def test_a_supervisor_imports_for_the_own_team_only(ledger: Ledger) -> None:
    mine = person("zhou", team=frozenset({"zhou", "li"}))
    with pytest.raises(InvalidValue):
        accept(ledger, put(ledger, HEAD + "2026-11-03,wang,,10,,,,\n", mine), mine)
    with pytest.raises(InvalidValue):
        accept(ledger, put(ledger, "日期,客服,评价数\n2026-11-03,全店,10\n", mine, FigureKind.SHOP), mine)
    assert accept(ledger, put(ledger, HEAD + "2026-11-03,li,,10,,,,\n", mine), mine) == (1, 0)


# --- what they give ------------------------------------------------------------------------------


def test_every_imported_indicator_is_its_quotient(ledger: Ledger) -> None:
    ledger.figures(
        FigureKind.CHAT,
        {"day": "2026-11-03", "person": "chen", "receptions": 30, "conversations": 40, "answered": 36,
         "first_count": 10,
         "first_seconds": 250, "first_in_limit": 9, "reply_count": 100, "reply_seconds": 4000, "ratings": 20,
         "satisfied": 18},
        {"day": "2026-11-03", "person": "chen", "channel": "phone", "first_count": 10, "first_seconds": 750,
         "first_in_limit": 10},
    )  # fmt: skip
    ledger.figures(
        FigureKind.SHOP,
        {"day": "2026-11-03", "person": "chen", "enquirers": 50, "enquirers_paid": 10, "paid_orders": 12,
         "paid_customers": 8, "paid_amount": "960.40", "refunded_orders": 3, "reviews": 25, "bad_reviews": 2,
         "bad_handled": 1, "reviews_due": 10, "reviews_answered": 9, "unpaid_due": 8, "reminders": 6,
         "reminded_paid": 3},
    )  # fmt: skip
    expected = {
        "K01": D("0.2"), "K02": 30, "K03": 12, "K03b": D("960.40"), "K04": D("120.05"), "K05": 50, "K06": 40, "K07": 40,
        "K08": D("0.9"), "K10": D("0.9"), "K11": D("0.25"), "K14b": D("0.5"), "K14c": D("0.5"), "K15": D("0.9"),
        "K16": D("0.75"), "K25": D("0.95"), "K27": D("0.08"),
    }  # fmt: skip
    assert {name: ledger.value(name, "chen") for name in expected} == expected
    assert all(ledger.read(name, "chen").source == "I" for name in expected)
    assert {part.kind for part in ledger.read("K01", "chen").parts} == {From.FIGURES}
    assert ledger.value("K01") == D("0.2")
    assert ledger.read("K01", "li").missing == "缺少:店铺数据 2026年11月(三日内付款人数)"


def test_k14_is_the_mean_of_three_scores_and_needs_all_of_them(ledger: Ledger) -> None:
    ledger.figures(
        FigureKind.SHOP,
        {"day": "2026-11-03", "person": "li", "reminders": 10, "reminded_paid": 3, "bad_reviews": 2, "bad_handled": 1},
    )
    assert ledger.read("K14", "li").missing == "K14a 本期没有退款"
    claim = ledger.case("p01_compensation")
    ledger.paid_out(ledger.case("s02_payout", parent=claim), "11-03 11:00")
    assert (ledger.value("K14", "li") or 0).quantize(D("0.01")) == D("66.67"), "100, 100 and 0"


def test_sales_by_the_monthly_target(ledger: Ledger) -> None:
    ledger.figures(FigureKind.SHOP, {"day": "2026-11-03", "person": "li", "paid_amount": 900})
    assert ledger.read("K37", "li").missing == "缺少:2026年11月的销售目标"
    with ledger.db.begin() as tx:
        circle = circle_of(tx.connection, person("wu"), "P17")
        enter_scores(
            tx, {("sales_target", "li"): D(1000)}, person("wu"), circle, now=ledger.clock.now(), period=NOVEMBER
        )
    assert ledger.value("K37", "li") == D("0.9")
    assert ledger.value("K37") == D("0.9")
    assert ledger.read("K37", period=read_period("2026-W45")).missing == "按月统计"
