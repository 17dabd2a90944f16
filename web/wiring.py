"""Builds the engine's parts once for an application, and hands them to whoever serves a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask, current_app

from engine import audit, migration
from engine.background import Background
from engine.backtest.running import Runner
from engine.clock import Clock, SystemClock, VirtualClock
from engine.config import Settings
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.demo import KeptClock
from engine.login_sessions import LoginSessions
from engine.notifications import Mailer
from engine.notifications.mailing import SmtpWay
from engine.outbox import Spool
from engine.queries.desk import Queries
from engine.queries.records import Records
from engine.queries.surroundings import Surroundings
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.worker import Worker, periodic

_EXTENSION = "kefuflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the pages work with; shared by all threads."""

    db: Database
    clock: Clock
    definitions: Definitions
    runtime: Runtime
    queries: Queries
    #: Knows when the next job falls due.
    runner: JobRunner
    worker: Worker
    #: The same clock when people may move it, else None.
    virtual_clock: VirtualClock | None
    #: Whether demonstration accounts may log in and are offered on the log-in page.
    demo: bool
    #: Where people are logged in.
    logins: LoginSessions
    #: Whether a mail server is set, so that people may be told by mail.
    mails: bool
    #: By which ways signed heads of the log leave.
    head_ways: tuple[audit.Way, ...] = ()
    #: Signs them, and case files.
    signer: audit.Signer
    #: Checks the whole record, one check at a time.
    checking: audit.Checking
    #: Runs back-tests, one after the other; woken by who asks for one.
    backtests: Background
    #: Takes running cases over to other versions; woken likewise.
    migrations: Background


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    virtual: bool = False,
    demo: bool = False,
    secondary: bool = False,
) -> Parts:
    """Open the database (its schema must be in place) and put the parts together.

    Args:
        settings: database, outbox folder and the worker's poll.
        clock: given by tests; else the machine's, or the database's virtual one.
        virtual: people may move the clock, which goes on from where it was left.
        demo: demonstration accounts may log in.
        secondary: another program does what is nobody's request: looks, mail, signed heads. Jobs are done here, too.
    """
    db = Database.open(settings.database_url)
    if clock is None:
        clock = KeptClock(db, SystemClock().now()) if virtual else SystemClock()
    definitions = Definitions(db, clock)
    runtime = Runtime(db, clock, definitions, CONNECTORS)
    deliver = Spool(settings.outbox_dir)
    ways, logins = _ways(settings, clock), LoginSessions(db)
    post = _Post(
        None if settings.mail_server is None else Mailer(db, clock, settings.mail_server),
        audit.Publisher(db, clock, ways) if ways else None,
    )
    return Parts(
        db=db,
        clock=clock,
        definitions=definitions,
        runtime=runtime,
        queries=Queries(db, definitions, clock),
        runner=JobRunner(runtime, deliver),
        worker=Worker(
            runtime,
            deliver=deliver,
            poll=timedelta(seconds=settings.poll_seconds),
            looks=(logins.write_down,) if secondary else (*periodic(settings.signing_key), logins.write_down),
            post=post if post.parts and not secondary else None,
        ),
        virtual_clock=clock if isinstance(clock, VirtualClock) else None,
        demo=demo,
        logins=logins,
        mails=settings.mail_server is not None,
        head_ways=ways,
        signer=audit.Signer(settings.signing_key or audit.key_file(db)),
        checking=audit.Checking(db, clock),
        backtests=Background("backtests", Runner(db, clock)),
        migrations=Background("migrations", migration.Runner(runtime)),
    )


def _ways(settings: Settings, clock: Clock) -> tuple[audit.Way, ...]:
    """By which ways signed heads leave."""
    found = []
    if settings.heads_file is not None:
        found.append(audit.to_file(settings.heads_file))
    if settings.heads_mail is not None and settings.mail_server is not None:
        server = settings.mail_server
        found.append(audit.by_mail(settings.heads_mail, server, SmtpWay(server), clock))
    if settings.heads_hook is not None:
        found.append(audit.to_hook(settings.heads_hook))
    return tuple(found)


class _Post:
    """What may be slow, one after the other; a failure of one keeps the next from nothing."""

    def __init__(self, *parts: Callable[[], object] | None) -> None:
        self.parts = tuple(part for part in parts if part is not None)

    def __call__(self) -> None:
        first: Exception | None = None
        for part in self.parts:
            try:
                part()
            except Exception as problem:  # noqa: BLE001  raised when the others have had their turn
                first = first or problem
        if first is not None:
            raise first


def install(app: Flask, built: Parts) -> None:
    """Hang the parts on the application."""
    app.extensions[_EXTENSION] = built


def parts_of(app: Flask) -> Parts:
    """The parts of an application: for who serves it and for tests."""
    return cast(Parts, app.extensions[_EXTENSION])


def parts() -> Parts:
    """The parts of the application that serves this request."""
    return parts_of(current_app)


def records() -> Records:
    """What people look up beside their cases: registers, messages, texts."""
    found = parts()
    return Records(found.db, found.definitions)


def surroundings() -> Surroundings:
    """What stands around the task or case of this request."""
    found = parts()
    return Surroundings(found.db, found.definitions, found.clock)
