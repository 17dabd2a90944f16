"""The installation's counter of what was put in force, by which other processes notice that there is something new."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from engine.store.database import Transaction
from engine.store.tables import installation

_EPOCH: Final = "deployments"


def count_epoch(tx: Transaction) -> None:
    """Let every process read again what is in force."""
    read = select(installation.c.value).where(installation.c.name == _EPOCH)
    value = str(int(tx.connection.execute(read).scalar_one_or_none() or 0) + 1)
    put = insert(installation).values(name=_EPOCH, value=value)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
