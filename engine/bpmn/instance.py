"""A running instance during one step: its tokens, the process scope, and what the step gives to the outside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from engine import canonical
from engine.bpmn.frame import COMPLETED, FUTURE, READY, STARTED
from engine.bpmn.gathering import Gathering
from engine.bpmn.problem import PROBLEMS, Problem, kind_of
from engine.bpmn.scopes import is_leaving, lives, nearest
from engine.bpmn.scripts import SCRIPTS
from engine.bpmn.token import Token
from engine.bpmn.trigger import Trigger
from engine.errors import EngineError, StepError, StepLimitExceeded, TooManyTokens
from engine.model import (
    ID_BASE,
    EscalationThrown,
    Facts,
    Value,
    Variables,
)

if TYPE_CHECKING:
    from engine.bpmn.specs.base import Node
    from engine.bpmn.specs.process import ProcessSpec

#: Elements that one command may enter, items of a multi-instance activity aside.
MAX_ELEMENTS: Final = 500
#: Kind of the incident of tokens that wait for what cannot come.
DEADLOCKED: Final = "deadlocked"
#: Live tokens of an instance.
MAX_TOKENS: Final = 2_000


class Instance(Gathering):
    """An instance as SpiffWorkflow sees it; made anew from its state for each step."""

    def __init__(self, spec: ProcessSpec, key: int, variables: bytes, facts: Facts) -> None:
        super().__init__(key)
        self.spec = spec
        self.tasks: dict[int, Token] = {}
        self.facts = facts
        self.now: datetime = facts.now
        #: Number of the newest token.
        self.counter = 0
        self.end_state: str | None = None
        self.uncaught: str | None = None
        #: Signals and compensations, which are thrown when no other token can move.
        self.later: deque[Token] = deque()
        #: Waiting tokens that are looked at again without a command: joins and conditions.
        self.resting: list[Token] = []
        #: Whether a variable may have changed since conditions were looked at.
        self.touched = False
        self.queue: deque[Token] = deque()
        self.changed = False
        #: Whether the calendar and the task SLA of the facts were asked.
        self.scheduled = False
        self._stored = variables
        self._variables: dict[str, Value] | None = None
        self.task_tree = self.root = Token(self, spec.start, None, number=0, state=STARTED)

    # --- what the frame asks for --------------------------------------------------------------------------------

    script_engine = SCRIPTS
    #: SpiffWorkflow's own data objects; there are none.
    data_objects: Variables = MappingProxyType({})

    # --- the process scope --------------------------------------------------------------------------------------

    @property
    def variables(self) -> dict[str, Value]:
        """Values of the process scope, decoded when first asked for."""
        if self._variables is None:
            self._variables = canonical.decode(self._stored)
        return self._variables

    def variable(self, name: str) -> Value:
        """A variable of the process scope, else a fact of the platform, else None."""
        values = self.variables
        if name in values:
            return values[name]
        case = self.facts.case
        return dict(case) if name == "case" else case.get(name)

    def set_variable(self, name: str, value: Value) -> Value:
        """Set a variable of the process scope; gives the value before."""
        before = self.variables.get(name)
        self.variables[name] = value
        self.changed = self.touched = True
        return before

    def stored_variables(self) -> bytes | None:
        """Canonical bytes of the process scope, None if the step did not change it."""
        return canonical.encode(self.variables) if self.changed else None

    # --- tokens -------------------------------------------------------------------------------------------------

    def token(self, spec: Node, holder: Token, *, side: bool = False, via: str | None = None) -> Token:
        """A new token that will enter an element in its turn.

        Raises:
            TooManyTokens: the instance has 2 000 of them.
        """
        if len(self.tasks) > MAX_TOKENS:
            raise TooManyTokens
        self.counter += 1
        token = Token(self, spec, holder, number=self.counter)
        token.side = side
        if spec.counts_flows:
            token.via = via
        (self.later if spec.late else self.queue).append(token)
        return token

    def place(self, spec: Node, holder: Token, *, side: bool = False, state: int = STARTED) -> Token:
        """A new token that is at its element already.

        Raises:
            TooManyTokens: the instance has 2 000 of them.
        """
        if len(self.tasks) > MAX_TOKENS:
            raise TooManyTokens
        self.counter += 1
        token = Token(self, spec, holder, number=self.counter, state=state)
        token.side = side
        return token

    def new_id(self) -> int:
        """An id outside the instance that no token has."""
        self.counter += 1
        return int(self.key * ID_BASE + self.counter)

    def find(self, public_id: int) -> Token | None:
        """The token of a public id, if there is one still."""
        number = public_id - self.key * ID_BASE
        return self.tasks.get(number) if number > 0 else None

    def drain(self) -> None:
        """Move tokens until each waits for a command or stands as an incident.

        Raises:
            StepLimitExceeded: more than 500 elements were entered.
            TooManyTokens: more than 2 000 tokens were alive at once.
        """
        entered = 0
        while True:
            # What is done leaves first: completed and remembered, before a condition that it made true can interrupt.
            if self.touched and self.resting and not self._is_one_leaving():
                self._look_at_conditions()
            if self.queue:
                token = self.queue.popleft()
                if token.gone:
                    continue
                if token.state_number == FUTURE and not token.task_spec.is_item:
                    entered += 1
                    if entered > MAX_ELEMENTS:
                        raise StepLimitExceeded
                self._advance(token)
            elif self.resting and self._wake_one():
                continue
            elif self.later:
                self.queue.append(self.later.popleft())
            else:
                break
        self._tell_stalled()

    def _is_one_leaving(self) -> bool:
        """Whether the token whose turn it is has done its work."""
        return bool(self.queue) and self.queue[0].state_number == COMPLETED

    def _advance(self, token: Token) -> None:
        try:
            if token.state_number == COMPLETED:
                token.task_spec._on_complete(token)
            else:
                token.task_spec._update(token)
        except PROBLEMS as problem:
            self.stop(token, problem)
        else:
            if token.task_spec.rests and token.waits and not token.gone:
                self.resting.append(token)
                self.touched = True  # a conditional event may be true already

    def _wake_one(self) -> bool:
        """Let the first of the resting tokens that can go on do so; tells whether there was one."""
        self.resting = [token for token in self.resting if token.waits and not token.gone]
        first: dict[tuple[str, int], Token] = {}
        for token in self.resting:  # of those that wait at one join the first speaks for all
            first.setdefault((token.task_spec.name, token.holder.id), token)
        return any(self._try(token, token.task_spec.awake) for token in first.values())

    def _look_at_conditions(self) -> None:
        """Variables may have changed: fire the conditional events whose condition became true."""
        self.touched = False
        for token in list(self.resting):
            if token.waits and not token.gone:
                self._try(token, token.task_spec.look_again)

    def _try(self, token: Token, look: Callable[[Token], bool]) -> bool:
        """Look at a resting token; what it was thought to wait for in vain is no incident when it goes on after all."""
        if token.incident not in (None, DEADLOCKED):
            return False
        try:
            went = look(token)
        except PROBLEMS as problem:
            self.stop(token, problem)
            return False
        if went and token.incident is not None and not token.gone:
            self.close_incident(token, {})
        return went

    def stop(self, token: Token, problem: EngineError) -> None:
        """A token cannot go on: it stays where it is, as one incident however often it tries."""
        if token.incident == DEADLOCKED:
            self.close_incident(token, {})
        elif token.incident is not None:
            return
        leaving = token.state_number == COMPLETED
        if token.state_number == READY:
            # Nothing of an element that could not be entered has been written: it is entered anew.
            token._set_state(FUTURE)
            token.local = token.given
        if leaving and not token.told:
            token.task_spec.tell_completed(token)
            # Its work is done: no event at its edge may undo that while it cannot leave.
            self.cancel_all([t for t in token.held if not lives(t) and not t.task_spec.is_record])
        self.open_incident(token, kind_of(problem, leaving=leaving), str(problem))

    def _tell_stalled(self) -> None:
        """Nothing moves any more: whoever neither waits for the outside nor stands as an incident says so."""
        tokens = list(self.tasks.values())[1:]  # the root is the first
        waiting = not tokens
        for token in tokens:
            if token.state_number != STARTED and token.incident is None and token.holder.incident is None:
                self.open_incident(token, "stalled", "the element does not wait and cannot go on")
            waiting = waiting or token.task_spec.row is not None or token.incident not in (None, DEADLOCKED)
        dead = [token for token in tokens if token.incident == DEADLOCKED]
        if waiting:
            for token in dead:
                self.close_incident(token, {})
        elif not dead:
            stuck = next((t for t in tokens if t.task_spec.rests or t.task_spec.counts_flows), tokens[0])
            self.open_incident(stuck, DEADLOCKED, "only joins and conditions are left, and none of them can be met")

    # --- events that are caught elsewhere -----------------------------------------------------------------------

    def throw_error(self, origin: Token, code: str, values: Variables, *, element: str) -> None:
        """A BPMN error goes from a token outwards to the nearest handler, which cancels the scope that failed.

        Source: BPMN 2.0.2 §10.5.6, §13.5.3, §13.5.4.
        """
        found = nearest(origin, Trigger.ERROR, code)
        if found is not None:
            host, catcher = found
            catcher.caught(host, {"error_code": code}, values)
            return
        self.uncaught = code
        self.emit("instance.cancelled", value={"error_code": code, "element": element})
        self.cancel_all(self.root.held)

    def throw_escalation(self, origin: Token, code: str, values: Variables, *, element: str) -> None:
        """An escalation goes the way of an error, cancels only what its handler interrupts, and may end unheard.

        Source: BPMN 2.0.2 §10.5.6, §13.5.3.
        """
        self.emit("escalation.thrown", element=element, value={"escalation_code": code})
        found = nearest(origin, Trigger.ESCALATION, code)
        if found is not None:
            host, catcher = found
            catcher.caught(host, {"escalation_code": code}, values)
            return
        self.escalations.append(EscalationThrown(element=element, code=code, variables=dict(values)))

    def broadcast(self, name: str, payload: Variables) -> int:
        """Every event of the instance that waits for a signal gets it; gives their number."""
        waiting = [token for token in self.tasks.values() if token.waits and token.task_spec.hears(name)]
        for token in waiting:
            if token.waits and not token.gone and not is_leaving(token.holder):
                token.task_spec.fire(token, payload)
        return len(waiting)

    def cancel_all(self, tokens: Sequence[Token]) -> None:
        """Cancel tokens, whatever one does to the others."""
        for token in list(tokens):
            if not token.gone:
                token.cancel()

    def put_checked(self, token: Token, values: Variables) -> None:
        """Results that came with a command.

        Raises:
            StepError: one would overwrite a fact of the platform; nothing of the step stands.
        """
        try:
            token.put(values)
        except Problem as problem:
            raise StepError(str(problem)) from problem
