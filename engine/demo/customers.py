"""Brings the customer archive of the demonstration to life: calls that wait, visits that are due, papers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import accounts, attachments
from engine.attachments import Folder, sample
from engine.customers import archive, entering, filing, registering, visiting
from engine.model import Actor
from engine.runtime import Runtime

#: Tells the instant of a relative time of the demonstration.
Ago = Callable[[str], datetime]


def add_customers(runtime: Runtime, path: Path, ago: Ago) -> None:
    """Enter the customers of the imported orders, and what people have noted of them.

    Args:
        runtime: the database with orders and accounts in place.
        path: demo/customers.json.
        ago: tells the instant of "2 h ago".
    """
    known = json.loads(path.read_bytes())
    entering.enter_customers_of_orders(runtime.db)
    people = {name: accounts.get(runtime.db, name).actor for name in _names(known)}
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        for row in known["customers"]:
            key = archive.enter(tx, row["customer_id"], seen_at=now)
            archive.change(tx, key, row, people[row["by"]], now=now)
        for row in known["calls"]:
            registering.register(tx, {**row, "received_at": ago(row["at"]).isoformat()}, people[row["by"]], now=now)
        for row in known["visits"]:
            due = ago(row["due"])
            subject = f"demo {row['customer_id']}"
            visiting.plan(
                tx,
                cause=row["cause"],
                subject=subject,
                customer_id=row["customer_id"],
                due_at=due,
                now=now,
                assignee=row["assignee"],
            )
    for row in known["documents"]:
        _file(runtime, row, people[row["by"]])


def _names(known: Mapping[str, Any]) -> set[str]:
    return {row["by"] for part in known.values() for row in part if "by" in row}


def _file(runtime: Runtime, row: Mapping[str, str], actor: Actor) -> None:
    now = runtime.clock.now()
    folder = Folder.beside(runtime.db)
    kept = attachments.keep(runtime.db, folder, row["file"], sample(row["file"]), actor=actor, now=now)
    with runtime.db.begin() as tx:
        filing.add(tx, row, kept.id, actor, now=now)
