"""Takes a stream's values and salts away: commitments and hashes stay, so that the chain can still be checked.

What masking leaves as it is stays with its salt and can still be proved; what was masked stays without one, so that
nobody finds the value by trying. Seeds and commands go.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as put

from engine import canonical
from engine.history.record import salt
from engine.retention.redacting import Redactor
from engine.store.database import Transaction
from engine.store.tables import history_kept, history_redaction, history_value

#: The values of a step, each in the bytes that were committed to.
_values: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def redact_stream(tx: Transaction, stream: int, redactor: Redactor, *, at: int, actor: str, reason: str) -> int:
    """Redact an instance's stream; gives how many values went, none when there are none left.

    Args:
        tx: the transaction in which everything else of the case goes, too.
        stream: key of the instance.
        redactor: says what stays of a value.
        at: microseconds since 1970.
        actor: id of who does it.
        reason: by which rule.
    """
    row = {"stream": stream, "at": at, "actor": actor, "reason": reason}
    tx.connection.execute(put(history_redaction).values(row).on_conflict_do_nothing())
    steps = tx.connection.execute(
        select(history_value.c.revision, history_value.c.seed, history_value.c["values"].label("data")).where(
            history_value.c.stream == stream
        )
    ).all()
    kept = []
    for step in steps:
        for n, raw in enumerate(_values(step.data)):
            before = bytes(raw)
            after = canonical.encode(redactor.value("", canonical.decode(before)))
            opened = salt(step.seed, n) if after == before else None
            kept.append({"stream": stream, "revision": step.revision, "n": n, "value": after, "salt": opened})
    if kept:
        tx.connection.execute(insert(history_kept), kept)
    tx.connection.execute(delete(history_value).where(history_value.c.stream == stream))
    return sum(one["salt"] is None for one in kept)
