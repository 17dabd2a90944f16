"""A week that is over, for the demonstration: its cases are drawn, two of them checked, one result is objected to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine import accounts
from engine.clock import SHANGHAI, VirtualClock
from engine.connectors import CONNECTORS
from engine.demo.cases import case_of, variables_of
from engine.errors import ConfigurationError
from engine.quality import checking, feedback, form, look, reading, weeks, words
from engine.quality.checking import Verdict
from engine.queries.desk import Queries
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner

_PROCESS: Final = "p10_courier_query"
_HOUR: Final = time(10)
_MINUTES: Final = 7
_SEEN: Final = {"hours_since_update": Decimal(5), "stuck_in_region": False, "customer_urges": False}


def add_closed_week(runtime: Runtime, path: Path) -> None:
    """Let last week's cases begin and end in it, as the file says.

    Raises:
        ConfigurationError: a case does not end with the step that the file counts on.
    """
    monday = weeks.monday_of(weeks.shifted(weeks.week_of(runtime.clock.now()), -1))
    for number, told in enumerate(json.loads(path.read_bytes())["cases"]):
        day = monday + timedelta(days=told["day"])
        began = datetime.combine(day, _HOUR, tzinfo=SHANGHAI) + timedelta(minutes=_MINUTES * number)
        _close(runtime, told, VirtualClock(began))


def _close(runtime: Runtime, told: Mapping[str, Any], clock: VirtualClock) -> None:
    past = Runtime(runtime.db, clock, runtime.definitions, CONNECTORS)
    actor = accounts.get(runtime.db, told["by"]).actor
    values = {**variables_of(past, _PROCESS, told["order"]), "description": told["asked"]}
    started = past.start(_PROCESS, values, actor)
    tasks = Queries(runtime.db, runtime.definitions, clock).case(started.case_id, actor).tasks
    clock.advance(timedelta(minutes=_MINUTES))
    past.complete(tasks[0].id, _SEEN, actor)
    runner = JobRunner(past, lambda _: None)  # what was sent last week has long arrived
    while runner.run_due(50):
        pass
    if Queries(runtime.db, runtime.definitions, clock).case(started.case_id, actor).status != "completed":
        raise ConfigurationError(f"the demonstration's case of {told['order']} does not end")


def add_checks(runtime: Runtime, path: Path) -> None:
    """Draw the week, check two of its cases, object to one result, tell a department something."""
    told = json.loads(path.read_bytes())
    look(runtime.db, runtime.clock.now())
    for one in told["checks"]:
        checker = accounts.get(runtime.db, one["by"]).actor
        with runtime.db.read() as connection:
            waiting = reading.list_checks(connection, checker, agent=one["agent"], state=words.WAITING).lines
        if not waiting:
            continue
        points = {name: most - one["lost"].get(name, 0) for name, most in form.SHIPPED.items()}
        verdict = Verdict(points=points, summary=one["summary"])
        checking.check(runtime, waiting[-1].id, verdict, checker, form=0)
        if one["objection"]:
            agent = accounts.get(runtime.db, one["agent"]).actor
            checking.object_to(runtime, waiting[-1].id, one["objection"], agent)
    said = told["feedback"]
    by = accounts.get(runtime.db, said["by"]).actor
    feedback.give(runtime, case_of(runtime, said["order"]), said["department"], said["text"], by)
