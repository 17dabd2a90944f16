"""Lets the demonstration's people talk: a comment that mentions somebody, a question to the warehouse, an exception."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from engine import accounts, collaboration
from engine.errors import ConfigurationError
from engine.model import SYSTEM, Actor
from engine.queries.desk import Queries
from engine.runtime import Runtime


def add_talk(runtime: Runtime, path: Path) -> None:
    """Say what a file holds, on cases that have been started.

    Raises:
        ConfigurationError: an order of the file has no case.
    """
    told = json.loads(path.read_bytes())
    case, by = _case(runtime, told["order"]), _person(runtime, told["by"])
    collaboration.comment(runtime, case, told["comment"], by)
    asked = told["inquiry"]
    promised_at = runtime.clock.now() + timedelta(hours=asked["promised_in_hours"])
    collaboration.ask(
        runtime,
        case,
        by,
        question=asked["question"],
        context=asked["context"],
        to_group=asked["to_group"],
        promised_at=promised_at,
        tell_customer=True,
    )
    report, letter = told["exception"], told["progress"]
    reporter, writer = _person(runtime, report["by"]), _person(runtime, letter["by"])
    collaboration.report_exception(runtime, _case(runtime, report["order"]), report["text"], reporter)
    collaboration.send_progress(runtime, _case(runtime, letter["order"]), letter["text"], writer)


def _case(runtime: Runtime, order: str) -> str:
    found = Queries(runtime.db, runtime.definitions, runtime.clock).cases(SYSTEM, text=order).rows
    if not found:
        raise ConfigurationError(f"the demonstration has no case of order {order}")
    return found[0].case_id


def _person(runtime: Runtime, user_id: str) -> Actor:
    return accounts.get(runtime.db, user_id).actor
