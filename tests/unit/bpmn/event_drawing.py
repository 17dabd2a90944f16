"""More ink for the pen: event definitions, event sub-processes, handlers, markers; and short words for commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Self
from xml.sax.saxutils import escape, quoteattr

from engine.model import (
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    EscalateCall,
    FailCall,
    InstanceStatus,
    Opened,
    Outcome,
    SubscriptionOpened,
    ThrowError,
)
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.running import Running, of

TERMINATE: Final = "<bpmn:terminateEventDefinition/>"
CANCEL: Final = "<bpmn:cancelEventDefinition/>"
ONE_BY_ONE: Final = 'isSequential="true"'
_REFERENCE: Final = re.compile(r'(message|signal|error|escalation)Ref="([a-z]+_(\w+?)(?:__(\w+))?)"')
#: Instances that tests of this moment began: each is proven when its test is over.
BEGUN: Final[list[Running]] = []


def message(name: str, key: str = "order_id") -> str:
    return f'<bpmn:messageEventDefinition messageRef="m_{name}__{key}"/>'


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'


def condition(text: str) -> str:
    tag = "conditionalEventDefinition"
    return f"<bpmn:{tag}><bpmn:condition>{escape(text)}</bpmn:condition></bpmn:{tag}>"


def error(code: str = "") -> str:
    return f"<bpmn:errorEventDefinition{f' errorRef={chr(34)}e_{code}{chr(34)}' if code else ''}/>"


def escalation(code: str = "") -> str:
    return f"<bpmn:escalationEventDefinition{f' escalationRef={chr(34)}x_{code}{chr(34)}' if code else ''}/>"


def compensate(activity: str = "", wait: bool = True) -> str:
    named = f' activityRef="{activity}"' if activity else ""
    return f"<bpmn:compensateEventDefinition{named}{'' if wait else ' waitForCompletion=' + quoteattr('false')}/>"


def several(collection: str = "=[1, 2]", element: str = "item", attributes: str = "", inside: str = "") -> str:
    """The marker of a multi-instance activity."""
    zeebe = f"<zeebe:loopCharacteristics inputCollection={quoteattr(collection)} inputElement={quoteattr(element)}/>"
    box = f"<bpmn:extensionElements>{zeebe}</bpmn:extensionElements>"
    tag = "multiInstanceLoopCharacteristics"
    return f"<bpmn:{tag} {attributes}>{box}{inside}</bpmn:{tag}>"


def rounds(maximum: int) -> str:
    """The marker of a standard loop."""
    return f'<bpmn:standardLoopCharacteristics loopMaximum="{maximum}"/>'


def _flag(name: str, value: bool, usual: bool) -> dict[str, str]:
    return {} if value is usual else {name: "true" if value else "false"}


class Events(Drawing):
    """A drawing with everything that an event can be."""

    def line(self, *steps: str) -> Self:
        """Draw what is written as ``kind id``, and lead a flow through all."""
        ids = []
        for step in steps:
            kind, _, name = step.rpartition(" ")
            if kind:
                tag, _, more = kind.partition(" ")
                self._one(tag, more, name)
            ids.append(name)
        self.flow(*ids)
        return self

    def _one(self, kind: str, more: str, name: str) -> None:
        if kind in ("start", "user", "service", "end"):
            getattr(self, kind)(name)
        elif kind == "set":  # "set x=1 id": a script
            variable, _, value = more.partition("=")
            self.script(name, f"={value}", variable)
        elif kind == "call":
            self.call(name, more or "child")
        elif kind in ("parallel", "exclusive", "inclusive", "eventBased"):
            self.gateway(name, kind, **({"default": more} if more else {}))
        else:
            self.element(kind, name)

    def starts(self, id_: str, *definitions: str, interrupting: bool = True, parallel: bool = False) -> Self:
        """A start event with definitions."""
        flags = {**_flag("isInterrupting", interrupting, True), **_flag("parallelMultiple", parallel, False)}
        self.element("startEvent", id_, "".join(definitions), **flags)
        return self

    def ends(self, id_: str, *definitions: str, extension: str = "") -> Self:
        self.element("endEvent", id_, "".join(definitions), extension)
        return self

    def throws(self, id_: str, *definitions: str, extension: str = "") -> Self:
        self.element("intermediateThrowEvent", id_, "".join(definitions), extension)
        return self

    def catches(self, id_: str, *definitions: str, parallel: bool = False, extension: str = "") -> Self:
        flags = _flag("parallelMultiple", parallel, False)
        self.element("intermediateCatchEvent", id_, "".join(definitions), extension, **flags)
        return self

    def edge(self, id_: str, host: str, *definitions: str, interrupting: bool = True, parallel: bool = False) -> Self:
        """A boundary event."""
        flags = {**_flag("cancelActivity", interrupting, True), **_flag("parallelMultiple", parallel, False)}
        self.element("boundaryEvent", id_, "".join(definitions), attachedToRef=host, **flags)
        return self

    def receive(self, id_: str, name: str, marker: str = "") -> Self:
        self.element("receiveTask", id_, marker, messageRef=f"m_{name}__order_id")
        return self

    def nest(
        self, id_: str, body: Drawing, tag: str = "subProcess", marker: str = "", extension: str = "", **more: str
    ) -> Self:
        """A sub-process of any sort."""
        self.top += body.top
        self.element(tag, id_, marker + "".join(body.lines), extension, **more)
        return self

    def watch(self, id_: str, body: Drawing) -> Self:
        """An event sub-process."""
        return self.nest(id_, body, triggeredByEvent="true")

    def handler(self, id_: str, host: str, *, drawn: bool = False) -> Self:
        """A compensation boundary event, and a person's task that undoes its host unless it is drawn already."""
        self.element("boundaryEvent", f"{id_}_edge", compensate(), attachedToRef=host)
        if not drawn:
            self.element("userTask", id_, isForCompensation="true")
        ends = f'sourceRef="{id_}_edge" targetRef="{id_}" associationDirection="One"'
        self.lines.append(f'<bpmn:association id="{id_}_link" {ends}/>')
        return self

    def xml(self) -> bytes:
        """The file; what its definitions refer to stands at the root."""
        text = "".join((*self.lines, *self.top))
        for kind, reference, name, key in _REFERENCE.findall(text):
            own = f'<bpmn:{kind} id="{reference}" name="{name}"'
            if kind == "message":
                subscription = f'<zeebe:subscription correlationKey="={key}"/>'
                line = f"{own}><bpmn:extensionElements>{subscription}</bpmn:extensionElements></bpmn:message>"
            else:
                line = f"{own}/>" if kind == "signal" else f'{own} {kind}Code="{name}"/>'
            self.top.append(line)
        return super().xml()


