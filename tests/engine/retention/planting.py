"""A busy shop in which every text that somebody could type is one that can be found again, wherever it was put."""

from __future__ import annotations

import random
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import LargeBinary, Table, Text, func, insert, select

from engine import attachments, canonical
from engine.attachments import Folder
from engine.formcheck import Field
from engine.model import Actor, Value
from engine.store.database import Database, Transaction
from engine.store.tables import backtest, definition, metadata, migration, studio_change
from tests.processes.walks import walker
from tests.processes.walks.answers import Answers
from tests.processes.walks.stage import WalkStage
from tests.processes.walks.walker import Walk
from tests.processes.walks.world import World

NAME: Final = "欧阳锋芒"
PHONE: Final = "13987651234"
STREET: Final = "独孤巷九十九弄"
ADDRESS: Final = f"浙江省杭州市西湖区{STREET}"
ACCOUNT: Final = "6222021234567890123"
MAIL: Final = "lingwaizhao"
BUYER: Final = "买家令狐冲霄"
TAX: Final = "91310000MA1FQ7731X"
NOTED: Final = "口无遮拦的备注"
FILE: Final = "无双凭证"
PIXELS: Final = b"UNMISTAKABLE-PIXELS-4711"
#: None of them may be found afterwards; what is masked is a part of one.
PLANTED: Final = (NAME, PHONE, STREET, ACCOUNT, MAIL, BUYER, TAX, NOTED, FILE)
_FREE: Final = f"{NAME} {PHONE} {NOTED}"
_BY_KEY: Final = {
    "receiver_name": NAME,
    "receiver_phone": PHONE,
    "receiver_address": ADDRESS,
    "new_address": ADDRESS,
    "pay_account": ACCOUNT,
    "invoice_title": NAME,
    "invoice_email": f"{MAIL}@b.cn",
    "tax_no": TAX,
    "customer_id": f"{BUYER}7",
}


class PlantedAnswers(Answers):
    """Whoever fills in a form writes what can be found again."""

    def _text(self, f: Field) -> Value:
        longest = int(f.validate.get("maxLength") or 100)
        if f.key in _BY_KEY:
            return _BY_KEY[f.key][:longest]
        shaped = f.validate.get("pattern") or f.properties.get("check")
        if shaped or f.properties.get("unique") or f.key.endswith(("_no", "_id")):
            return super()._text(f)
        return _FREE if len(_FREE) <= longest else NAME[:longest]


class PlantedWorld(World):
    """The shop's orders are for people who can be found again."""

    def _order(self, order_id: str) -> dict[str, Any]:
        planted = {"receiver_name": NAME, "receiver_phone": PHONE, "receiver_address": ADDRESS}
        remark = {"order_remark": f"{NOTED} {PHONE}"}
        return super()._order(order_id) | planted | remark | {"customer_id": f"{BUYER}{order_id[-1]}"}


class PlantedWalk(Walk):
    """Uploads have bytes that can be found again."""

    def __init__(self, db: Database, seed: int, **how: Any) -> None:
        super().__init__(db, seed, **how)
        self.answers = PlantedAnswers(random.Random(seed))

    def _upload(self, actor: Actor, name: str) -> Value:
        content = _with_pixels(attachments.sample(name))
        name = name.replace("凭证", FILE)
        folder = Folder.beside(self.db)
        kept = attachments.keep(self.db, folder, name, content, actor=actor, now=self.clock.now())
        return dict(kept.value)


def _with_pixels(content: bytes) -> bytes:
    """A picture with a text of ours in it, in a chunk of its own where it is PNG."""
    if not content.startswith(b"\x89PNG"):
        return content + PIXELS
    chunk = b"tEXt" + b"Comment\0" + PIXELS
    whole = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return content[:-12] + whole + content[-12:]


def planted_walk(stage: WalkStage, seed: int, monkeypatch: pytest.MonkeyPatch, **how: Any) -> PlantedWalk:
    """A shop whose cases have all ended; the clock stands at the end of the last."""
    monkeypatch.setattr(walker, "World", PlantedWorld)
    monkeypatch.setattr("tests.processes.walks.stage.Walk", PlantedWalk)
    walk = stage.open(seed, **how)
    assert isinstance(walk, PlantedWalk)
    walk.run()
    walk.worker.drain()
    return walk


# --- what a person could add to a case ----------------------------------------------------------

#: Columns of codes, ids, times and people of the shop: nobody types into them.
_CODES: Final = frozenset({
    "kind", "status", "state", "author", "mentions", "asked_by", "to_group", "to_person", "courier", "answered_by",
    "reported_by", "acknowledged_by", "made_by", "written_by", "submission_key", "from_user", "to_user", "cause",
    "department", "source", "shop", "registered_by", "taken_by", "called_back_by", "result", "subject", "order_id",
    "process_id", "assignee", "owner", "done_by", "asked", "follow_up_case_id", "noted_by", "action", "agent", "week",
    "why", "added_by", "checked_by", "decided_by", "decision", "occasion", "page", "actor", "once", "user", "field",
    "element", "audience", "channel", "template", "template_hash", "message_name", "sha256", "media_type",
    "uploaded_by",
    "verdict", "end_before", "end_after",
    "rule", "key", "severity", "about", "asked_person", "asked_group", "ended_by", "id", "type", "problem", "register",
})  # fmt: skip
#: What stands behind a case by itself, or is no place for people's texts (see test_every_table…).
WALKED: Final = frozenset({"process_instance", "user_task", "job", "incident", "register_row", "search_case"})


