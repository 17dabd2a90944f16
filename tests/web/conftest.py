"""The application under test: the shipped processes deployed, an account for every role, one order of the shop."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from werkzeug.routing import Rule

from engine import accounts, canonical, scripts, shop
from engine.clock import VirtualClock, to_microseconds
from engine.config import Settings
from engine.definitions import Definitions, Deployed
from engine.model import SYSTEM
from engine.process_map import finding
from engine.process_map.entries import Entry, FileKind
from engine.process_map.files import entries_of
from engine.store.database import Database
from engine.store.tables import conduct_read, parcel, shop_order
from tests.conftest import FRIDAY_9AM, made_once
from tests.web.browser import PASSWORD, PEOPLE, Browser
from web import create_app, parts_of, security, wiring

ROOT = Path(__file__).parents[2]
SUFFIXES = {".bpmn", ".dmn", ".form", ".txt"}


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> Iterator[None]:
    """What writes the address of a route is compiled for the first application only: that took most of making one."""
    known: dict[object, Callable[..., tuple[str, str]]] = {}
    compile_anew = Rule._compile_builder

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_anew(rule, append_unknown)
        # All that goes into it; the rule itself, with its converters, is handed over when it is called.
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder)
        yield


@pytest.fixture(scope="session", autouse=True)
def texts_read_once() -> Iterator[None]:
    """The search over rules and texts has read the shipped files for one application; the others know them."""
    known: dict[object, tuple[Entry, ...]] = {}

    def read(
        kind: FileKind, file: str, content: bytes, *, change: int | None = None, title: str | None = None
    ) -> list[Entry]:
        key = (kind, file, content, change, title)
        if key not in known:
            known[key] = tuple(entries_of(kind, file, content, change=change, title=title))
        return list(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "entries_of", read)
        yield


@pytest.fixture(scope="session")
def shop_database(empty_database: Path, for_all_workers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with processes, people and an order, made once and copied."""
    made = for_all_workers / "shop.db"
    own = tmp_path_factory.mktemp("shop") / "shop.db"
    with made_once(made) as making:
        if making is not None:
            shutil.copy(empty_database, making)
            _open_shop(making)
    shutil.copy(made, own)
    return own


def _open_shop(path: Path) -> None:
    db = Database.open(f"sqlite:///{path}")
    found = [p for folder in ("processes", "forms") for p in sorted((ROOT / folder).rglob("*")) if p.suffix in SUFFIXES]
    files = {str(p.relative_to(ROOT)): p.read_bytes() for p in found}
    Definitions(db, VirtualClock(FRIDAY_9AM)).deploy(files, SYSTEM)
    with db.begin() as tx:
        for user_id, (name, group) in PEOPLE.items():
            accounts.add(tx, user_id, name, PASSWORD, [group])
            # Nobody is reminded of the rules of conduct; the tests of their page hire somebody new.
            tx.connection.execute(conduct_read.insert().values(user=user_id, version=0, at=0))
        library = (ROOT / "processes/scripts/library.json").read_bytes()
        scripts.import_library(tx, library, SYSTEM, at=FRIDAY_9AM, channels=shop.CHANNELS)
        facts = {"order_amount": Decimal("199.00"), "items": [{"name": "四件套", "quantity": 1}]}
        facts |= {
            "receiver_name": "张小明",
            "receiver_phone": "13800138000",
            "receiver_address": "浙江省杭州市文三路1号",
        }
        order = {"order_id": "SO-1001", "customer_id": "C-8812", "channel": "marketplace", "shop": "旗舰店"}
        order |= {"order_stage": "shipped", "waybill_no": "YT1", "courier": "圆通", "updated_at": 0}
        tx.connection.execute(shop_order.insert().values(facts=canonical.encode(facts), **order))
        seen = {"last_update_at": to_microseconds(FRIDAY_9AM - timedelta(hours=52)), "stage": "in_transit"}
        tx.connection.execute(parcel.insert().values(waybill_no="YT1", order_id="SO-1001", location="杭州", **seen))
    db.close()


@pytest.fixture(scope="session")
def templates(for_all_workers: Path) -> BytecodeCache:
    """Templates are compiled once for all applications."""
    folder = for_all_workers / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def compiled(shop_database: Path) -> dict[int, Deployed]:
    """The shipped processes, compiled once for all applications."""
    db = Database.open(f"sqlite:///{shop_database}")
    found = Definitions(db, VirtualClock(FRIDAY_9AM)).all_latest()
    db.close()
    return {deployed.key: deployed for deployed in found}


#: What most tests do without: tokens and rates have tests of their own.
PLAIN: dict[str, object] = {"TESTING": True, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False}


@pytest.fixture(scope="session")
def plain_app(shop_database: Path, templates: BytecodeCache, compiled: dict[int, Deployed]) -> Flask:
    """The application as most tests want it, made once: its hundreds of routes take longer than a test."""
    app = create_app(database_url=f"sqlite:///{shop_database}", clock=VirtualClock(FRIDAY_9AM), **PLAIN)
    app.jinja_env.bytecode_cache = templates
    parts_of(app).db.close()
    gc.freeze()  # all this stays; nobody need look through it for rubbish again
    return app


@pytest.fixture
def make_app(
    shop_database: Path,
    tmp_path: Path,
    clock: VirtualClock,
    templates: BytecodeCache,
    compiled: dict[int, Deployed],
    plain_app: Flask,
) -> Iterator[Callable[..., Flask]]:
    """Makes applications on a copy of the shop's database; settings of Flask may be given."""
    shutil.copy(shop_database, tmp_path / "shop.db")
    made: list[Flask] = []
    words = dict(plain_app.jinja_env.globals)

    def make(*, demo: bool = False, **settings: object) -> Flask:
        url = f"sqlite:///{tmp_path / 'shop.db'}"
        if settings or demo or plain_app in made:
            app = create_app(database_url=url, demo=demo, clock=clock, **PLAIN | settings)
            app.jinja_env.bytecode_cache = templates
        else:
            app = plain_app
            wiring.install(app, wiring.build(replace(Settings.from_env(), database_url=url), clock=clock))
        parts_of(app).definitions._compiled.update(compiled)
        made.append(app)
        return app

    yield make
    for app in made:
        parts_of(app).db.close()
    security.limiter.enabled = False  # one for all applications; the last one made has switched it
    plain_app.jinja_env.globals.clear()
    plain_app.jinja_env.globals.update(words)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application without tokens and rates: these have tests of their own."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who has not logged in."""
    return app.test_client()


@pytest.fixture
def browse(app: Flask) -> Callable[[str], Browser]:
    """Gives the browser of a person who has logged in."""
    return lambda user_id: Browser(app, user_id)
