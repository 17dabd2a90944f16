"""The deployed processes of a database: deploys new versions, gives compiled ones from a cache."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import bpmn, calendars, outbox
from engine.clock import Clock, to_microseconds
from engine.definitions.bundle import BPMN, DECISION, FORM, TEMPLATE, Bundle, read_bundle
from engine.definitions.deployed import Deployed, DeployedVersion, Deployment
from engine.definitions.kept import last_number, write_deployment
from engine.definitions.loading import bytes_of, compile_version, form_of, load_deployed
from engine.definitions.schedules import TASK_SLA, Schedules, read_schedules
from engine.definitions.timer_starts import write_timer_starts
from engine.definitions.versions import current, new_versions
from engine.definitions.words import names_in_diagram, names_in_form_file
from engine.errors import DefinitionRefused, NotFound
from engine.model import SYSTEM, Actor, Event, Finding, Severity
from engine.outbox import Addressing
from engine.store import sql
from engine.store.database import Database, Transaction
from engine.store.epoch import count_epoch
from engine.store.statement import Query
from engine.store.streams import append_system
from engine.store.tables import current_resource, definition, installation
from engine.worktime import default_calendar

_EPOCH: Final = "deployments"
_DEPLOYMENTS: Final = Query("deployments", select(installation.c.value).where(installation.c.name == bindparam("name")))
#: Ids of the forms of messages' payloads begin with it.
_MESSAGES: Final = "messages."


class Definitions:
    """Deployed processes, compiled once a process; safe for threads.

    ``known`` are versions by key, which copies of one database may share: each adds what it has read.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        minimum_timer: timedelta = timedelta(minutes=1),
        known: dict[int, Deployed] | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._minimum_timer = minimum_timer
        self._lock = threading.RLock()
        #: Number of the last deployment that we know of.
        self._epoch = 0
        self._compiled: dict[int, Deployed] = {} if known is None else known
        self._latest: dict[str, int] = {}
        self._templates: dict[str, tuple[str, str]] = {}
        #: Message name → the form of its payload.
        self._message_forms: dict[str, Mapping[str, Any]] = {}
        self._schedules: Schedules | None = None
        self._addressing = Addressing()

    # -- reading ---------------------------------------------------------------------------------

    def get(self, key: int) -> Deployed:
        """A version by its key; an instance stays on the one it was started with.

        Raises:
            NotFound: there is none.
        """
        found = self._compiled.get(key)
        if found is None:
            with self._db.read() as connection:
                found = self._load(connection, key)
            with self._lock:
                found = self._compiled.setdefault(key, found)
        return found

    def latest(self, process_id: str) -> Deployed:
        """The version in force of a process.

        Raises:
            NotFound: no such process is deployed.
        """
        found = self.find_latest(process_id)
        if found is None:
            raise NotFound(
                f"there is no process {process_id!r} is deployed", message_zh=f"流程 {process_id} 尚未发布。"
            )
        return found

    def find_latest(self, process_id: str) -> Deployed | None:
        """The version in force of a process, or None; as of the last ``refresh``."""
        self._know()
        key = self._latest.get(process_id)
        return None if key is None else self.get(key)

    def all_latest(self) -> list[Deployed]:
        """The versions in force of all processes, by process id."""
        self.refresh()
        return self._in_force()

    def message_starts(self, message_name: str) -> list[tuple[Deployed, bpmn.MessageStart]]:
        """Elements, of the versions in force, that a message of this name starts; as of the last ``refresh``.

        Start events, and receive tasks and events behind event-based gateways that begin an instance.
        """
        return [
            (deployed, start)
            for deployed in self._in_force()
            for start in deployed.definition.message_starts
            if start.message_name == message_name
        ]

    def signal_starts(self, signal_name: str) -> list[tuple[Deployed, bpmn.SignalStart]]:
        """Start events, of the versions in force, that a signal of this name starts; as of the last ``refresh``."""
        return [
            (deployed, start)
            for deployed in self._in_force()
            for start in deployed.definition.signal_starts
            if start.signal_name == signal_name
        ]

    def _in_force(self) -> list[Deployed]:
        self._know()
        return [self.get(key) for _, key in sorted(self._latest.items())]

    def template(self, code: str) -> tuple[str, str]:
        """Hash and text of the message template in force; as of the last ``refresh``.

        Raises:
            NotFound: there is none.
        """
        self._know()
        if code not in self._templates:
            raise NotFound(f"there is no template {code!r}", message_zh=f"没有话术模板 {code}。")
        return self._templates[code]

    @property
    def schedules(self) -> Schedules | None:
        """By what user tasks are due; None where no task SLA is deployed; as of the last ``refresh``."""
        self._know()
        return self._schedules

    @property
    def addressing(self) -> Addressing:
        """Who has said how texts address people; as of the last ``refresh``."""
        self._know()
        return self._addressing

    def message_form(self, message_name: str) -> Mapping[str, Any] | None:
        """The form of a message's payload in force, ``messages.<message name>``; None: it has none.

        As of the last ``refresh``.
        """
        self._know()
        return self._message_forms.get(message_name)

    def templates(self) -> Mapping[str, tuple[str, str]]:
        """Code → hash and text of every message template in force; as of the last ``refresh``."""
        self._know()
        return dict(self._templates)

    def refresh(self) -> None:
        """Take notice of deployments made by other processes; one short statement when there were none."""
        with self._db.read() as connection:
            epoch = _epoch(connection)
            if epoch == self._epoch:
                return
            newest = select(func.max(definition.c.key).label("key")).group_by(definition.c.process_id).subquery()
            latest = connection.execute(
                select(definition.c.process_id, definition.c.key).join(newest, newest.c.key == definition.c.key)
            ).all()
            texts = connection.execute(current(TEMPLATE)).all()
            forms = connection.execute(current(FORM).where(current_resource.c.id.startswith(_MESSAGES))).all()
            schedules = read_schedules(connection)
            addressing = outbox.read_addressing(connection)
        with self._lock:
            if epoch > self._epoch:  # else another thread has read more than we did
                self._latest = {row.process_id: row.key for row in latest}
                self._templates = {row.id: (row.hash, bytes_of(row.content).decode()) for row in texts}
                self._message_forms = {
                    row.id.removeprefix(_MESSAGES): form_of(row.id, bytes_of(row.content)) for row in forms
                }
                self._schedules = schedules
                self._addressing = addressing
                self._epoch = epoch

    def _know(self) -> None:
        """A process that has just begun knows nothing of what is deployed."""
        if not self._epoch:
            self.refresh()

    # -- deploying -------------------------------------------------------------------------------

    def check(self, files: Mapping[str, bytes]) -> list[Finding]:
        """What ``deploy`` would find; nothing is written."""
        with self._db.read() as connection:
            return self._bundle(connection, files).findings

    def deploy(
        self,
        files: Mapping[str, bytes],
        actor: Actor,
        *,
        reason: str = "",
        change: int | None = None,
        restores: int | None = None,
        first: Callable[[Transaction, int], None] | None = None,
        passed: frozenset[str] = frozenset(),
    ) -> Deployment:
        """Put files in force: every process that one of them changes gets a new version.

        Running instances stay on theirs. Files that are in force already change nothing.

        Args:
            files: name → content.
            actor: who deploys.
            reason: why, in a person's words.
            change: key of the change that the files are from.
            restores: number of the earlier deployment to which this one goes back.
            first: called in the transaction before anything is written, with the number that the deployment gets;
                what it raises undoes everything.
            passed: as ``read_bundle`` takes it; for trials on what is in force already.

        Raises:
            DefinitionRefused: the lint found errors (``findings``); nothing was written.
        """
        with self._db.read() as connection:  # checking takes its time: nobody's task waits for it
            epoch, bundle = _epoch(connection), self._bundle(connection, files, passed)
        _refuse_errors(bundle)
        with self._db.begin() as tx:
            if _epoch(tx.connection) != epoch:
                bundle = self._bundle(tx.connection, files, passed)
                _refuse_errors(bundle)
            if first is not None:
                first(tx, last_number(tx.connection) + 1)
            number, versions = self._write(tx, bundle, actor, reason, change, restores)
        self.refresh()
        return Deployment(findings=tuple(bundle.findings), versions=versions, number=number)

    def _bundle(
        self, connection: Connection, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()
    ) -> Bundle:
        rows = connection.execute(select(current_resource.c.kind, current_resource.c.id)).all()
        known = [(row.kind, row.id) for row in rows]
        bundle = read_bundle(files, known, self._minimum_timer, _names(connection), passed)
        if not bundle.refused:
            decisions = {row.id: bytes_of(row.content) for row in connection.execute(current(DECISION))}
            decisions |= {part.id: part.content for part in bundle.parts.values() if part.kind == DECISION}
            for part in bundle.parts.values():
                if part.kind == BPMN:
                    self._try_compile(bundle, part.content, decisions)
        return bundle

    def _try_compile(self, bundle: Bundle, xml: bytes, decisions: Mapping[str, bytes]) -> None:
        """The compiler refuses what the lint let pass: an error of the lint's table, but none of the owner's."""
        try:
            compile_version(xml, decisions)
        except DefinitionRefused as problem:
            bundle.findings.append(
                Finding(
                    rule="compile",
                    severity=Severity.ERROR,
                    element=None,
                    zh=problem.message_zh,
                    en=str(problem),
                )
            )

    def _write(
        self, tx: Transaction, bundle: Bundle, actor: Actor, reason: str, change: int | None, restores: int | None
    ) -> tuple[int | None, tuple[DeployedVersion, ...]]:
        """The number of the deployment and the versions that it made; no number when nothing changed."""
        now = self._clock.now()
        stamp = {"deployed_at": to_microseconds(now), "deployed_by": actor.id}
        before = {(r.kind, r.id): r.hash for r in tx.connection.execute(select(current_resource))}
        changed = {key: part for key, part in bundle.parts.items() if before.get(key) != part.hash}
        for part in changed.values():
            row = {"hash": part.hash, "kind": part.kind, "id": part.id, "content": part.content}
            tx.run(sql.INSERT_RESOURCE, row)
            put = upsert(current_resource).values(kind=part.kind, id=part.id, hash=part.hash, **stamp)
            tx.connection.execute(
                put.on_conflict_do_update(index_elements=["kind", "id"], set_={"hash": part.hash, **stamp})
            )
        versions = tuple(new_versions(tx, stamp)) if changed else ()
        for version in versions:
            write_timer_starts(tx, self._load(tx.connection, version.key), now)
        number = last_number(tx.connection) + 1 if changed else None
        if number is not None:
            count_epoch(tx)
            about: dict[str, Any] = {"reason": reason, "change": change, "restores": restores}
            write_deployment(tx, number, changed.values(), before, at=now, actor=actor, **about)
            value = {
                "resources": [{"kind": p.kind, "id": p.id, "hash": p.hash} for _, p in sorted(changed.items())],
                "versions": [{"process_id": v.process_id, "version": v.version, "key": v.key} for v in versions],
                **about,
            }
            event = Event(kind="definition.deployed", value=value)
            append_system(tx, [event], at=now, actor=actor.id)
        if (DECISION, TASK_SLA) in bundle.parts and not calendars.list_shops(tx.connection):
            calendars.save(tx, default_calendar(), SYSTEM, now=now, note="初始日历")
        return number, versions

    # -- compiling -------------------------------------------------------------------------------

    def _load(self, connection: Connection, key: int) -> Deployed:
        row = connection.execute(select(definition).where(definition.c.key == key)).one_or_none()
        if row is None:
            raise NotFound(f"no definition {key}")
        return load_deployed(connection, row)


def _names(connection: Connection) -> frozenset[str]:
    """The names in diagrams and forms in force."""
    diagrams = (names_in_diagram(bytes_of(row.content)) for row in connection.execute(current(BPMN)))
    forms = (names_in_form_file(bytes_of(row.content)) for row in connection.execute(current(FORM)))
    return frozenset().union(*diagrams, *forms)


def _refuse_errors(bundle: Bundle) -> None:
    if bundle.refused:
        raise DefinitionRefused("the lint found errors", findings=tuple(bundle.findings))


def _epoch(connection: Connection) -> int:
    """How many deployments there were."""
    row = _DEPLOYMENTS.first(connection, {"name": _EPOCH})
    return 0 if row is None else int(row.value)
