"""CSV, Excel and JSON lines hold every event, in order, and no cell of them is a formula."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from engine import canonical
from engine.errors import InvalidValue
from engine.eventlogs import Selection
from engine.eventlogs.tables import HEADER
from engine.model import SYSTEM
from engine.queries import Queries
from tests.engine.eventlogs.shop import AUDITOR, ODD, PHONE, Shop


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def all_events(shop: Shop) -> set[str]:
    return {f"{row.stream}-{row.seq}" for row in shop.rows("SELECT stream, seq FROM history_event WHERE stream > 0")}


def test_csv_has_a_line_an_event_behind_mark_and_header(shop: Shop) -> None:
    with shop.export("csv", AUDITOR).content as content:
        data = content.read()
    lines = table(data)
    assert data.startswith(b"\xef\xbb\xbf")
    assert lines[0][0].startswith("工单历史 · 导出人 郑审计(zheng)")
    assert tuple(lines[1]) == HEADER
    assert {line[7] for line in lines[2:]} == all_events(shop)
    assert len(lines) - 2 == len(all_events(shop))
    assert all(len(line) == len(HEADER) for line in lines[1:])
    row = next(line for line in lines[2:] if line[12] == "user_task.claimed")
    assert (row[10], row[11], row[13], row[15], row[18]) == ("李娜", "售后客服", "认领任务", "查询物流状态", "start")


def test_no_cell_is_a_formula(shop: Shop) -> None:
    selection = Selection(case_ids=(shop.cases[2],))
    cells = [cell for line in table(shop.bytes("csv", selection)) for cell in line]
    assert "'+SO-3" in cells
    assert not any(cell[:1] in "=+@\t" for cell in cells if cell)
    with zipfile.ZipFile(io.BytesIO(shop.bytes("xlsx", selection))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "'+SO-3" in page


def test_excel_holds_the_same_cells_as_csv(shop: Shop) -> None:
    lines = table(shop.bytes("csv"))
    book = openpyxl.load_workbook(io.BytesIO(shop.bytes("xlsx")), read_only=True)
    (sheet,) = book.worksheets
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    assert len(rows) == len(lines)
    assert rows[1] == lines[1]
    same = [[cell for place, cell in enumerate(row) if place != 19] for row in rows[2:]]
    assert same == [[cell for place, cell in enumerate(line) if place != 19] for line in lines[2:]]


def test_more_events_than_excel_has_rows_are_refused_clearly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.eventlogs.tables.MOST_ROWS", 10)
    before = len(shop.told())
    with pytest.raises(InvalidValue, match="an Excel sheet holds 10") as refused:
        shop.export("xlsx")
    assert "请换一种格式" in refused.value.message_zh
    assert len(shop.told()) == before
    shop.export("csv").content.close()


def test_json_lines_are_canonical_and_exact(shop: Shop) -> None:
    lines = shop.bytes("jsonl", unmasked=True, reason="核查").splitlines()
    assert all(canonical.encode(canonical.decode(line)) == line for line in lines)
    first, *others = [json.loads(line) for line in lines]
    assert (first["type"], first["masked"], first["cases"]) == ("log", False, len(shop.cases))
    assert first["events"] == sum(one["type"] == "event" for one in others) == len(all_events(shop))
    started = next(one for one in others if one.get("kind") == "instance.started" and one["case"] == shop.cases[2])
    assert started["value"]["variables"]["description"] == ODD
    assert started["value"]["variables"]["receiver_phone"] == PHONE


def test_a_case_stands_before_its_events_and_those_in_the_order_of_the_history_page(shop: Shop) -> None:
    case: str | None = None
    events: dict[str, list[tuple[int, int]]] = {}
    for line in shop.lines():
        if line["type"] == "case":
            case = line["case"]
        elif line["type"] == "event":
            assert line["case"] == case
            events.setdefault(line["case"], []).append((line["instance"], line["seq"]))
    queries = Queries(shop.db, shop.desk.definitions, shop.clock)
    for case_id, found in events.items():
        page = queries.events(case_id, SYSTEM, limit=2000)
        assert [(event.stream, event.seq) for event in page] == found
