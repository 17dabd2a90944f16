"""Processes that only some shops need are offered where a shop's switch is on; what calls them does not ask."""

from __future__ import annotations

import pytest

from engine import shop
from engine.connectors import CONNECTORS
from engine.errors import NotFound
from engine.model import SYSTEM
from engine.queries import Queries
from tests.engine.support import LI, Engine
from tests.unit.bpmn.drawing import Drawing, properties


@pytest.fixture
def bench(engine: Engine) -> Engine:
    engine.connectors.update(CONNECTORS)
    tiles, plain = (Drawing(name).start().user("ask").end().flow("start", "ask", "end") for name in ("tiles", "plain"))
    tiles.extension = properties(start_permission="P01", pack="tiles")
    plain.extension = properties(start_permission="P01")
    header = '<zeebe:taskHeaders><zeebe:header key="process_id" value="tiles"/></zeebe:taskHeaders>'
    caller = Drawing("caller").start().call("sub", "tiles").end().flow("start", "sub", "end")
    opener = Drawing("opener").start().service("step", "start_process", header).end().flow("start", "step", "end")
    engine.deploy(tiles, plain, caller, opener)
    return engine


def offered(bench: Engine) -> list[str]:
    queries = Queries(bench.db, bench.definitions, bench.clock)
    return [option.process_id for option in queries.startable(LI)]


@pytest.mark.parametrize("line", [shop.ANY_SHOP, "砖店"])
def test_any_shop_s_switch_shows_the_process(bench: Engine, line: str) -> None:
    queries = Queries(bench.db, bench.definitions, bench.clock)
    assert offered(bench) == ["plain"]
    with pytest.raises(NotFound):
        queries.start_form("tiles", LI)
    shop.change_setting(bench.db, bench.clock, SYSTEM, "pack_fines", shop.ON, shop=line)
    assert offered(bench) == ["plain"]
    shop.change_setting(bench.db, bench.clock, SYSTEM, "pack_tiles", shop.ON, shop=line)
    assert offered(bench) == ["plain", "tiles"]
    assert queries.start_form("tiles", LI).deployed.process_id == "tiles"
    with bench.db.begin() as tx:
        shop.save_settings(tx, {"pack_fines": shop.ON}, SYSTEM, now=bench.clock.now(), shop=line)
    assert offered(bench) == ["plain"]


def test_calls_and_linked_cases_do_not_ask(bench: Engine) -> None:
    bench.start("caller")
    bench.start("opener")
    bench.worker.drain()
    assert len(bench.tasks(element="ask")) == 2
