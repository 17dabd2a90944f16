"""Puts the demonstration into a database on its first start."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from engine import accounts, conduct, shop
from engine.definitions import bundle
from engine.demo.collaboration import add_talk
from engine.demo.customers import add_customers
from engine.demo.inbox import add_inbox
from engine.demo.kpi import add_figures
from engine.demo.quality import add_checks, add_closed_week
from engine.demo.roster import add_roster
from engine.demo.scripts import add_scripts
from engine.errors import ConfigurationError
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import installation

#: Public on purpose: it stands on the log-in page, and `serve` refuses these accounts without --demo.
PASSWORD: Final = "kefuflow-demo"  # noqa: S105
#: The folder with processes/, forms/ and demo/.
ROOT: Final = Path(__file__).parents[2]
_LOADED: Final = "demo"
_SUFFIXES: Final = frozenset(bundle.SUFFIXES.values())
_AGO: Final = re.compile(r"(?:(\d+) d)? ?(?:(\d+) h)? ?(?:(\d+) min)? ago")


def load(runtime: Runtime, root: Path = ROOT) -> bool:
    """Deploy the shipped processes, import orders and parcels, make accounts; once a database.

    Later starts leave everything as people made it. Gives whether anything was done.

    Raises:
        ConfigurationError: the folder holds no processes or no demonstration data.
        DefinitionRefused: the shipped processes do not pass the lint.
    """
    if _is_loaded(runtime.db):
        return False
    runtime.definitions.deploy(_process_files(root), SYSTEM, reason="装入随附的流程")
    _import(runtime, root / "demo")
    _add_accounts(runtime, root / "demo" / "accounts.json")
    _add_settings(runtime, root / "demo" / "settings.json")
    add_figures(runtime, root / "demo" / "kpi.json")
    add_scripts(runtime, root)
    add_closed_week(runtime, root / "demo" / "quality.json")
    add_inbox(runtime, root / "demo" / "inbox.json")
    add_roster(runtime, root / "demo" / "roster.json")
    now = runtime.clock.now()
    add_talk(runtime, root / "demo" / "collaboration.json")
    add_checks(runtime, root / "demo" / "quality.json")
    add_customers(runtime, root / "demo" / "customers.json", lambda ago: datetime.fromisoformat(_ago(ago, now)))
    return True


def _is_loaded(db: Database) -> bool:
    with db.read() as connection:
        return connection.execute(installation.select().where(installation.c.name == _LOADED)).first() is not None


def _process_files(root: Path) -> dict[str, bytes]:
    found = [p for folder in ("processes", "forms") for p in sorted((root / folder).rglob("*"))]
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in found if p.suffix in _SUFFIXES}
    if not files:
        raise ConfigurationError(f"{root} holds no processes", message_zh=f"{root} 中没有流程文件。")
    return files


def _import(runtime: Runtime, folder: Path) -> None:
    with TemporaryDirectory() as fresh:
        for name in ("parcels.json", "orders.json"):
            target = Path(fresh) / name
            rows = [resolve(row, runtime.clock.now()) for row in json.loads((folder / name).read_bytes())]
            target.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
            report = shop.import_file(runtime, target)
            if report.problems:
                raise ConfigurationError(f"{folder / name}: {report.problems[0]}")


def resolve(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A row with its relative times (``"2 d 5 h ago"`` in a field that ends in ``_at``) made absolute.

    Raises:
        ConfigurationError: a time is not of that form.
    """
    return {name: _ago(value, now) if name.endswith("_at") and value else value for name, value in row.items()}


def _ago(text: str, now: datetime) -> str:
    match = _AGO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ConfigurationError(f'{text!r} is no time of the demonstration; write e.g. "2 d 5 h ago"')
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return (now - timedelta(days=days, hours=hours, minutes=minutes)).isoformat(timespec="seconds")


def _add_accounts(runtime: Runtime, path: Path) -> None:
    with runtime.db.begin() as tx:
        for person in json.loads(path.read_bytes()):
            accounts.add(tx, person["id"], person["name"], PASSWORD, person["groups"], demo=True)
            one = Actor(id=person["id"], name=person["name"], groups=frozenset(person["groups"]))
            if conduct.binds(one):
                conduct.agree(tx, one, conduct.shipped().version, at=runtime.clock.now())
        tx.connection.execute(installation.insert().values(name=_LOADED, value=runtime.clock.now().isoformat()))
    runtime.record("demo.loaded", None, SYSTEM)


def _add_settings(runtime: Runtime, path: Path) -> None:
    with runtime.db.begin() as tx:
        for line in json.loads(path.read_bytes()):
            values = {name: line[name] for name in shop.SETTINGS}
            shop.save_settings(tx, values, SYSTEM, now=runtime.clock.now(), shop=line["shop"])
