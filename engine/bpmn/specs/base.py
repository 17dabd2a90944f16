"""What all elements share: how a token enters and leaves, with mappings, registers and history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from engine.bpmn.extensions import NO_EXTENSIONS, Extensions
from engine.bpmn.frame import READY, SpiffSpec
from engine.bpmn.problem import Problem, check_name, checked, holds
from engine.bpmn.trigger import Trigger
from engine.model import ClosedKind, RegisterRow, Value

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.specs.compensation import Record, Remembered
    from engine.bpmn.specs.loops import Loop
    from engine.bpmn.specs.places import Edge
    from engine.bpmn.specs.process import ProcessSpec
    from engine.bpmn.token import Token
    from engine.feel import Expression

#: Gives the value of a variable by its name.
Look: TypeAlias = "Callable[[str], Value]"
#: What inserted elements are called begins with this; they stay out of the history.
HIDDEN: Final = "~"


class Node(SpiffSpec):
    """An element of a process. First in the MRO of every spec, so that nothing of the frame's prediction runs.

    A subclass says in ``_run_hook`` what the element does: True, it is done; None, its token waits. It evaluates all
    its expressions before it writes anything, so that a token that stops there can enter anew.
    """

    _wf_spec: ProcessSpec
    #: Kind of the row that a waiting token keeps outside.
    row: ClassVar[ClosedKind | None] = None
    #: The subject of its events: user_task, job, …
    subject: ClassVar[str] = "element"
    #: The last words of its events of completion, for timers and messages other than "completed".
    completed_as: ClassVar[str] = "completed"
    #: Whether its token must know by which flow it came.
    counts_flows: ClassVar[bool] = False
    #: Whether its tokens keep the scope they are in from ending.
    keeps_scope: ClassVar[bool] = True
    #: Whether its waiting tokens are looked at when nothing else moves (see ``awake``).
    rests: ClassVar[bool] = False
    #: Whether it is remembered, to be compensated.
    is_record: ClassVar[bool] = False
    #: Whether its outgoing flows are chosen when a token enters: a gateway.
    chooses_early: ClassVar[bool] = False
    #: Whether its token begins again what ends in it.
    is_ad_hoc: ClassVar[bool] = False
    #: Whether a person does its work.
    asks_person: bool = False
    #: Whether a cancel end event inside ends it.
    is_transaction: ClassVar[bool] = False
    #: Whether a token before it moves only when no other can.
    late: bool = False

    #: The id that people know; of inserted elements that of the element they stand for.
    element: str = ""
    extensions: Extensions = NO_EXTENSIONS
    #: Boundary events that wait with this activity; those for errors and escalations with trigger and code.
    boundaries: tuple[Node, ...] = ()
    catchers: tuple[tuple[Trigger, str | None, Edge], ...] = ()
    cancel_boundary: Edge | None = None
    #: Starts of the event sub-processes of the scope that it opens: those that watch, and those that are called.
    watchers: tuple[Node, ...] = ()
    handlers: tuple[tuple[Trigger, str | None, Edge], ...] = ()
    #: Whether its tokens take over the scope they are in: an interrupting event sub-process.
    takes_over: bool = False
    #: The loop of whose rounds this is one.
    loop: Loop | None = None
    #: Whether its tokens are items of a multi-instance activity, whose number has a limit of its own.
    is_item: bool = False
    #: What is remembered of it once it is completed: its compensation boundary event, or what its scope remembers.
    record: Record | None = None
    #: Remembers what completed in it, where that may have to be compensated.
    remains: Remembered | None = None
    #: Conditions by the name of the spec to which the flow leads, and the default flow's.
    conditions: Mapping[str, Expression] = {}
    default: str | None = None
    #: Variables that are local to the scope that it opens.
    declares: tuple[str, ...] = ()

    # --- entering -----------------------------------------------------------------------------------------------

    def _predict(self, *args: object, **kwargs: object) -> None:
        """Nothing: there are no tasks before their time."""

    def _update(self, token: Token) -> None:
        """A token arrives.

        Source: BPMN 2.0.2 §13.3.2; input mappings make a local scope, each sees those before it.
        """
        token._set_state(READY)
        token.local = token.given
        inputs = self.extensions.inputs
        if inputs or self.declares:
            token.local = {**dict.fromkeys(self.declares), **(token.given or {})}
            for mapping in inputs:
                value = mapping.source(token.look, token.workflow.now)
                token.local[mapping.target] = checked(value, "expression", f"input {mapping.target}")
        token.run()

    def _run_hook(self, token: Token) -> bool | None:
        self.tell_entered(token)
        return True

    def wait(self, token: Token) -> None:
        """The token waits; the boundary events of the element wait with it."""
        for boundary in self.boundaries:
            token.workflow.token(boundary, token, side=token.side)

    def awake(self, token: Token) -> bool:
        """Nothing else moves: whether the waiting token goes on; called of elements that rest."""
        return False

    def look_again(self, token: Token) -> bool:
        """Variables may have changed while the token rests here: whether it fires."""
        return False

    def resolved(self, token: Token) -> None:
        """Somebody resolved the incident of a token that waits here."""

    def hears(self, signal: str) -> bool:
        """Whether its waiting tokens wait for a signal."""
        return False

    # --- leaving ------------------------------------------------------------------------------------------------

    def _on_complete(self, token: Token) -> None:
        """The work is done: outputs, register, history; then the token's successors.

        Whatever can fail is evaluated before anything is written, so that a token that stops here can leave anew.
        """
        instance: Instance = token.workflow
        overlay = self._outputs_of(token)
        row = self._register_of(token, overlay)
        if self.loop is not None:
            token.leaving = self.loop.round_over(token, overlay)
        elif (self.conditions or self.default) and not self.chooses_early:
            token.chosen = self.choose(token, overlaid(overlay, token.holder.look))
        for name, value in overlay.items():
            token.assign(name, value, outer=True)
        if not token.told:
            self.tell_completed(token)
        elif changes := token.tell_changes():
            instance.emit("variables.changed", token, changes)
        self._write_register(token, row)
        if self.record is not None:
            self.record.remember(token)
        if token.held:
            instance.cancel_all(token.held)
        self.go_on(token)

    def go_on(self, token: Token) -> None:
        """A successor on each outgoing flow, or on the chosen ones; the token itself is over."""
        if self.loop is not None:
            self.loop.next_round(token)
            return
        instance: Instance = token.workflow
        names = self._outputs if token.chosen is None else token.chosen
        holder, specs = token.holder, self._wf_spec.task_specs
        for name in names:
            flow = self._wf_spec.flow_ids.get((self.name, name))
            if flow is not None:
                instance.emit("flow.taken", element=flow)
            instance.token(specs[name], holder, side=token.side, via=flow or self.name)
        token.remove()
        if holder.task_spec.is_ad_hoc:
            holder.task_spec.inner_left(holder, self)
        elif not names:
            holder.task_spec.body_left(holder)

    def choose(self, token: Token, look: Look, *, reset: bool = False) -> list[str]:
        """The flows to take, as names of specs: all without a condition and those whose condition is true.

        The default flow is taken when no condition is true. A complex gateway that is reset takes no flow without a
        condition, and perhaps none at all. Source: BPMN 2.0.2 §8.4.13, §13.4.3, §13.4.5.

        Raises:
            Problem: there is none, or a condition is not boolean.
        """
        now = token.workflow.now
        true = {name for name, condition in self.conditions.items() if holds(condition, look, now)}
        always = {name for name in self._outputs if name not in self.conditions and name != self.default}
        chosen = [name for name in self._outputs if name in true or (name in always and not reset)]
        if not true and self.default is not None:
            chosen.append(self.default)
        if not chosen and self._outputs and not reset:
            raise Problem("expression", "no condition is true and there is no default flow")
        return chosen

    def body_left(self, token: Token) -> None:
        """A token that this one holds is over; only scopes care."""

    def inner_left(self, token: Token, inner: Node) -> None:
        """An element inside an ad-hoc sub-process is over."""

    # --- history ------------------------------------------------------------------------------------------------

    def tell_entered(self, token: Token, value: Value = None) -> None:
        """The element was entered."""
        token.workflow.emit("element.entered", token, value)

    def tell_completed(self, token: Token) -> None:
        """The element was completed; what its results changed is told with it."""
        changes = token.tell_changes()
        value = {**token.report, **changes} if changes else token.report
        token.workflow.emit(f"{self.subject}.{self.completed_as}", token, value or None)
        token.told = True
        if self.row is not None:
            token.workflow.close(token, self.row, completed=True)

    def tell_cancelled(self, token: Token) -> None:
        """The element was entered and will not be completed."""
        token.workflow.emit(f"{self.subject}.cancelled", token, token.report or None)
        if self.row is not None:
            token.workflow.close(token, self.row, completed=False)

    # --- mappings and registers ---------------------------------------------------------------------------------

    def _outputs_of(self, token: Token) -> dict[str, Value]:
        outputs = self.extensions.outputs
        if not outputs:
            return {}
        overlay: dict[str, Value] = {}
        look = overlaid(overlay, token.look)
        for mapping in outputs:
            check_name(mapping.target, "output")
            overlay[mapping.target] = checked(
                mapping.source(look, token.workflow.now), "output", f"output {mapping.target}"
            )
        return overlay

    def _register_of(self, token: Token, overlay: dict[str, Value]) -> RegisterRow | None:
        named = self.extensions.register
        if named is None:
            return None
        look, now = overlaid(overlay, token.holder.look), token.workflow.now
        register = named(look, now)
        if register == "":  # said so: null would be a slip of the formula
            return None
        columns = self._wf_spec.registers.get(register) if isinstance(register, str) else None
        if columns is None:
            raise Problem("expression", f"the process has no register {register!r}")
        values = columns(look, now)
        if type(values) is not dict:
            raise Problem("expression", f"the columns of register {register} are no context")
        values = checked({name: value for name, value in values.items() if value is not None}, "expression", register)
        return RegisterRow(register=register, element=self.element, values=values)

    def _write_register(self, token: Token, row: RegisterRow | None) -> None:
        if row is not None:
            token.workflow.registers.append(row)
            token.workflow.emit("register.written", token, {"register": row.register, "values": dict(row.values)})


class Hidden(Node):
    """An inserted element, of which the history knows nothing."""

    def tell_entered(self, token: Token, value: Value = None) -> None:
        """Nothing is told."""

    def tell_completed(self, token: Token) -> None:
        """Nothing is told."""
        token.told = True

    def tell_cancelled(self, token: Token) -> None:
        """Nothing is told."""


def overlaid(overlay: Mapping[str, Value], look: Look) -> Look:
    """A look that finds these values before those of another."""

    def found(name: str) -> Value:
        return overlay[name] if name in overlay else look(name)

    return found
