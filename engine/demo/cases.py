"""What the demonstration's parts ask of its cases."""

from __future__ import annotations

from engine import formcheck, shop
from engine.errors import ConfigurationError
from engine.model import SYSTEM, Variables
from engine.queries.desk import Queries
from engine.runtime import Runtime


def variables_of(runtime: Runtime, process_id: str, order: str) -> Variables:
    """What a start form would hold of what the shop knows of an order.

    Raises:
        ConfigurationError: there is no such order.
    """
    with runtime.db.read() as connection:
        known = shop.order_facts(connection, order)
    if known is None:
        raise ConfigurationError(f"the demonstration has no order {order}")
    schema = runtime.definitions.latest(process_id).start_schema or {}
    asked = {field.key for field in formcheck.fields(schema)}
    return {name: value for name, value in known.items() if name in asked and value is not None}


def case_of(runtime: Runtime, order: str) -> str:
    """The newest case of an order.

    Raises:
        ConfigurationError: there is none.
    """
    found = Queries(runtime.db, runtime.definitions, runtime.clock).cases(SYSTEM, text=order).rows
    if not found:
        raise ConfigurationError(f"the demonstration has no case of order {order}")
    return found[0].case_id
