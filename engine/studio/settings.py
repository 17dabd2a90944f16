"""What a change needs before it is deployed: a second person's approval, scenarios that pass."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from engine import access
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import installation

_OFF: Final = "off"
_ON: Final = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """Both on unless a process owner has switched them off."""

    #: Who wrote a change may not approve it, and nothing is deployed without an approval.
    four_eyes: bool = True
    #: The scenarios of the processes that a change touches must pass.
    scenarios: bool = True


_NAMES: Final = {"four_eyes": "studio.four_eyes", "scenarios": "studio.scenarios"}


def read_settings(connection: Connection) -> StudioSettings:
    """What is needed now."""
    asked = select(installation).where(installation.c.name.in_(_NAMES.values()))
    kept = {row.name: row.value for row in connection.execute(asked)}
    return StudioSettings(**{field: kept.get(name) != _OFF for field, name in _NAMES.items()})


def save_settings(tx: Transaction, actor: Actor, settings: StudioSettings, now: datetime) -> bool:
    """Change what is needed, and say so in the system's history; False when nothing is different.

    Raises:
        NotAllowed: the actor may not change what is in force.
    """
    access.check(actor, "P22")
    before = read_settings(tx.connection)
    if settings == before:
        return False
    values = {_NAMES[field]: _ON if on else _OFF for field, on in asdict(settings).items()}
    tx.connection.execute(delete(installation).where(installation.c.name.in_(values)))
    tx.connection.execute(insert(installation), [{"name": name, "value": value} for name, value in values.items()])
    event = Event(kind="change.settings", value={"before": asdict(before), "after": asdict(settings)})
    append_system(tx, [event], at=now, actor=actor.id)
    return True
