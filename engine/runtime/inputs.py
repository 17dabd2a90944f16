"""What an instance starts with when nobody fills in its start form: calls, messages and signals.

A start field that the caller leaves empty comes from the order in the shop's tables, else from the form's default;
one that stays null leads to 补全信息 in the diagram (catalogue, corrections 1.2).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from engine import canonical, formcheck, shop
from engine.definitions import Deployed
from engine.model import CASE_FACTS, Value, Variables
from engine.store.database import Transaction
from engine.store.instances import InstanceRow

#: The start fields that all flows have in common (catalogue §1).
_COMMON: Final = ("order_id", "customer_id", "channel", "shop", "description")
#: Names that a sender cannot set in another case: they are the platform's.
_READ_ONLY: Final = frozenset({*CASE_FACTS, "case"})


def brought(payload: Value, variable: str) -> Variables:
    """What a message or signal gives to an instance that it starts: its payload as one variable, and its entries."""
    if payload == {}:
        return {}
    entries = payload if isinstance(payload, dict) else {}
    return {**{name: value for name, value in entries.items() if name not in _READ_ONLY}, variable: payload}


def handed_on(thrower: InstanceRow) -> dict[str, Value]:
    """What a case hands on to one that its message opens: the common start fields, as far as it knows them."""
    known = {**canonical.decode(thrower.variables), "order_id": thrower.order_id, "customer_id": thrower.customer_id}
    return {name: known[name] for name in _COMMON if known.get(name) is not None}


def start_variables(
    tx: Transaction, deployed: Deployed, given: Variables, explicit: Collection[str], now: datetime
) -> dict[str, Value]:
    """The variables with which an instance starts.

    Args:
        tx: the transaction, to read the order.
        deployed: the process to start.
        given: what the caller hands over.
        explicit: names that the caller set on purpose; a null there stays null.
        now: aware UTC, for defaults that are computed.
    """
    variables = dict(given)
    schema = deployed.start_schema
    if schema is None:
        return variables
    missing = [f.key for f in formcheck.fields(schema) if variables.get(f.key) is None and f.key not in explicit]
    if missing:
        order = shop.start_facts(tx.connection, variables, missing)
        default = formcheck.defaults(schema, variables, now=now)
        found = {key: default.get(key) if order.get(key) is None else order[key] for key in missing}
        variables |= {key: value for key, value in found.items() if value is not None}
    return variables
