"""Makes a small shop with the program of this release and keeps it: later releases must open it and go on with it.

Run by hand when a release is made: ``python -m tests.golden.keep_database``. For an earlier release, in a checkout of
it: ``PYTHONPATH=. python …/tests/golden/keep_database.py FOLDER``. So it asks the program only for what every release
has had: the pages' parts, the demonstration, scenarios.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from engine import demo
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.scenarios import Scenario, people, read_scenarios
from engine.scenarios.play import Play
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.worker import Worker
from web import create_app, parts_of

FOLDER: Final = Path(__file__).parent / "databases"
#: A Friday, 09:00 in Shanghai.
BEGIN: Final = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)
#: The processes that are deployed, so that the file stays small: those of the demonstration and what they call.
_DEPLOYED: Final = re.compile(r"(p01|p03|p07|p09|p10|p12|s\d\d)_")
#: Of about so many processes a case is left in the middle.
_LEFT: Final = 4
#: What belongs to an installation beside its database; the key of the sessions is made anew.
_BESIDE: Final = ("signing.key", "policy.key", "kefuflow.files")


#: A case that was left: its scenario's file and number, where it was cut, its instance.
Left: TypeAlias = dict[str, Any]


def make(folder: Path, root: Path) -> None:
    """A shop in a folder: the demonstration, cases that have ended, cases in the middle, letters that did not leave."""
    url = f"sqlite:///{folder / 'kefuflow.db'}"
    upgrade(url)
    if find_spec("engine.demo.kpi"):
        import_module("engine.demo.kpi")._DAYS = 10  # a hundred and fifty say no more
    clock = VirtualClock(BEGIN)
    app = create_app(database_url=url, demo=True, clock=clock)
    parts = parts_of(app)
    try:
        chosen = _some_of(root, folder / "root")
        demo.load(parts.runtime, chosen)
        if hasattr(people, "hire"):
            people.hire(parts.db)
        left: list[Left] = []
        for one in _play(parts.db, clock, chosen, folder):
            left.append(one)
            if len(left) == 1:
                _leave_letters(parts, clock)
        if hasattr(parts.runtime, "suspend"):
            parts.runtime.suspend(str(left.pop()["key"]), SYSTEM, reason="盘点")
        left = _that_end(parts.db, clock, left, folder)
    finally:
        parts.db.close()
    (folder / "left.json").write_text(json.dumps(left, ensure_ascii=False, indent=1), "utf-8")


def _leave_letters(parts: Any, clock: VirtualClock) -> None:
    """Let timers fire until they have written what cannot be delivered."""

    def no_route(_: object) -> None:
        raise OSError("no route")

    worker = Worker(parts.runtime, deliver=no_route)
    worker.drain()
    for _ in range(20):
        with parts.db.read() as connection:
            sql = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL"
            if connection.exec_driver_sql(sql).scalar_one():
                return
        clock.advance_to(parts.runner.next_due())
        worker.drain()
    raise SystemExit("nothing was written")


def _some_of(root: Path, target: Path) -> Path:
    """A copy of the shipped files with a part of the processes."""

    def unwanted(folder: str, names: list[str]) -> list[str]:
        every = Path(folder) in (root / "forms", root / "processes/scenarios")
        return [name for name in names if (every or name.endswith(".bpmn")) and not _is_wanted(name)]

    for name in ("processes", "forms", "demo"):
        shutil.copytree(root / name, target / name, ignore=unwanted)
    asked = "".join(path.read_text("utf-8") for path in target.rglob("*.bpmn"))
    for path in target.rglob("dmn_*.dmn"):
        if path.stem not in asked:
            path.unlink()
    return target


def _is_wanted(name: str) -> bool:
    return name == "messages" or _DEPLOYED.match(name) is not None


def _play(db: Database, clock: VirtualClock, root: Path, folder: Path) -> Iterator[Left]:
    """Play scenarios, one to its end, some to the half; gives what is left of these: the case, and where it was cut."""
    (folder / "scenarios").mkdir()
    files = sorted((root / "processes/scenarios").glob("*.yaml"))
    whole = read_scenarios({files[0].name: files[0].read_bytes()})
    Play(whole[0], db, clock).run()
    for file in files[:: max(1, len(files) // _LEFT)]:
        scenarios = read_scenarios({file.name: file.read_bytes()})
        free = [one for one in scenarios if not getattr(one, "order", None)]
        cuts = [(one, cut) for one in free for cut in range(len(one.do) - 1, 0, -1)]
        for scenario, cut in cuts:
            if _ends_well(db, clock, scenario, cut, folder):
                shutil.copy(file, folder / "scenarios")
                yield {"file": file.name, "no": scenario.no, "cut": cut, "key": _begin(db, clock, scenario, cut)}
                break


def first_half(scenario: Scenario, cut: int) -> Scenario:
    """The scenario, which says nothing of what people do at later tasks."""
    return replace(scenario, do=dict(list(scenario.do.items())[:cut]))


def second_half(scenario: Scenario, cut: int) -> Scenario:
    """The scenario, as who comes to it in the middle goes on with it."""
    return replace(scenario, do=dict(list(scenario.do.items())[cut:]), fire={})


def _begin(db: Database, clock: VirtualClock, scenario: Scenario, cut: int) -> int:
    before = _newest(db)
    Play(first_half(scenario, cut), db, clock).run()
    with db.read() as connection:
        sql = "SELECT min(key) FROM process_instance WHERE key > ?"
        return int(connection.exec_driver_sql(sql, (before,)).scalar_one() or 0)


def _newest(db: Database) -> int:
    with db.read() as connection:
        return int(connection.exec_driver_sql("SELECT max(key) FROM process_instance").scalar_one() or 0)


def _ends_well(db: Database, clock: VirtualClock, scenario: Scenario, cut: int, folder: Path) -> bool:
    """Whether this release itself goes on from there to the scenario's end; tried on a copy.

    What makes the clock go on before, so that others' timers fire, is not wanted.
    """
    with _copied(db, folder) as tried:
        its_clock = VirtualClock(clock.now())
        key = _begin(tried, its_clock, scenario, cut)
        if not key or not is_open(tried, key) or its_clock.now() != clock.now():
            return False
        return go_on(tried, its_clock, scenario, cut, key) == scenario.end


def _that_end(db: Database, clock: VirtualClock, left: list[Left], folder: Path) -> list[Left]:
    """Those that end as they should, one after the other, however long the others take."""
    while True:
        with _copied(db, folder) as tried:
            its_clock = VirtualClock(clock.now())
            good = [one for one in left if ends_as_told(tried, its_clock, one, folder)]
        if good == left:
            return good
        left = good


@contextmanager
def _copied(db: Database, folder: Path) -> Iterator[Database]:
    for file in folder.glob("copy.db*"):
        file.unlink()
    with closing(sqlite3.connect(db.file)) as source, closing(sqlite3.connect(folder / "copy.db")) as target:
        source.backup(target)
    copy = Database.open(f"sqlite:///{folder / 'copy.db'}")
    try:
        yield copy
    finally:
        copy.close()


def ends_as_told(db: Database, clock: VirtualClock, one: Left, folder: Path) -> bool:
    """Play the second half of what was left of a scenario; whether it ends as the scenario says."""
    file = folder / "scenarios" / one["file"]
    (scenario,) = (s for s in read_scenarios({file.name: file.read_bytes()}) if s.no == one["no"])
    return go_on(db, clock, scenario, one["cut"], one["key"]) == scenario.end


def is_open(db: Database, key: int) -> bool:
    """Whether an instance runs."""
    with db.read() as connection:
        sql = "SELECT status FROM process_instance WHERE key = ?"
        return connection.exec_driver_sql(sql, (key,)).scalar_one() == "active"


def go_on(db: Database, clock: VirtualClock, scenario: Scenario, cut: int, key: int) -> str | None:
    """Play the second half on an instance; gives its end, or what kept it from it."""
    try:
        Play(second_half(scenario, cut), db, clock)._go_on(key)
    except Exception as problem:  # noqa: BLE001 - whatever it was, this is no case to keep
        return f"{type(problem).__name__}: {problem}"
    with db.read() as connection:
        sql = "SELECT end_state FROM process_instance WHERE key = ?"
        return str(connection.exec_driver_sql(sql, (key,)).scalar_one())


# --- files -----------------------------------------------------------------------------------------


def pack(folder: Path, target: Path) -> None:
    """A shop's folder as one file: the database as text, and what lies beside it; the same content, the same bytes."""
    db = sqlite3.connect(folder / "kefuflow.db")
    script = "\n".join(_dump(db))
    db.close()
    files = {"kefuflow.sql": script.encode(), "left.json": (folder / "left.json").read_bytes()}
    for name in (*_BESIDE, "scenarios"):
        for path in sorted(p for p in (folder / name).rglob("*") if p.is_file()) or [folder / name]:
            if path.is_file():
                files[path.relative_to(folder).as_posix()] = path.read_bytes()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    target.write_bytes(lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def _dump(db: sqlite3.Connection) -> Iterator[str]:
    """The statements that make the database again, row by row; the index of words with what is in its tables."""
    yield "PRAGMA foreign_keys = OFF; BEGIN;"
    made = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type = 'table'").fetchall()
    virtual = [name for name, sql in made if sql.startswith("CREATE VIRTUAL")]
    shadows = [name for name, _ in made if name.rpartition("_")[0] in virtual]
    yield from (f"{sql};" for name, sql in made if name not in shadows and not name.startswith("sqlite_"))
    yield from (f"DELETE FROM {name};" for name, _ in made if name in shadows or name.startswith("sqlite_"))
    for name in (name for name, _ in made if name not in virtual):
        columns = [f'quote("{row[1]}")' for row in db.execute(f'PRAGMA table_info("{name}")')]
        for row in db.execute(f'SELECT {", ".join(columns)} FROM "{name}"'):
            yield f'INSERT INTO "{name}" VALUES ({",".join(map(_readable, row))});'
    rest = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'table' ORDER BY rowid"
    yield from (f"{sql};" for (sql,) in db.execute(rest))
    yield "COMMIT;"


def _readable(quoted: str) -> str:
    """Bytes that are text as text: half as long, and people can read it."""
    if not quoted.startswith("X'"):
        return quoted
    content = bytes.fromhex(quoted[2:-1])
    try:
        shown = content.decode()
    except UnicodeDecodeError:
        return quoted
    return quoted if "\0" in shown else f"CAST('{shown.replace(chr(39), chr(39) * 2)}' AS BLOB)"


def unpack(source: Path, folder: Path) -> Path:
    """Lay a kept shop into a folder, its database as its release left it; gives the database."""
    with tarfile.open(source, mode="r:xz") as tar:
        tar.extractall(folder, filter="data")
    file = folder / "kefuflow.db"
    db = Database.open(f"sqlite:///{file}")  # makes the file as the program does
    with db.read():
        pass
    db.close()
    plain = sqlite3.connect(file)
    plain.executescript((folder / "kefuflow.sql").read_text("utf-8"))
    plain.close()
    return file


def main() -> None:
    """Keep a shop of the checkout in which this runs."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, Path.cwd())
        db = sqlite3.connect(folder / "kefuflow.db")
        (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
        db.close()
        pack(folder, target / f"{revision}.tar.xz")
        sys.stdout.write(f"{target / revision}.tar.xz: {(folder / 'left.json').read_text('utf-8')}\n")


if __name__ == "__main__":
    main()
