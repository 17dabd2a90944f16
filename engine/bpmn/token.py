"""A token: SpiffWorkflow's task with a number from the instance's counter, without clock, uuid and data of its own.

Tokens form a tree: a token is held by the sub-process it runs in (or the root), a boundary event's by its activity,
an event's after an event-based gateway by the gateway, an item's or a round's by its loop. A token's local variables
are a scope for those it holds.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from engine.bpmn.frame import CANCELLED, COMPLETED, FUTURE, STARTED, SpiffTask
from engine.bpmn.problem import check_name, same
from engine.model import Value, Variables

if TYPE_CHECKING:
    from datetime import datetime

    from engine.bpmn.instance import Instance
    from engine.bpmn.specs.base import Node

_NO_DATA: Final[Variables] = MappingProxyType({})


class Token(SpiffTask):
    """Where an instance stands: at one element, to enter it, waiting in it, or leaving it."""

    #: SpiffWorkflow's own store of variables stays empty and cannot be written.
    data = _NO_DATA
    internal_data = _NO_DATA
    triggered = False
    thread_id = 0
    last_state_change = 0
    _children = ()

    # Most tokens keep these values: as the class's they cost a step nothing.
    #: Values of the input mappings, or results that only the output mappings see; None: no scope of its own.
    local: dict[str, Value] | None = None
    #: The sequence flow it came by, kept where a join counts them.
    via: str | None = None
    #: Born of a non-interrupting boundary event, or come from one.
    side = False
    due: datetime | None = None
    #: Repeats left of a cycle; None: no cycle yet, -1: for ever.
    left: int | None = None
    incident: str | None = None
    #: The history knows already that it completed its element.
    told = False
    gone = False
    #: Names of the specs that a gateway chose; None: all that follow.
    chosen: list[str] | None = None
    #: What the event of its completion says.
    report: Variables = _NO_DATA
    #: What its element must remember between two steps: names → canonical values.
    memory: dict[str, Value] | None = None
    #: Local variables with which it was made, before input mappings: those of a loop's round or an item.
    given: dict[str, Value] | None = None
    #: What its element worked out for the moment at which it leaves.
    leaving: Any = None

    def __init__(
        self, instance: Instance, spec: Node, holder: Token | None, *, number: int, state: int = FUTURE
    ) -> None:
        # Not the frame's constructor: that one draws a uuid and reads the clock.
        self.id = number
        self.workflow = instance
        self.task_spec = spec
        self._state = state
        #: Tokens held by this one, in the order in which they came.
        self.held: list[Token] = []
        #: Variables that its completion changed: name → (before, after).
        self.changes: dict[str, tuple[Value, Value]] = {}
        #: The root, whose number is 0, holds itself.
        self.holder: Token = self if holder is None else holder
        self._parent = self.holder.id
        instance.tasks[number] = self
        if holder is not None:
            holder.held.append(self)

    # --- what the frame calls -----------------------------------------------------------------------------------

    @property
    def children(self) -> list[Token]:
        """Predicted tasks in SpiffWorkflow; there are none."""
        return []

    def _set_state(self, value: int) -> None:
        self._state = value

    def _sync_children(self, task_specs: list[Node], state: int = FUTURE) -> None:
        self.chosen = [spec.name for spec in task_specs]

    def error(self) -> None:
        """Nothing: the step turns what was raised into an incident, or is rolled back."""

    # --- variables ----------------------------------------------------------------------------------------------

    def look(self, name: str) -> Value:
        """The variable visible here, a fact of the platform, or None."""
        token = self
        while token.id:
            if token.local is not None and name in token.local:
                return token.local[name]
            token = token.holder
        return self.workflow.variable(name)

    def visible(self) -> dict[str, Value]:
        """All variables visible here, without the platform's facts."""
        scopes = []
        token = self
        while token.id:
            if token.local is not None:
                scopes.append(token.local)
            token = token.holder
        values = dict(self.workflow.variables)
        for scope in reversed(scopes):
            values.update(scope)
        return values

    def assign(self, name: str, value: Value, *, outer: bool = False) -> None:
        """Set a variable in the innermost scope that has it, else in the process scope; the change is remembered.

        Args:
            name: of the variable; not a fact of the platform.
            value: is not copied.
            outer: leave the token's own scope out, as output mappings do.

        Raises:
            Problem: the name is a fact of the platform.
        """
        check_name(name, "output")
        self.workflow.touched = True
        token = self.holder if outer else self
        while token.id and (token.local is None or name not in token.local):
            token = token.holder
        if token.local is None:
            before = self.workflow.set_variable(name, value)
        else:
            before = token.local[name]
            token.local[name] = value
            if token is self:
                return
        self.changes[name] = (self.changes[name][0] if name in self.changes else before, value)

    def put(self, values: Variables) -> None:
        """Results of the element's work: for the output mappings only, where there are any, else assigned."""
        if self.task_spec.extensions.outputs:
            self.local = {**(self.local or {}), **values}
            return
        for name, value in values.items():
            self.assign(name, value)

    def tell_changes(self) -> dict[str, Value]:
        """The variables that differ since last told: ``{"before": {…}, "after": {…}}``, or nothing."""
        if not self.changes:
            return {}
        changed = {name: pair for name, pair in self.changes.items() if not same(*pair)}
        self.changes = {}
        if not changed:
            return {}
        return {
            "before": {name: before for name, (before, _) in changed.items()},
            "after": {name: after for name, (_, after) in changed.items()},
        }

    # --- life ---------------------------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether it has entered its element and waits there."""
        return self._state == STARTED

    @property
    def state_number(self) -> int:
        """SpiffWorkflow's number of its state."""
        return self._state

    def finish(self) -> None:
        """The work of its element is done; it leaves in its turn."""
        self._state = COMPLETED
        self.workflow.queue.append(self)

    def move(self, holder: Token) -> None:
        """Be held by another token."""
        self.holder.held.remove(self)
        self.hold_by(holder)

    def hold_by(self, holder: Token) -> None:
        """Be held by a token at last, while a state is loaded."""
        self.holder, self._parent = holder, holder.id
        holder.held.append(self)

    def remove(self) -> None:
        """A token that is over goes at once; nothing of it is kept."""
        if self.incident is not None:
            self.workflow.close_incident(self, {})
        self.gone = True
        self.holder.held.remove(self)
        del self.workflow.tasks[self.id]

    def cancel(self) -> None:
        """End without completing the element, and all that it holds first."""
        for token in list(self.held):
            if not token.gone:  # one that waited may have taken along what it waited for
                token.cancel()
        if self._state == STARTED or (self._state == COMPLETED and not self.told):
            self.task_spec.tell_cancelled(self)
        if self.incident is not None:
            self.workflow.close_incident(self, {"cancelled": True})
        self._state = CANCELLED
        self.remove()
