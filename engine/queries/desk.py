"""The one door to the read side: every query asks the database once, in one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine import accounts, registers, shop
from engine.model import Actor, Value, Variables
from engine.queries import studio
from engine.queries.case import read_case
from engine.queries.case_views import CasePage, CaseView, EventForm, EventView
from engine.queries.cases import read_cases
from engine.queries.events import is_registered, read_event_form
from engine.queries.grounds import Grounds, read_grounds
from engine.queries.histories import read_events
from engine.queries.inbox import Counts, read_inbox, read_named_tasks
from engine.queries.incidents import opened_before, read_incidents, read_named
from engine.queries.process_views import ProcessView, ResourceView, StartForm, StartOption
from engine.queries.repair_views import IncidentPage, IncidentRow, RepairView
from engine.queries.repairs import read_repairs
from engine.queries.replay import Film, read_film
from engine.queries.task import read_task, shop_context
from engine.queries.task_views import InboxPage, InboxRow, TaskView
from engine.queries.visibility import check_case
from engine.saved_filters import Asked, InboxScope

if TYPE_CHECKING:
    from engine.clock import Clock
    from engine.definitions import Definitions
    from engine.labels import Labels
    from engine.store.database import Database


class Queries:
    """What people look at. Nothing is written; what the actor may not see is NotFound."""

    def __init__(self, db: Database, definitions: Definitions, clock: Clock) -> None:
        self._db = db
        self._definitions = definitions
        self._clock = clock
        self._counts = Counts()

    # -- user tasks ------------------------------------------------------------------------------

    def inbox(
        self,
        actor: Actor,
        asked: Asked | None = None,
        *,
        scope: InboxScope | str = InboxScope.GROUPS,
        also: Mapping[str, Asked] | None = None,
        after: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> InboxPage:
        """A page of open user tasks with counts.

        Args:
            actor: who looks.
            asked: scope, filters and order; None: those of the ``scope``, by due time.
            scope: mine, groups or all, where nothing else is asked.
            also: further questions whose tasks are counted, by names of the caller's.
            after: ``next_after`` of a page.
            before: ``previous_before`` of a page.
            limit: rows of a page, 200 at most.

        Raises:
            NotFound: ``after`` or ``before`` is none that a page of this order gave.
        """
        with self._db.read() as connection:
            return read_inbox(
                connection,
                self._definitions,
                actor,
                Asked(scope=InboxScope(scope)) if asked is None else asked,
                now=self._clock.now(),
                counts=self._counts,
                also=also or {},
                after=after,
                before=before,
                limit=limit,
            )

    def tasks_named(self, ids: Collection[int], actor: Actor) -> Mapping[int, InboxRow]:
        """Those of the tasks, open or ended, whose cases the actor may see, by id."""
        with self._db.read() as connection:
            return read_named_tasks(connection, self._definitions, actor, ids)

    def task(self, task_id: int, actor: Actor) -> TaskView:
        """A user task, open or ended.

        Raises:
            NotFound: there is none, or the actor may not see its case.
        """
        with self._db.read() as connection:
            return read_task(connection, self._definitions, self._clock.now(), task_id, actor)

    def grounds(self, row: InboxRow) -> Grounds:
        """What a person decides a task by; ``row`` is that of a task which ``task`` gave."""
        with self._db.read() as connection:
            return read_grounds(connection, self._definitions, row)

    # -- cases -----------------------------------------------------------------------------------

    def cases(
        self,
        actor: Actor,
        *,
        status: str | None = None,
        process_id: str | None = None,
        text: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> CasePage:
        """A page of cases, newest first; arguments as for ``inbox``; ``status`` as in InstanceStatus.

        Raises:
            NotFound: ``after`` is none that a page gave.
        """
        with self._db.read() as connection:
            return read_cases(
                connection,
                self._definitions,
                actor,
                status=status,
                process_id=process_id,
                sought=text,
                after=after,
                limit=limit,
            )

    def case(self, case_id: str, actor: Actor) -> CaseView:
        """A case with its call tree.

        Raises:
            NotFound: there is none, or the actor may not see it.
        """
        with self._db.read() as connection:
            return read_case(connection, self._definitions, case_id, actor)

    def check_case(self, case_id: str, actor: Actor) -> None:
        """Raise unless the case exists and the actor may see it.

        Raises:
            NotFound: there is none, or the actor may not see it.
        """
        with self._db.read() as connection:
            check_case(connection, case_id, actor)

    def events(
        self, case_id: str, actor: Actor, *, after: str | None = None, limit: int = 500
    ) -> tuple[EventView, ...]:
        """Events of a case and of what it called, in order; read on with ``after`` = the last one's ``cursor``.

        Raises:
            NotFound: there is no such case, the actor may not see it, or ``after`` is no cursor.
        """
        with self._db.read() as connection:
            return read_events(connection, self._definitions, case_id, actor, after=after, limit=limit)

    def film(self, case_id: str, actor: Actor) -> Film:
        """What every event of a case did to the tokens of its diagrams, for the replay.

        Raises:
            NotFound: there is no such case, or the actor may not see it.
        """
        with self._db.read() as connection:
            return read_film(connection, self._definitions, case_id, actor)

    def event_form(self, case_id: str, event_id: int, actor: Actor) -> EventForm:
        """The form by which an event that a case waits for is registered.

        Raises:
            NotFound: the case has no such event, it has no form, or the actor may not register it.
            EventOver: the case does not wait for it any more.
        """
        with self._db.read() as connection:
            return read_event_form(connection, self._definitions, self._clock.now(), case_id, event_id, actor)

    def is_registered(self, case_id: str, event_id: int, actor: Actor, submission_key: str | None) -> bool:
        """Whether this very submission of the actor has registered the event already."""
        with self._db.read() as connection:
            return is_registered(connection, case_id, event_id, actor, submission_key)

    # -- repairs ---------------------------------------------------------------------------------

    def incidents(
        self,
        actor: Actor,
        *,
        process_id: str | None = None,
        kind: str | None = None,
        element: str | None = None,
        older_than: timedelta | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> IncidentPage:
        """A page of open incidents of all cases, the oldest first, with counts.

        Args:
            actor: who looks; needs P07.
            process_id: only of instances of this process.
            kind: only of this kind.
            element: only at this element.
            older_than: only those opened at least so long ago.
            after: ``next_after`` of the page before.
            limit: rows of a page, 200 at most.

        Raises:
            NotAllowed: the actor lacks P07.
            NotFound: ``after`` is none that a page gave.
        """
        with self._db.read() as connection:
            return read_incidents(
                connection,
                self._definitions,
                actor,
                process_id=process_id,
                kind=kind,
                element=element,
                opened_before=opened_before(self._clock.now(), older_than),
                after=after,
                limit=limit,
            )

    def incidents_named(self, ids: Collection[int], actor: Actor) -> Mapping[int, IncidentRow]:
        """Those of the incidents that are open still, by id.

        Raises:
            NotAllowed: the actor lacks P07.
        """
        with self._db.read() as connection:
            return read_named(connection, self._definitions, actor, ids)

    def repairs(self, case_id: str, actor: Actor) -> tuple[RepairView, ...]:
        """The running instances of a case with their tokens, and where these could go.

        Raises:
            NotAllowed: the actor lacks P07.
            NotFound: there is no such case.
        """
        with self._db.read() as connection:
            return read_repairs(connection, self._definitions, self._clock.now(), case_id, actor)

    # -- starting --------------------------------------------------------------------------------

    def startable(self, actor: Actor) -> tuple[StartOption, ...]:
        """Processes that the actor may start by hand and that some shop needs."""
        with self._db.read() as connection:
            return studio.list_startable(connection, self._definitions, actor)

    def start_form(self, process_id: str, actor: Actor) -> StartForm:
        """The form that starts a process.

        Raises:
            NotFound: there is no such process, no shop needs it, or the actor may not start it by hand.
        """
        with self._db.read() as connection:
            return studio.start_form(connection, self._definitions, process_id, actor)

    def order_facts(self, order_id: str) -> dict[str, Value] | None:
        """What the shop knows of an order, or None."""
        with self._db.read() as connection:
            return shop.order_facts(connection, order_id)

    def parcel_facts(self, waybill_no: str) -> dict[str, Value] | None:
        """What the shop knows of a parcel, or None."""
        with self._db.read() as connection:
            return shop.parcel_facts(connection, waybill_no)

    def shop_context(self, variables: Variables, schema: Mapping[str, Any] | None = None) -> dict[str, Value]:
        """``order`` and ``parcel`` (contexts or None) by the variables' order_id and waybill_no.

        Where the form ``schema`` asks for people, ``people`` too.
        """
        with self._db.read() as connection:
            return shop_context(connection, variables, schema)

    def named(self, labels: Labels, variables: Iterable[str]) -> Labels:
        """The labels with the names of the people whose ids are in some of these variables."""
        with self._db.read() as connection:
            return accounts.named(connection, labels, variables)

    def taken(self, among: str, value: Value) -> bool:
        """Whether a value that has to be unique is in use.

        Args:
            among: ``waybills`` = parcels and orders' waybill numbers, or ``register.column`` of a register.
            value: what somebody wants to enter.

        Raises:
            InvalidValue: there is no such set; the form's ``unique`` is wrong.
        """
        register, _, column = among.partition(".")
        with self._db.read() as connection:
            if register in registers.REGISTERS and column:
                return registers.is_kept(connection, register, column, value)
            return shop.taken(connection, among, value)

    # -- definitions -----------------------------------------------------------------------------

    def processes(self, actor: Actor) -> tuple[ProcessView, ...]:
        """All processes with their versions.

        Raises:
            NotFound: the actor may not read definitions.
        """
        with self._db.read() as connection:
            return studio.read_processes(connection, self._definitions, actor)

    def decisions(self, actor: Actor) -> tuple[ResourceView, ...]:
        """The decisions in force.

        Raises:
            NotFound: the actor may not read definitions.
        """
        return self.resources(actor, "decision")

    def resources(self, actor: Actor, kind: str) -> tuple[ResourceView, ...]:
        """The resources in force of a kind: bpmn, decision, form or template.

        Raises:
            NotFound: the actor may not read definitions.
        """
        with self._db.read() as connection:
            return studio.read_resources(connection, self._definitions, actor, kind)

    def resource_content(self, kind: str, resource_id: str, actor: Actor) -> bytes:
        """The content of a resource in force, as it was deployed.

        Raises:
            NotFound: there is none, or the actor may not read definitions.
        """
        with self._db.read() as connection:
            return studio.resource_content(connection, kind, resource_id, actor)

    def definition_xml(self, definition_key: int, actor: Actor) -> bytes:
        """The diagram of a version.

        Raises:
            NotFound: there is none, or the actor may not read it.
        """
        return studio.diagram_xml(self._definitions, definition_key, actor)
