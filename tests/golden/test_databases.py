"""A shop that an earlier release has left is opened by this one: upgraded, proved, shown, and worked on to the end."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from engine import attachments, audit
from engine.clock import VirtualClock, from_microseconds
from engine.config import Settings
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.errors import NotAllowed
from engine.model import SYSTEM, Actor, Value
from engine.queries import Queries
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.scenarios import people
from engine.store import migrate
from engine.store.database import Database
from engine.store.writes import HELD
from engine.upkeep.doctor import examine
from engine.worker import Worker
from tests.faults.invariants import unlike_their_commands, violations
from tests.golden.keep_database import FOLDER, Left, ends_as_told, unpack
from tests.golden.schemas import Rows, rows_of, schema_of
from tests.processes.walks.answers import Answers, Memory, Occasion
from tests.sample import some
from tests.web.browser import Browser
from tests.web.conftest import PLAIN
from web import create_app, wiring

KEPT = sorted(FOLDER.glob("*.tar.xz"))
#: The oldest and the newest, on which the work of weeks and all pages are tried.
FEW = some(KEPT, 2)
#: What happened, and what it refers to: no migration may touch it.
RECORD = ("history_event", "history_value", "log_leaf", "log_node", "tree_head", "resource", "definition")
#: Longer than anything in the kept cases waits.
A_QUARTER = timedelta(days=90)


@dataclass(frozen=True)
class Shop:
    """A kept shop after the upgrade, and what was in it before."""

    folder: Path
    revision: str
    before: Rows

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'kefuflow.db'}"

    def left(self) -> list[Left]:
        """The cases that were left in the middle of a scenario."""
        found: list[Left] = json.loads((self.folder / "left.json").read_text("utf-8"))
        return found


def called(file: Path) -> str:
    return file.name.partition(".")[0]


on_few = pytest.mark.parametrize("upgraded", FEW, indirect=True, ids=called)


@pytest.fixture(scope="module", params=KEPT, ids=called)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("kept")
    file = unpack(request.param, folder)
    before = rows_of(file)
    ((revision,),) = before["alembic_version"]
    at = max(row[4] for row in before["history_event"])
    with pytest.MonkeyPatch.context() as patch:  # on the day on which it was left, not on the machine's
        patch.setattr(migrate, "SystemClock", lambda: VirtualClock(from_microseconds(at)))
        migrate.upgrade(f"sqlite:///{file}")
    return Shop(folder, revision, before)


@pytest.fixture
def shop(upgraded: Shop, tmp_path: Path) -> Shop:
    """A copy, to be worked on."""
    return replace(upgraded, folder=Path(shutil.copytree(upgraded.folder, tmp_path / "shop")))


@pytest.fixture
def opened(shop: Shop) -> Iterator[Database]:
    database = Database.open(shop.url)
    yield database
    database.close()


def latest(db: Database) -> datetime:
    """When the last thing happened in it; the clock goes on from there."""
    with db.read() as connection:
        return from_microseconds(connection.execute(text("SELECT max(at) FROM history_event")).scalar_one())


def cases_of(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(text("SELECT DISTINCT case_id FROM process_instance ORDER BY 1")).scalars())


# --- after the upgrade ---------------------------------------------------------------------------


def test_there_are_databases_to_open() -> None:
    assert len(KEPT) >= 6


def test_the_schema_is_that_of_a_new_database(upgraded: Shop, empty_database: Path) -> None:
    assert schema_of(upgraded.folder / "kefuflow.db") == schema_of(empty_database)


def test_the_record_is_as_it_was_and_no_row_is_lost(upgraded: Shop) -> None:
    after = rows_of(upgraded.folder / "kefuflow.db")
    for name, rows in upgraded.before.items():
        assert len(after[name]) >= len(rows), name
        if name in RECORD:
            width = len(rows[0]) if rows else 0
            assert {row[:width] for row in after[name]} >= set(rows), name


def broken(db: Database) -> list[str]:
    """What does not hold. (What is personal in the oldest rows of registers has no cells: it cannot be asked for.)"""
    return [line for line in violations(db) if not line.startswith("registers: the cells of row")]


def test_nothing_is_broken_every_case_re_executes_and_the_record_is_proved(opened: Database) -> None:
    assert_whole(opened, VirtualClock(latest(opened)))


def test_the_doctor_finds_what_was_left_undone_and_nothing_else(shop: Shop, opened: Database) -> None:
    file = shop.folder / "kefuflow.db"
    report = examine(file, now=latest(opened), outbox=shop.folder / "outbox", least_free=0)
    assert report.whole
    assert {finding.code for finding in report.findings} <= {"late", "undelivered", "unsigned", "put_off"}


# --- worked on -----------------------------------------------------------------------------------
UNDELIVERED = "SELECT id FROM outbox WHERE delivered_at IS NULL"


@dataclass
class Desk:
    """The program of this release at work on a kept shop."""

    db: Database
    clock: VirtualClock
    sent: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.definitions = Definitions(self.db, self.clock)
        self.queries = Queries(self.db, self.definitions, self.clock)
        self.runtime = Runtime(self.db, self.clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=self.sent.append)
        self.runner = JobRunner(self.runtime, self.sent.append)
        self.answers = Answers(random.Random(1))

    def column(self, sql: str) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(text(sql)).scalars())

    def resume(self) -> None:
        for case_id in self.column("SELECT DISTINCT case_id FROM process_instance WHERE status = 'suspended'"):
            self.runtime.resume(case_id, SYSTEM)

    def answer(self, task_id: int) -> None:
        """Somebody of the task's groups fills in its form as it was then."""
        view = self.queries.task(task_id, SYSTEM)
        assert view.schema is not None
        for actor in people.doers(view.row.candidate_groups, view.row.assignee):
            occasion = Occasion(
                element=view.row.element,
                schema=view.schema,
                context=view.context,
                now=self.clock.now(),
                taken=self.queries.taken,
                files=attachments.usable(self.db, actor, view.row.case_id),
                upload=lambda name, by=actor: self._upload(by, name),
            )
            values = self.answers.fill(occasion, Memory())
            assert values is not None, view.row
            with suppress(NotAllowed):
                self.runtime.complete(task_id, values, actor)
                return

    def _upload(self, actor: Actor, name: str) -> Value:
        folder = attachments.Folder.beside(self.db)
        content = attachments.sample(name)
        return dict(attachments.keep(self.db, folder, name, content, actor=actor, now=self.clock.now()).value)

    def wait(self, time: timedelta) -> None:
        """Do all that falls due within that time."""
        until = self.clock.now() + time
        while (due := self.runner.next_due()) is not None and due <= until:
            self.clock.advance_to(due)
            self.worker.drain(looks=False)


