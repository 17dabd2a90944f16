"""Gives the demonstration's desk something to do: a few cases that wait, and filters that people keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine import accounts, formcheck, saved_filters, shop
from engine.errors import ConfigurationError
from engine.model import Actor, Value, Variables
from engine.runtime import Runtime


def add_inbox(runtime: Runtime, path: Path) -> None:
    """Start the cases and keep the filters of a file.

    Raises:
        ConfigurationError: a case's order is not among those of the demonstration.
    """
    told = json.loads(path.read_bytes())
    for case in told["cases"]:
        actor = accounts.get(runtime.db, case["by"]).actor
        runtime.start(case["process"], _variables(runtime, case), actor, start_key=f"demo-{case['order']}")
    with runtime.db.begin() as tx:
        for one in told["filters"]:
            asked, _ = saved_filters.read_query(one["query"])
            by = _actor(accounts.find_in(tx.connection, one["by"]), one["by"])
            saved_filters.keep(tx, by, one["name"], asked, at=runtime.clock.now(), shared_with=one["group"])


def _variables(runtime: Runtime, case: dict[str, Any]) -> Variables:
    """What the start form would hold: what the shop knows of the order, and what the buyer said."""
    with runtime.db.read() as connection:
        known = shop.order_facts(connection, case["order"])
    if known is None:
        raise ConfigurationError(f"the demonstration has no order {case['order']}")
    schema = runtime.definitions.latest(case["process"]).start_schema or {}
    asked = {field.key for field in formcheck.fields(schema)}
    given: dict[str, Value] = {name: value for name, value in known.items() if name in asked and value is not None}
    said: Variables = case["values"]
    return {**given, **said}


def _actor(account: accounts.Account | None, user_id: str) -> Actor:
    if account is None:
        raise ConfigurationError(f"the demonstration has no account {user_id}")
    return account.actor
