"""A shop with a case behind it, sealed, and the head that an auditor took home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from engine import audit
from engine.clock import VirtualClock
from engine.history.checkpoint import SignedCheckpoint
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import ShopDesk
from tests.engine.test_reexecution import whole_case

#: Of three processes.
CASE: Final = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What there is to be attacked, and what lies elsewhere."""

    desk: ShopDesk
    case_id: str
    #: Taken home before anything was changed.
    head: SignedCheckpoint
    public: bytes

    def verify(self, *, elsewhere: bool = False) -> audit.Verification:
        """Verify, with what lies elsewhere or without."""
        if elsewhere:
            return audit.verify(self.desk.db, heads=[self.head], public=self.public)
        return audit.verify(self.desk.db)


def seal(desk: ShopDesk) -> audit.TreeHead | None:
    """Take what is new into the log."""
    return audit.seal(desk.db, audit.Signer(audit.key_file(desk.db)), desk.clock.now())


class Copy(ShopDesk):
    """A desk on a copy of a database in which everything is deployed already."""

    def _deploy(self, processes: tuple[str, ...]) -> None:
        """It is."""


def copy_of(folder: Path, target: Path) -> Copy:
    """A desk of one's own on a copy of a folder with database and key."""
    shutil.copytree(folder, target)
    return Copy(Database.open(f"sqlite:///{target / 'shop.db'}"), VirtualClock(FRIDAY_9AM + timedelta(days=30)))


@pytest.fixture(scope="session")
def sealed_shop(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a case of three processes whose log has several heads, and one behind the last, not sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    shutil.copy(empty_database, folder / "shop.db")
    desk = ShopDesk(Database.open(f"sqlite:///{folder / 'shop.db'}"), VirtualClock(FRIDAY_9AM))
    assert whole_case(desk) == CASE
    seal(desk)
    desk.inquire()
    desk.db.close()
    return folder


@pytest.fixture
def sealed(sealed_shop: Path, tmp_path: Path) -> Iterator[Sealed]:
    """One's own, to be attacked."""
    desk = copy_of(sealed_shop, tmp_path / "sealed")
    with desk.db.read() as connection:
        (key,) = audit.list_keys(connection)
        head = audit.list_heads(connection)[0]
    yield Sealed(desk=desk, case_id=CASE, head=head.signed, public=key.public)
    desk.db.close()
