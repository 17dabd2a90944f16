"""What all elements share: how a token enters and leaves, with mappings, registers and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.extensions import NO_EXTENSIONS, Extensions
from engine.bpmn.frame import READY, SpiffSpec
from engine.bpmn.problem import Problem, check_name, checked
from engine.model import ClosedKind, RegisterRow, Value

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.specs.process import ProcessSpec
    from engine.bpmn.token import Token


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

    extensions: Extensions = NO_EXTENSIONS
    #: Boundary events that wait with this activity, and error events by code (None: any code).
    boundaries: tuple[Node, ...] = ()
    catchers: tuple[tuple[str | None, Node], ...] = ()

    # --- entering -----------------------------------------------------------------------------------------------

    def _predict(self, *args: object, **kwargs: object) -> None:
        """Nothing: there are no tasks before their time."""

    def _update(self, token: Token) -> None:
        """A token arrives.

        Source: BPMN 2.0.2 §13.3.2; input mappings make a local scope, each sees those before it.
        """
        token._set_state(READY)
        inputs = self.extensions.inputs
        if inputs:
            token.local = {}
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

    def catcher_of(self, code: str) -> Node | None:
        """The boundary event that catches an error of this code: the one that names it before the one for all."""
        found = [node for wanted, node in self.catchers if wanted == code]
        found += [node for wanted, node in self.catchers if wanted is None]
        return found[0] if found else None

    # --- leaving ------------------------------------------------------------------------------------------------

    def _on_complete(self, token: Token) -> None:
        """The work is done: outputs, register, history; then the token's successors.

        Whatever can fail is evaluated before anything is written, so that a token that stops here can leave anew.
        """
        instance: Instance = token.workflow
        overlay = self._outputs_of(token)
        row = self._register_of(token, overlay)
        for name, value in overlay.items():
            token.assign(name, value, outer=True)
        if not token.told:
            self.tell_completed(token)
        elif changes := token.tell_changes():
            instance.emit("variables.changed", token, changes)
        if row is not None:
            instance.registers.append(row)
            instance.emit("register.written", token, {"register": row.register, "values": dict(row.values)})
        instance.cancel_all(token.held)
        self.go_on(token)

    def go_on(self, token: Token) -> None:
        """A successor on each outgoing flow, or on the chosen ones; the token itself is over."""
        instance: Instance = token.workflow
        names = self._outputs if token.chosen is None else token.chosen
        holder, specs = token.holder, self._wf_spec.task_specs
        for name in names:
            flow = self._wf_spec.flow_ids.get((self.name, name))
            if flow is not None:
                instance.emit("flow.taken", element=flow)
            instance.token(specs[name], holder, side=token.side, via=flow or self.name)
        token.remove()
        if not names:
            holder.task_spec.body_left(holder)

    def body_left(self, token: Token) -> None:
        """A token that this one holds is over; only scopes care."""

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

        def look(name: str) -> Value:
            return overlay[name] if name in overlay else token.look(name)

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
        holder = token.holder

        def look(name: str) -> Value:
            return overlay[name] if name in overlay else holder.look(name)

        now = token.workflow.now
        register = named(look, now)
        columns = self._wf_spec.registers.get(register) if isinstance(register, str) else None
        if columns is None:
            raise Problem("expression", f"the process has no register {register!r}")
        values = columns(look, now)
        if type(values) is not dict:
            raise Problem("expression", f"the columns of register {register} are no context")
        values = checked({name: value for name, value in values.items() if value is not None}, "expression", register)
        return RegisterRow(register=register, element=self.name, values=values)
