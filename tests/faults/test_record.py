"""Whatever happens in a shop, its record proves it: hashes, signed heads, films, and every case executed again."""

from __future__ import annotations

import pytest

from engine import audit
from engine.queries import Queries
from tests.engine.queries.test_replay import Looking
from tests.faults.invariants import unlike_their_commands
from tests.faults.simulation import simulate


@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.faults) for seed in (5, *range(50, 70)))])
def test_the_record_of_a_shops_days_is_whole_and_gives_what_the_tables_hold(database_url: str, seed: int) -> None:
    shop = simulate(database_url, seed, actions=150)
    signer, kept = audit.Signer(audit.key_file(shop.db)), []
    for _ in range(4):
        head = audit.seal(shop.db, signer, shop.clock.now())
        kept += [head.signed] if head is not None else []
        for _ in range(15):
            shop.act()
    audit.seal(shop.db, signer, shop.clock.now())
    found = audit.verify(shop.db, heads=kept)
    assert found.whole, [flaw.sentence_en for flaw in found.flaws]
    assert found.unsealed == 0
    assert len(kept) >= 2
    assert not unlike_their_commands(shop.db, shop.cases())
    looking = Looking(Queries(shop.db, shop.definitions, shop.clock))
    looking.check()
    assert looking.case_ids()
    shop.close()
