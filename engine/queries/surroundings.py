"""What stands around a task and a case: buyer and order, what comes next, times, and personal data on a click."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from engine.labels import Labels
from engine.model import Actor, Variables
from engine.queries.base import Names
from engine.queries.buyer import Beside, read_beside
from engine.queries.case_views import InstanceView, NamedEvent
from engine.queries.element_times import ElementTimes, read_times
from engine.queries.events import read_named_events
from engine.queries.outlook import NextStep, Outlook, look_ahead
from engine.queries.personal import Personal, read_personal, reveals, reveals_files
from engine.queries.rehearsal import rehearse
from engine.queries.task import read_instance, read_tasks, words_of
from engine.queries.task_views import InboxRow, TaskView
from engine.queries.visibility import check_case
from engine.queries.waits import waits_of

if TYPE_CHECKING:
    from engine.clock import Clock
    from engine.definitions import Definitions
    from engine.store.database import Database


class Surroundings:
    """Asks in one snapshot each. Nothing is written; what the actor may not see is NotFound."""

    def __init__(self, db: Database, definitions: Definitions, clock: Clock) -> None:
        self._db = db
        self._definitions = definitions
        self._clock = clock

    def beside(self, case_id: str, actor: Actor) -> Beside:
        """Buyer and order of a case, with other cases that the actor may see.

        Raises:
            NotFound: there is no such case, or the actor may not see it.
        """
        with self._db.read() as connection:
            check_case(connection, case_id, actor)
            return read_beside(connection, self._definitions, case_id, actor)

    def waits_for(self, case_id: str, actor: Actor) -> tuple[str, ...]:
        """Names of what a case waits for.

        Raises:
            NotFound: there is no such case, or the actor may not see it.
        """
        with self._db.read() as connection:
            check_case(connection, case_id, actor)
            return waits_of(connection, Names(connection, self._definitions), [case_id]).get(case_id, ())

    def tasks(self, ids: Collection[int], actor: Actor) -> dict[int, InboxRow]:
        """Those of the user tasks, open or ended, whose case the actor may see, by id."""
        with self._db.read() as connection:
            return read_tasks(connection, self._definitions, ids, actor)

    def events(self, ids: Collection[tuple[str, int]], actor: Actor) -> dict[tuple[str, int], NamedEvent]:
        """Those of the events (case and id), awaited or over, whose case the actor may see."""
        with self._db.read() as connection:
            return read_named_events(connection, self._definitions, ids, actor)

    def words(self, view: TaskView) -> Labels:
        """What the forms and diagrams around a task call variables and their values."""
        return words_of(self._definitions, view.deployed)

    def outlook(self, view: TaskView) -> Outlook:
        """Where the process goes on behind a task, whatever is filled in."""
        with self._db.read() as connection:
            called = read_instance(connection, view.row.instance).parent is not None
        return look_ahead(view.deployed, view.row.element, called=called)

    def rehearse(self, view: TaskView, variables: Variables, actor: Actor) -> tuple[NextStep, ...]:
        """What follows when an open task is completed with these variables; none where that cannot be said."""
        if view.status != "open" or view.row.suspended:
            return ()
        with self._db.read() as connection:
            instance = read_instance(connection, view.row.instance)
        now, words = self._clock.now(), self.words(view)
        return rehearse(self._definitions, view.deployed, instance, view.row.id, variables, actor, now, words)

    def times(self, instance: InstanceView) -> Mapping[str, ElementTimes]:
        """When the elements of an instance were worked on, for a case that the actor has been shown."""
        with self._db.read() as connection:
            return read_times(connection, [instance.key], instance.ended_at or self._clock.now())[instance.key]

    def reveals(self, case_id: str, actor: Actor) -> Callable[[str], bool]:
        """Says of a field of a visible case whether the actor may look at it on a click."""
        with self._db.read() as connection:
            return reveals(connection, case_id, actor)

    def reveals_files(self, case_id: str, actor: Actor) -> bool:
        """Whether the actor may look at personal files of a visible case on a click."""
        with self._db.read() as connection:
            return reveals_files(connection, case_id, actor)

    def personal(self, case_id: str, actor: Actor, name: str) -> Personal:
        """A personal field of a case as it is; write down first that it is shown.

        Raises:
            NotFound: there is no such case or field, or the actor may not see the case.
            NotAllowed: the actor may see the case, and not this field.
        """
        with self._db.read() as connection:
            return read_personal(connection, self._definitions, case_id, actor, name)
