"""Up to which amount agents decided by themselves, as the approval table of the time says."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from engine import canonical, dmn
from engine.definitions import bytes_of
from engine.errors import EngineError
from engine.store.tables import current_resource, definition, resource

APPROVAL_TABLE: Final = "compensation_approval"
#: Where nobody wrote a scenario (s03 does the same).
USUAL: Final = "company"
_OWN: Final = "none"
#: 分: what agents may still decide at this amount has no limit.
_MOST: Final = 100_000_000


def own_limit(connection: Connection, definition_key: int | None, scenario: str) -> int | None:
    """The greatest amount in 分 that needs nobody's approval; None: there is no limit, or no table says one.

    Args:
        connection: reads.
        definition_key: of the approval process that ran; None: none did, the table in force counts.
        scenario: a value of the table's first column.
    """
    content = _content(connection, definition_key)
    return None if content is None else _limit(content, scenario)


def _content(connection: Connection, definition_key: int | None) -> bytes | None:
    digest = None
    if definition_key is not None:
        manifest = connection.execute(
            select(definition.c.manifest).where(definition.c.key == definition_key)
        ).scalar_one_or_none()
        digest = canonical.decode(manifest)["decisions"].get(APPROVAL_TABLE) if manifest is not None else None
    if digest is None:
        in_force = current_resource.c.kind == "decision", current_resource.c.id == APPROVAL_TABLE
        digest = connection.execute(select(current_resource.c.hash).where(*in_force)).scalar_one_or_none()
    content = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one_or_none()
    return None if content is None else bytes_of(content)


@lru_cache(maxsize=32)
def _limit(content: bytes, scenario: str) -> int | None:
    """Found by halving: the table says no less of a greater amount."""
    try:
        decision = dmn.load(content).decisions[APPROVAL_TABLE]
        if _is_own(decision, scenario, _MOST):
            return None
        least, most = 0, _MOST
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (middle, most) if _is_own(decision, scenario, middle) else (least, middle)
    except (EngineError, LookupError):  # an owner's table must not keep payments from being looked at
        return None
    return least


def _is_own(decision: dmn.Decision, scenario: str, fen: int) -> bool:
    facts = {"scenario": scenario, "comp_amount": Decimal(fen) / 100, "comp_ratio": Decimal(0)}
    return bool(decision.evaluate(facts.get).output == _OWN)
