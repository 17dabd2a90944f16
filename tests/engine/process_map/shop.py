"""A shop with all its processes in force."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.store.database import Database


@dataclass
class Shop:
    """What tests of the map need."""

    db: Database
    clock: VirtualClock
    definitions: Definitions
