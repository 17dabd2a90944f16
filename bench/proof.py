"""The proof of a million events: how long it takes to seal them, to verify all, and to prove one of them."""

from __future__ import annotations

import platform
import secrets
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from engine import audit
from engine.history import GENESIS, StreamHead, record_step
from engine.model import Event
from engine.store.database import Database
from engine.store.migrate import upgrade

EVENTS: Final = 1_000_000
STEPS_A_CASE: Final = 10
VERIFY_SECONDS: Final = 60.0
PROOFS: Final = 1000
COMMAND: Final = b'{"case":{},"do":"complete","now":"2026-11-21T07:40:00Z","with":{"id":1,"variables":{"amount":12}}}'
#: What a completed task leaves: about as many events, and values as long, as in W1.
STEP: Final = (
    Event(kind="user_task.completed", element="check", token=3,
          value={"after": {"amount": 12, "note": "收到的颜色不对,要求退款"}, "before": {}}),
    Event(kind="element.completed", element="check", token=3),
    Event(kind="flow.taken", element="f1", token=3),
    Event(kind="element.entered", element="pay", token=3),
    Event(kind="user_task.created", element="pay", token=4, value={"form": "pay", "groups": ["finance"]}),
)  # fmt: skip
INSTANCE: Final = """INSERT INTO process_instance
 (key, definition, process_id, case_id, revision, status, variables, opened_by, first_owner, owner, opened_at,
  case_opened_at, history_seq, history_hash)
 VALUES (?, 1, 'p', ?, ?, 'active', x'7b7d', 'li', 'li', 'li', 0, 0, ?, ?)"""


def fill(file: Path) -> int:
    """Streams of ten steps, as the store would write them; gives how many events there are."""
    driver = sqlite3.connect(file)
    driver.execute("PRAGMA synchronous=OFF")
    made = key = 0
    while made < EVENTS:
        key += 1
        head, events, values = StreamHead(0, GENESIS), [], []
        for revision in range(1, STEPS_A_CASE + 1):
            seed = secrets.token_bytes(32)
            record = record_step(
                key, head, STEP, revision=revision, at=revision, actor="li", seed=seed, command=COMMAND,
                core_events=len(STEP),
            )  # fmt: skip
            head = record.head
            events += record.events
            values.append((key, revision, seed, COMMAND, record.values, len(STEP)))
        driver.executemany(f"INSERT INTO history_event VALUES ({','.join('?' * 12)})", events)
        driver.executemany("INSERT INTO history_value VALUES (?, ?, ?, ?, ?, ?)", values)
        driver.execute(INSTANCE, (key, str(key), STEPS_A_CASE, head.seq, head.hash))
        made += len(events)
    driver.commit()
    driver.close()
    return made


def main(_rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether the promise is kept."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-") as folder:
        file = Path(folder) / "proof.db"
        upgrade(f"sqlite:///{file}")
        events = fill(file)
        db = Database.open(f"sqlite:///{file}")
        began = perf_counter()
        head = audit.seal(db, audit.Signer(audit.key_file(db)), datetime.now(UTC))
        sealed = perf_counter() - began
        began = perf_counter()
        found = audit.verify(db, heads=[head.signed] if head is not None else [])
        verified = perf_counter() - began
        proved = _prove(db)
        size = file.stat().st_size
        db.close()
    assert found.whole, [flaw.sentence_en for flaw in found.flaws]
    print(f"{events:,} events in {found.streams:,} streams, {size / events:.0f} bytes an event")
    print(f"sealed in {sealed:.2f} s ({found.leaves:,} entries), a proof of one of them in {proved:.2f} ms")
    good = verified <= VERIFY_SECONDS
    print(f"verified in {verified:.1f} s ≤ {VERIFY_SECONDS:.0f}: {'kept' if good else 'MISSED'}")
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "events": events,
        "entries": found.leaves,
        "seconds_to_seal": round(sealed, 2),
        "seconds_to_verify": round(verified, 1),
        "milliseconds_to_prove_one": round(proved, 2),
        "bytes_per_event": round(size / events),
    }
    return facts, good


def _prove(db: Database) -> float:
    """Milliseconds to prove that a stream is under the newest head."""
    with db.read() as connection:
        head = audit.newest_head(connection)
        assert head is not None
        began = perf_counter()
        for key in range(1, PROOFS + 1):
            assert audit.prove_inclusion(connection, key, head) is not None
        return (perf_counter() - began) * 1000 / PROOFS