def tables_of_cases() -> list[Table]:
    """Every table whose rows belong to a case."""
    return [table for table in metadata.sorted_tables if "case_id" in table.c and table.name not in WALKED]


def plant_row(db: Database, table: Table, case_id: str, number: int) -> None:
    """A row of a table in which every column that a person could write into can be found again."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "case_id":
            row["case_id"] = case_id
        elif column.name == "instance":
            row["instance"] = int(case_id)
        elif column.name == "id" and not isinstance(column.type, Text):
            row["id"] = 900_000 + number
        elif column.name == "customer_id":
            row["customer_id"] = f"{BUYER}8"
        elif isinstance(column.type, LargeBinary):
            row[column.name] = canonical.encode({"note": _FREE, "contact_name": NAME, "rows": [{"remark": NOTED}]})
        elif isinstance(column.type, Text) and column.name in _CODES:
            row[column.name] = f"{column.name}-{number}" if not column.nullable else None
        elif isinstance(column.type, Text):
            row[column.name] = _FREE
        elif not column.nullable and column.server_default is None:
            row[column.name] = number
    row |= _of_table(table.name, number)
    with db.begin() as tx:
        if table.name in ("backtest_case", "migration_case"):
            _plant_around(tx, number)
        tx.connection.execute(insert(table).values(row))


def _of_table(name: str, number: int) -> dict[str, Any]:
    """What a row of this table has to be like."""
    if name == "outbox":
        return {"audience": "customer"}
    if name == "attachment":
        return {"id": f"{number:032x}", "sha256": f"{number:064x}", "name": f"{FILE}.jpg"}
    if name == "backtest_case":
        assumed = {"process": "p", "element": "e", "name": "receiver_name", "before": NAME, "after": _FREE}
        broken = {"process": "p", "element": None, "zh": _FREE, "en": _FREE}
        return {"detail": canonical.encode({"assumed": [assumed], "broken": broken, "note": _FREE})}
    return {}


def _plant_around(tx: Transaction, number: int) -> None:
    """What a row of a back-test or of a migration belongs to."""
    change = {"key": number, "title": "t", "why": "", "status": "open", "opened_by": "zhou", "opened_at": 1}
    work = {"key": number, "total": 1, "done": 1, "asked_by": "zhou", "asked_at": 1}
    tried = {"change": number, "revision": 1, "candidate": b"{}", "filter": b"{}", "status": "done"}
    version = tx.connection.execute(select(func.min(definition.c.key))).scalar_one()
    moved = {"process_id": "p", "source": version, "target": version, "mapping": b"{}", "reason": "r", "forced": False}
    tx.connection.execute(insert(studio_change).values(change))
    tx.connection.execute(insert(backtest).values({**work, **tried}))
    tx.connection.execute(insert(migration).values({**work, **moved, "status": "done"}))


# --- what is left of it -------------------------------------------------------------------------


def found_in_tables(db: Database, planted: Iterable[str] = PLANTED) -> set[tuple[str, str, str]]:
    """(table, column, text) of every planted text in any column of any table, packed ones unpacked."""
    asked = [(text, text.encode()) for text in planted]
    found = set()
    with sqlite3.connect(db.file) as by_hand:
        names = [row[0] for row in by_hand.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name.startswith(("search_case_words", "search_order_words")):
                continue  # SQLite's own; see compact, and the scan of the file's bytes
            rows = by_hand.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    data = _bytes(value)
                    found |= {(name, column, text) for text, wanted in asked if wanted in data}
    by_hand.close()
    return found


def _bytes(value: object) -> bytes:
    data = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""
    if data[:1] == b"x":
        try:
            return data + zlib.decompress(data)
        except zlib.error:
            pass
    return data


def found_in_files(db: Database, planted: Iterable[str] = PLANTED) -> set[tuple[str, str]]:
    """(file, text) of every planted text in the bytes of the database's file, its log and the folder of contents."""
    return {
        (path.name[:12], text)
        for path in files_of(db)
        for text in (*planted, PIXELS.decode())
        if text.encode() in path.read_bytes()
    }


def files_of(db: Database) -> Iterator[Any]:
    """The database's file, what lies beside it, and the contents of uploads."""
    yield from (path for path in db.file.parent.glob(f"{db.file.name}*") if path.is_file())
    yield from (path for path in Folder.beside(db).root.rglob("*") if path.is_file())


LONG: Final = timedelta(days=182)
