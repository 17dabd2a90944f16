"""Asks for a back-test, and takes it back; the cases are fixed when it is asked for."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import insert, select, update

from engine import access, canonical
from engine.backtest.candidate import BPMN, DECISION, FORM, Candidate, Parts
from engine.backtest.choosing import CaseFilter, check_filter, choose
from engine.clock import to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.model import Actor
from engine.store import sql
from engine.store.database import Database
from engine.store.tables import backtest, backtest_case

WAITING: Final = "waiting"
RUNNING: Final = "running"
DONE: Final = "done"
STOPPED: Final = "stopped"
FAILED: Final = "failed"
OPEN: Final = (WAITING, RUNNING)
_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


def ask(
    db: Database, actor: Actor, *, change: int, revision: int, parts: Parts, wanted: CaseFilter, now: datetime
) -> int:
    """Ask for a back-test of a change; gives its key. Somebody has to wake who does the work.

    Args:
        db: the database.
        actor: who asks; needs P22.
        change: key of the change.
        revision: its revision, whose drafts these are.
        parts: the drafts; texts and scenarios change no case and are left out.
        wanted: which cases.
        now: aware UTC.

    Raises:
        NotAllowed: the actor may not deploy.
        InvalidValue: nothing in it changes a case's path, no case is affected, or the filter makes no sense.
        DefinitionRefused: a draft cannot be compiled.
    """
    if not access.may_deploy(actor):
        raise NotAllowed(f"{actor.id} lacks P22")
    check_filter(wanted)
    parts = {key: content for key, content in parts.items() if key[0] in (BPMN, FORM, DECISION)}
    if not parts:
        raise InvalidValue(
            "There is no diagram, table or form in this change to be tried.",
            message_zh="这个变更里没有流程图、决策表或表单,没有可以回测的内容。",
        )
    candidate = Candidate(db, parts)
    candidate.try_out()
    with db.begin() as tx:
        cases = choose(tx.connection, candidate.versions, wanted)
        if not cases:
            raise InvalidValue(
                "No past case ran on what this change touches.", message_zh="没有符合条件、且用到这些内容的历史工单。"
            )
        hashes = {}
        for (kind, name), content in sorted(parts.items()):
            digest = hashes[f"{kind}/{name}"] = sha256(content).hexdigest()
            tx.run(sql.INSERT_RESOURCE, {"hash": digest, "kind": kind, "id": name, "content": content})
        row = {
            "change": change,
            "revision": revision,
            "candidate": canonical.encode(hashes),
            "filter": _ENCODE(wanted),
            "status": WAITING,
            "total": len(cases),
            "done": 0,
            "asked_by": actor.id,
            "asked_at": to_microseconds(now),
        }
        key: int = tx.connection.execute(insert(backtest).values(row).returning(backtest.c.key)).scalar_one()
        tx.connection.execute(
            insert(backtest_case),
            [{"backtest": key, "n": n, "case_id": c, "process_id": p} for n, (c, p) in enumerate(cases, start=1)],
        )
    return key


def stop(db: Database, key: int, actor: Actor, *, now: datetime) -> None:
    """End a back-test that still runs; what it found so far stays.

    Raises:
        NotAllowed: the actor may not deploy.
        NotFound: there is none, or it has ended.
    """
    if not access.may_deploy(actor):
        raise NotAllowed(f"{actor.id} lacks P22")
    with db.begin() as tx:
        which = (backtest.c.key == key, backtest.c.status.in_(OPEN))
        if tx.connection.execute(select(backtest.c.key).where(*which)).first() is None:
            raise NotFound(f"no back-test {key} runs", message_zh="这次回测已经结束。")
        tx.connection.execute(update(backtest).where(*which).values(status=STOPPED, ended_at=to_microseconds(now)))
