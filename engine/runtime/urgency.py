"""How urgent a case is: what its process says at the start, and what a shop's calendar goes by."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from engine import feel
from engine.definitions import Deployed
from engine.errors import FeelError
from engine.model import Command, Start, Value, Variables
from engine.store.instances import InstanceRow

NORMAL: Final = "normal"
HIGH: Final = "high"
PRIORITIES: Final = frozenset({NORMAL, HIGH})
#: Property of a process: a priority, or after = the FEEL of one over the variables of the start.
PROPERTY: Final = "priority"


class _Glance(msgspec.Struct):
    """The one variable that is looked for; the rest of the bytes is skipped, not decoded."""

    shop: str | None = None


_GLANCE: Final = msgspec.json.Decoder(_Glance)


def priority_of(deployed: Deployed, variables: Variables, inherited: Value) -> str:
    """The priority of a new instance: high where its caller or its process says so, else normal.

    What is no priority, or cannot be evaluated, makes nothing urgent: the lint has told its owner.
    """
    if inherited == HIGH:
        return HIGH
    text = deployed.definition.properties.get(PROPERTY, "").strip()
    value: Value = text
    if text.startswith("="):
        try:
            value = _compiled(text)(variables.get)
        except FeelError:
            value = None
    return HIGH if value == HIGH else NORMAL


def shop_of(row: InstanceRow, command: Command | None) -> str | None:
    """The shop of a case, by the variable of that name."""
    if isinstance(command, Start):
        shop = command.variables.get("shop")
        return shop if isinstance(shop, str) else None
    try:
        return _GLANCE.decode(row.variables).shop
    except msgspec.ValidationError:
        return None


@lru_cache(maxsize=256)
def _compiled(text: str) -> feel.Expression:
    return feel.compile_source(text)
