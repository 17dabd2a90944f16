"""Changes for the editors under test: made behind the pages, looked at behind them too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from engine import accounts, studio
from engine.clock import SystemClock
from engine.store.database import Database
from engine.studio import Draft
from tests.browser.conftest import PASSWORD, Server

OWNER = "he.ping"
SECOND = "hao.er"


@contextmanager
def database(server: Server) -> Iterator[Database]:
    opened = Database.open(server.database_url)
    try:
        yield opened
    finally:
        opened.engine.dispose()


def open_change(server: Server, *resources: tuple[str, str], title: str = "改流程图") -> int:
    """A change of the owner with these resources as drafts; gives its key."""
    now = SystemClock().now()
    with database(server) as db, db.begin() as tx:
        owner = accounts.get(db, OWNER).actor
        key = studio.open_change(tx, owner, title=title, why="试编辑器", now=now)
        for kind, resource_id in resources:
            studio.add_resource(tx, owner, key, kind, resource_id, now)
    return key


def second_owner(server: Server) -> str:
    """Somebody else who may edit."""
    with database(server) as db, db.begin() as tx:
        if accounts.find(db, SECOND) is None:
            accounts.add(tx, SECOND, "郝二", PASSWORD, ["process_owner"], demo=True)
    return SECOND


def draft(server: Server, key: int, kind: str, resource_id: str) -> Draft:
    with database(server) as db, db.read() as connection:
        return studio.read_draft(connection, key, kind, resource_id)


def wait_until_saved(page: Page) -> None:
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
