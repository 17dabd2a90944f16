"""A shop with a case behind it, sealed, and the head that an auditor took home."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine import audit
from engine.history.checkpoint import SignedCheckpoint
from tests.engine.shop_desk import ShopDesk
from tests.engine.test_reexecution import whole_case


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


@pytest.fixture
def sealed(desk: ShopDesk) -> Sealed:
    """A case of three processes whose log has several heads, and a case behind the last that is not sealed."""
    case_id = whole_case(desk)
    head = seal(desk)
    assert head is not None
    desk.inquire()
    with desk.db.read() as connection:
        (key,) = audit.list_keys(connection)
    return Sealed(desk=desk, case_id=case_id, head=head.signed, public=key.public)
