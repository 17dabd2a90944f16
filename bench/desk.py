"""The desk under load: the real server with 100 000 open and 1 000 000 closed tasks, and 50 browsers that work."""

from __future__ import annotations

import json
import platform
import random
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from http.client import HTTPException
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from time import perf_counter
from typing import Any, Final

from sqlalchemy import func, select

from bench.browsing import Browser, WrongAnswer, all_at_once
from bench.desk_figures import ALONE, BROWSERS, promises, report
from bench.drawing import feel_w1
from bench.inbox import FILTERS
from bench.inbox_filling import PASSWORD, fill
from bench.serving import Server, serving, wait_until_calm
from engine import accounts, saved_filters, search
from engine.clock import SystemClock
from engine.connectors import CONNECTORS
from engine.customers.keeping_up import keep_up
from engine.definitions import Definitions
from engine.inspection import indexing
from engine.model import SYSTEM
from engine.runtime import Runtime
from engine.saved_filters import read_query
from engine.store.database import Database
from engine.store.tables import history_event, process_instance, user_task

SECONDS: Final = 300
#: How many servers the browsers share, one run after the other.
SERVERS: Final = (1, 2)
#: An agent takes a task every so many seconds.
_CYCLE: Final = 30
_POLL: Final = 10
_RUSH_SECONDS: Final = 5.0
_RUSH_TASKS: Final = 12_000
_WORDS: Final = ("退货", "包裹好几天", "SO-0005", "颜色不对", "旗舰店", "C-0001", "急用 换一件", "没有更新")
#: When within a cycle an agent does what, in seconds.
_WORK: Final = (
    (0.0, "preview"), (1.5, "claim"), (2.5, "task"), (5.0, "next"), (7.0, "next"), (9.0, "suggest"), (9.3, "suggest"),
    (9.6, "suggest"), (10.5, "search"), (12.0, "case"), (13.5, "talk"), (16.0, "complete"),
)  # fmt: skip
_ASKED: Final = {
    "channel": "marketplace", "shop": "旗舰店", "description": "包裹三天没动了", "waybill_no": "YT1",
    "courier": "圆通", "order_amount": Decimal("199.00"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A database with work in it."""

    path: Path
    #: Task and case of the courier queries, which people work on.
    work: Sequence[tuple[int, str]]
    #: Tasks of the smallest process, which are completed one after the other.
    rush: Sequence[int]
    seconds: Mapping[str, float]


# --- before -------------------------------------------------------------------------------------


def prepare(folder: Path, *, opened: int, closed: int) -> Prepared:
    """Fill a database, start real cases in it, and index all of them for the search."""
    path, clock = folder / "desk.db", SystemClock()
    began = perf_counter()
    db = fill(path, opened=opened, closed=closed, now=clock.now())
    filled = perf_counter()
    definitions = Definitions(db, clock)
    definitions.deploy({"w1.bpmn": feel_w1()} | {f"w1.{name}.form": _form(name) for name in "abc"}, SYSTEM)
    runtime = Runtime(db, clock, definitions, CONNECTORS)
    _keep_filters(db)
    for number in range(len(SERVERS) * BROWSERS * (SECONDS // _CYCLE + 1)):
        order = {"order_id": f"SO-9{number:07}", "customer_id": f"C-9{number:05}"}
        runtime.start("p10_courier_query", _ASKED | order, SYSTEM)
    for number in range(_RUSH_TASKS):
        runtime.start("w1", {"order_id": f"SO-8{number:07}"}, SYSTEM)
    started = perf_counter()
    while search.due(db, definitions):
        pass
    while indexing.due(db):
        pass
    keep_up(db, clock.now())
    indexed = perf_counter()
    with db.read() as connection:
        found = select(user_task.c.id, user_task.c.case_id).order_by(user_task.c.id)
        work = connection.execute(found.where(user_task.c.element == "check_logistics", _started())).all()
        rush = connection.execute(found.where(user_task.c.process_id == "w1", user_task.c.element == "a")).all()
    db.close()
    return Prepared(
        path=path,
        work=[(row.id, row.case_id) for row in work],
        rush=[row.id for row in rush],
        seconds={"fill": filled - began, "start": started - filled, "index": indexed - started},
    )


def _form(name: str) -> bytes:
    """A form of W1: the first task's asks what its gateway decides by."""
    asks = [{"type": "checkbox", "id": "ok", "key": "ok", "label": "ok"}] if name == "a" else []
    return json.dumps({"id": f"w1.{name}", "type": "default", "components": asks}).encode()


def _started() -> Any:
    """Tasks of cases that the runtime has started: the others have no state to go on from."""
    ours = select(process_instance.c.key).where(process_instance.c.order_id.like("SO-9%"))
    return user_task.c.instance.in_(ours)


def _keep_filters(db: Database) -> None:
    """Everybody keeps five filters, each of a money of his own, so that no two people's counts are the same."""
    for number, account in enumerate(accounts.list_accounts(db)):
        with db.begin() as tx:
            for name, query in FILTERS.items():
                own = query.replace("money=2000", f"money={1500 + 10 * number}")
                saved_filters.keep(tx, account.actor, name, read_query(own)[0], at=SystemClock().now())


# --- measuring ----------------------------------------------------------------------------------


def rush(servers: Sequence[Server], tasks: list[int], clients: int) -> dict[str, float]:
    """Completions one after the other by so many clients for some seconds; takes tasks from the end of the list."""
    browsers = _at(servers, clients)
    for number, browser in enumerate(browsers):
        browser.log_in(f"agent{number + 1:03}", PASSWORD)
        browser.get("page", f"/tasks/{tasks[-1]}")
        browser.timed.clear()
    until = perf_counter() + _RUSH_SECONDS

    def work(browser: Browser) -> None:
        while perf_counter() < until and tasks:
            browser.now()
            browser.complete(tasks.pop(), {"ok": "true"})

    began, used = perf_counter(), _cpu_seconds(servers)
    all_at_once([Thread(target=work, args=(browser,)) for browser in browsers])
    lasted, used = perf_counter() - began, _cpu_seconds(servers) - used
    times = [one.seconds for browser in browsers for one in browser.timed]
    return _summary(times) | {"per_s": round(len(times) / lasted), "server_cpu": round(used / lasted, 2)}


def _at(servers: Sequence[Server], count: int) -> list[Browser]:
    """So many browsers, at the servers by turns, as a web server in front spreads them."""
    return [Browser(servers[number % len(servers)].port, number) for number in range(count)]


def _cpu_seconds(servers: Sequence[Server]) -> float:
    return sum(server.cpu_seconds() for server in servers)


def day(servers: Sequence[Server], work: list[tuple[int, str]], seconds: int) -> dict[str, Any]:
    """50 browsers for some minutes, each deed when it is due however long others take; times count from then.

    What they work on is taken out of the list.
    """
    people = [
        *(("agent", f"agent{n:03}") for n in range(1, 31)), *(("presales", f"presales{n:03}") for n in range(1, 16)),
        *(("supervisor", f"supervisor{n:03}") for n in (1, 2)), *(("other", f"warehouse{n:03}") for n in range(1, 4)),
    ]  # fmt: skip
    browsers = _at(servers, len(people))
    for browser, (_, user) in zip(browsers, people, strict=True):
        browser.log_in(user, PASSWORD)
        browser.get("warm", "/inbox")
        browser.timed.clear()
    draw, problems = random.Random(6), list[str]()
    began = perf_counter() + 1

    def live(browser: Browser, kind: str, mine: Sequence[tuple[int, str]]) -> None:
        chance = random.Random(browser.number)
        for due, deed, turn in schedule(kind, browser.number, seconds):
            browser.wait_until(began + due)
            try:
                browser.do(deed, mine[turn] if mine else None, chance.choice(_WORDS))
            except (WrongAnswer, OSError, HTTPException) as problem:
                problems.append(str(problem))

    threads = []
    for browser, (kind, _) in zip(browsers, people, strict=True):
        many = seconds // _CYCLE + 1 if kind == "agent" else 0
        mine = [work.pop(draw.randrange(len(work))) for _ in range(many)]
        threads.append(Thread(target=live, args=(browser, kind, mine)))
    used = _cpu_seconds(servers)
    all_at_once(threads)
    lasted, used = perf_counter() - began, _cpu_seconds(servers) - used
    by_kind: dict[str, list[float]] = defaultdict(list)
    for browser in browsers:
        for one in browser.timed:
            by_kind[one.kind].append(one.seconds)
    return {
        "requests": {kind: _summary(times) for kind, times in sorted(by_kind.items())},
        "per_s": round(sum(map(len, by_kind.values())) / lasted, 1),
        "server_cpu": round(used / lasted, 2),
        "problems": problems,
    }


def schedule(kind: str, number: int, seconds: int) -> list[tuple[float, str, int]]:
    """When a browser does what: (second, deed, which of its tasks), spread evenly over the browsers."""
    shift = _POLL * number / BROWSERS
    found = [(at + shift, "poll", 0) for at in range(0, seconds, _POLL)]
    found += [(at + (shift + 4) % _POLL, "bell", 0) for at in range(0, seconds, _POLL)]
    begins = _CYCLE * number / BROWSERS
    for turn in range(seconds // _CYCLE):
        cycle = turn * _CYCLE + begins
        if kind == "agent":
            found += [(cycle + at, deed, turn) for at, deed in _WORK]
        elif kind == "supervisor":
            found += [(cycle, "board", 0), (cycle + 8, "board poll", 0), (cycle + 18, "board poll", 0)]
            found += [(cycle + 14, "all", 0), (cycle + 5, "search", 0)]
        else:
            found += [(cycle, "inbox", 0), (cycle + 5, "suggest", 0), (cycle + 6, "search", 0)]
            found += [(cycle + 15, "start", 0)] if kind == "presales" else [(cycle + 15, "inbox", 0)]
    return sorted(one for one in found if one[0] < seconds)


def _summary(times: Sequence[float]) -> dict[str, float]:
    ms = [one * 1000 for one in times] * (1 if len(times) > 1 else 2)
    cuts = quantiles(ms, n=100, method="inclusive")
    return {
        "count": len(times),
        "p50": round(median(ms), 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(ms), 1),
    }


def run(*, opened: int = 100_000, closed: int = 1_000_000, seconds: int = SECONDS) -> dict[str, Any]:
    """Everything, on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-") as folder:
        prepared = prepare(Path(folder), opened=opened, closed=closed)
        found = measure(prepared, seconds)
    return {
        "open": opened,
        "closed": closed,
        "seconds_to_prepare": {name: round(value, 1) for name, value in prepared.seconds.items()},
        **found,
    }


def measure(prepared: Prepared, seconds: int) -> dict[str, Any]:
    """Completions as fast as they go, then people at work: against one server, then against two of the database."""
    tasks, work, answered, found = list(prepared.rush), list(prepared.work), 0, {}
    for count in SERVERS:
        with ExitStack() as running:
            servers = [running.enter_context(serving(prepared.path))]
            servers += [running.enter_context(serving(prepared.path, "--secondary")) for _ in range(1, count)]
            for server in servers:
                wait_until_calm(server)
            rushes = {str(clients): rush(servers, tasks, clients) for clients in ALONE if clients >= count}
            lived = day(servers, work, seconds)
        answered += lived["requests"]["complete"]["count"]
        found[str(count)] = {"completions": rushes, "day": lived | {"lost": _lost(prepared, answered)}}
    return {"servers": found}


def _lost(prepared: Prepared, answered: int) -> int:
    """How many completions that were answered are not in the database, or not in the history."""
    db = Database.open(f"sqlite:///{prepared.path}")
    with db.read() as connection:
        done = select(func.count()).where(user_task.c.element == "check_logistics", _started())
        tasks = connection.execute(done.where(user_task.c.status == "completed")).scalar_one()
        told = select(func.count()).where(
            history_event.c.kind == "user_task.completed", history_event.c.element == "check_logistics"
        )
        events = connection.execute(told).scalar_one()
    db.close()
    return max(0, answered - min(tasks, events))


def main(_rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether every promise is kept."""
    print(f"The desk: {BROWSERS} browsers for {SECONDS} s against the server, every time from when a request was due\n")
    found = run()
    print(report(found))
    kept = promises(found)
    for promise, measured, holds in kept:
        print(f"{promise}: {measured:g} {'kept' if holds else 'MISSED'}")
    facts = {
        "workload": "desk",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **found,
    }
    return facts, all(holds for _, _, holds in kept)