def begin(drawing: Drawing, element: str | None = None, **variables: object) -> Running:
    """Start an instance, to be proven when the test is over."""
    running = of(drawing)
    BEGUN.append(running)
    return running.start(element, **variables)


# --- commands and questions ---------------------------------------------------------------------------------------


def send_signal(running: Running, name: str, **payload: object) -> Outcome:
    return running.do(CorrelateSignal(name=name, payload=payload))


def throw(running: Running, element: str, code: str, **variables: object) -> Outcome:
    """A job answers with an error."""
    return running.do(ThrowError(id=running.id_of(element), error_code=code, variables=variables))


def fail_call(running: Running, element: str, code: str) -> Outcome:
    return running.do(FailCall(id=running.id_of(element), error_code=code))


def escalate_call(running: Running, element: str, code: str, **variables: object) -> Outcome:
    return running.do(EscalateCall(id=running.id_of(element), escalation_code=code, variables=variables))


def complete(running: Running, row: Opened, **variables: object) -> Outcome:
    """A person completes one of several."""
    return running.do(CompleteUserTask(id=row.id, variables=variables))


def correlate(running: Running, row: Opened, payload: object = None) -> Outcome:
    """A message meets one of several subscriptions."""
    assert isinstance(row, SubscriptionOpened)
    return running.do(CorrelateMessage(id=row.id, name=row.message_name, payload=payload))


def rows_of(running: Running, element: str) -> Sequence[Opened]:
    """All that waits at an element, the earliest first."""
    return sorted((row for row in running.rows.values() if row.element == element), key=lambda row: row.id)


def ended(running: Running) -> str | None:
    """The end state of an instance that must have completed."""
    assert running.last.status is InstanceStatus.COMPLETED, running.waiting
    return running.last.end_state


def words(running: Running, element: str) -> list[str]:
    """What the history tells of an element: the kinds of its events, in order."""
    return [event.kind for event in running.events if event.element == element]