@on_few
def test_people_answer_every_open_task(opened: Database) -> None:
    desk = Desk(opened, VirtualClock(latest(opened)))
    desk.resume()
    tasks = desk.column("SELECT id FROM user_task WHERE status = 'open' ORDER BY id")
    for task_id in tasks:
        if desk.queries.task(task_id, SYSTEM).row.status == "open":
            desk.answer(task_id)
            desk.worker.drain(looks=False)
    still = desk.column("SELECT id FROM user_task WHERE status = 'open'")
    assert len(set(tasks) & set(still)) <= len(tasks) / 4, "four eyes, and those behind somebody else's"
    assert desk.column("SELECT message FROM incident") == []
    assert_whole(opened, desk.clock)


@on_few
def test_cases_go_on_timers_fire_and_letters_leave(shop: Shop, opened: Database) -> None:
    desk = Desk(opened, VirtualClock(latest(opened)))
    assert desk.column(UNDELIVERED)
    desk.worker.drain()
    desk.resume()
    waited = desk.column(f"SELECT id FROM job WHERE kind = 'timer' AND due_at < {HELD}")
    for one in shop.left():
        assert ends_as_told(opened, desk.clock, one, shop.folder), one
    desk.wait(A_QUARTER)
    assert not set(desk.column("SELECT id FROM job")) & set(waited)
    assert waited
    assert desk.column(UNDELIVERED) == []
    assert desk.sent
    assert desk.column("SELECT message FROM incident") == []
    assert desk.column("SELECT problem FROM job WHERE problem IS NOT NULL") == []
    assert_whole(opened, desk.clock)


def assert_whole(db: Database, clock: VirtualClock) -> None:
    """Whatever was done since: nothing is broken, every case re-executes, the record is sealed and proved."""
    assert broken(db) == []
    assert unlike_their_commands(db, cases_of(db)) == []
    audit.seal(db, audit.Signer(audit.key_file(db)), clock.now())
    found = audit.verify(db)
    assert (found.flaws, found.unsealed) == ((), 0)


# --- shown ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(empty_database: Path) -> Flask:
    app = create_app(database_url=f"sqlite:///{empty_database}", **PLAIN)
    wiring.parts_of(app).db.close()
    return app


#: Who may see every case, and who reads histories.
SUPERVISOR, AUDITOR = "zhou.min", "xu.wen"
#: A case of each process and status.
_SHOWN = "SELECT min(case_id) FROM process_instance WHERE parent IS NULL GROUP BY process_id, status"
#: What a supervisor and an auditor open of a case.
OF_A_CASE = ("/cases/{}", "/cases/{}/live", "/cases/{}/print", "/cases/{}/result")
OF_A_HISTORY = ("/audit/{}", "/audit/{}/replay", "/audit/{}/replay/film.json", "/audit/{}/story")
PAGES = ("/inbox", "/cases", "/board", "/search?q=SO-1", "/registers", "/scripts", "/customers", "/quality", "/kpi")


@on_few
def test_pages_of_cases_and_tasks_are_drawn(shop: Shop, opened: Database, pages: Flask) -> None:
    settings = replace(Settings.from_env(), database_url=shop.url)
    wiring.install(pages, wiring.build(settings, clock=VirtualClock(latest(opened)), demo=True))
    try:
        browser, auditor = Browser(pages, SUPERVISOR), Browser(pages, AUDITOR)
        with opened.read() as connection:
            tasks = connection.execute(text("SELECT id FROM user_task WHERE status = 'open'")).scalars().all()
            cases = list(connection.execute(text(_SHOWN)).scalars())
        asked = [(browser, path) for path in (*PAGES, *(f"/tasks/{task}" for task in tasks))]
        asked += [(browser, path.format(case)) for case in cases for path in OF_A_CASE]
        asked += [(auditor, path.format(case)) for case in cases for path in OF_A_HISTORY]
        answers = {path: who.get(path).status_code for who, path in asked}
        assert {path: status for path, status in answers.items() if status != 200} == {}
    finally:
        wiring.parts_of(pages).db.close()
