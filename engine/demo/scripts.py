"""The demonstration's library: the shipped scripts, some of them used, liked, and one to be changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engine import accounts, scripts, shop
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.database import Transaction


def add_scripts(runtime: Runtime, root: Path) -> None:
    """Import the shipped library, and what demo/scripts.json says people made of it."""
    library = (root / "processes" / "scripts" / "library.json").read_bytes()
    made_of_it = json.loads((root / "demo" / "scripts.json").read_bytes())
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        scripts.import_library(tx, library, SYSTEM, at=now, channels=shop.CHANNELS)
        for use in made_of_it["uses"]:
            person = _actor(tx, use["user"])
            for number in range(use["times"]):
                scripts.count_use(tx, use["code"], person, now=now - timedelta(days=number % 5))
        for liked in made_of_it["favourites"]:
            scripts.set_favourite(tx, liked["code"], _actor(tx, liked["user"]), favourite=True)
        for change in made_of_it["changes"]:
            person = _actor(tx, change["user"])
            entry = scripts.get_script(tx.connection, person, change["code"], now=now)
            variants = tuple(scripts.Variant(**one) for one in change.get("variants", ()))
            wanted = replace(entry.script, text=change.get("text", entry.script.text), variants=variants)
            scripts.save_script(
                tx,
                wanted,
                person,
                at=now,
                note=change["note"],
                based_on=entry.version,
                channels=shop.CHANNELS,
                tell=_tell_nobody,
            )


def _actor(tx: Transaction, user_id: str) -> Actor:
    found = accounts.find_in(tx.connection, user_id)
    return SYSTEM if found is None else found.actor


def _tell_nobody(_tx: Transaction, _person: str | None, _kind: str, _name: str, _page: str) -> None:
    """Nobody was there when it happened."""
