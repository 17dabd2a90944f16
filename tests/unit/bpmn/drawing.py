"""A small pen for test diagrams: elements by one call each, written as the XML of a modeler."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
)


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    lines = [f"<zeebe:input source={quoteattr(s)} target={quoteattr(t)}/>" for t, s in (inputs or {}).items()]
    lines += [f"<zeebe:output source={quoteattr(s)} target={quoteattr(t)}/>" for t, s in (outputs or {}).items()]
    return f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>" if lines else ""


def properties(**values: str) -> str:
    lines = [f"<zeebe:property name={quoteattr(n)} value={quoteattr(v)}/>" for n, v in values.items()]
    return f"<zeebe:properties>{''.join(lines)}</zeebe:properties>" if lines else ""


class Drawing:
    """One process being drawn; ``with drawing.inside(id)`` draws into a sub-process."""

    def __init__(self, process_id: str = "p", **register: str) -> None:
        self.process_id = process_id
        self.top: list[str] = []
        self.extension = properties(**{f"register.{name}": text for name, text in register.items()})
        self.lines: list[str] = []
        self.flows = 0

    def element(self, tag: str, id_: str, inside: str = "", extension: str = "", **attributes: str) -> Drawing:
        given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        box = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
        self.lines.append(f'<bpmn:{tag} id="{id_}" name="{id_}!"{given}>{box}{inside}</bpmn:{tag}>')
        return self

    def start(self, id_: str = "start", message: str | None = None, **more: str) -> Drawing:
        return self.element("startEvent", id_, self._message(message) if message else "", **more)

    def end(self, id_: str = "end", definition: str = "", extension: str = "") -> Drawing:
        return self.element("endEvent", id_, definition, extension)

    def message_end(self, id_: str, message: str, inputs: dict[str, str], key: str = "=order_id") -> Drawing:
        extension = '<zeebe:taskDefinition type="publish_message"/>' + mapping(inputs)
        return self.end(id_, self._message(message, key), extension)

    def error_end(self, id_: str, code: str) -> Drawing:
        return self.end(id_, self._error(code))

    def terminate(self, id_: str) -> Drawing:
        return self.end(id_, "<bpmn:terminateEventDefinition/>")

    def user(self, id_: str, groups: str = "aftersales", extension: str = "") -> Drawing:
        own = f'<zeebe:userTask/><zeebe:formDefinition formId="{self.process_id}.{id_}"/>'
        own += f"<zeebe:assignmentDefinition candidateGroups={quoteattr(groups)}/>"
        return self.element("userTask", id_, extension=own + extension)

    def service(self, id_: str, job_type: str = "work", extension: str = "", tag: str = "serviceTask") -> Drawing:
        own = f"<zeebe:taskDefinition type={quoteattr(job_type)}/>"
        return self.element(tag, id_, extension=own + extension)

    def script(self, id_: str, expression: str, result: str, extension: str = "") -> Drawing:
        own = f"<zeebe:script expression={quoteattr(expression)} resultVariable={quoteattr(result)}/>"
        return self.element("scriptTask", id_, extension=own + extension)

    def decision(self, id_: str, decision: str, result: str) -> Drawing:
        own = f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{result}"/>'
        return self.element("businessRuleTask", id_, extension=own)

    def call(self, id_: str, process: str, extension: str = "", **flags: str) -> Drawing:
        given = "".join(f' {name}="{value}"' for name, value in flags.items())
        own = f'<zeebe:calledElement processId="{process}"{given}/>'
        return self.element("callActivity", id_, extension=own + extension)

    def sub(self, id_: str, body: Drawing, extension: str = "") -> Drawing:
        self.top += body.top
        return self.element("subProcess", id_, "".join(body.lines), extension)

    def gateway(self, id_: str, kind: str = "exclusive", **more: str) -> Drawing:
        return self.element(f"{kind}Gateway", id_, **more)

    def catch(self, id_: str, timer: str | None = None, message: str | None = None, key: str = "=order_id") -> Drawing:
        return self.element("intermediateCatchEvent", id_, timer or self._message(message or "", key))

    def boundary(
        self, id_: str, host: str, definition: str = "", interrupting: bool = True, extension: str = "", **event: str
    ) -> Drawing:
        if "message" in event:
            definition = self._message(event["message"], event.get("key", "=order_id"))
        elif "error" in event:
            definition = self._error(event["error"])
        more = {} if interrupting else {"cancelActivity": "false"}
        return self.element("boundaryEvent", id_, definition, extension, attachedToRef=host, **more)

    def flow(self, *ids: str, when: str | None = None, id_: str | None = None) -> Drawing:
        for source, target in pairwise(ids):
            self.flows += 1
            name = id_ or f"{source}_{target}"
            condition = ""
            if when is not None:
                condition = f"<bpmn:conditionExpression>{quoteattr(when)[1:-1]}</bpmn:conditionExpression>"
            ends = f'sourceRef="{source}" targetRef="{target}"'
            self.lines.append(f'<bpmn:sequenceFlow id="{name}" {ends}>{condition}</bpmn:sequenceFlow>')
        return self

    # --- what an element may have besides ----------------------------------------------------------------------

    def having(self, inside: str = "", **attributes: str) -> Drawing:
        """The element drawn last gets children (a loop marker, data) and attributes (``default``, …)."""
        line = self.lines[-1]
        given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        head, name, rest = line.partition(' name="')
        cut = rest.rindex("</bpmn:")
        self.lines[-1] = f"{head}{given}{name}{rest[:cut]}{inside}{rest[cut:]}"
        return self

    def at_root(self, *lines: str) -> Drawing:
        """Elements beside the process: definitions of events, global tasks, …"""
        self.top += lines
        return self

    # --- activities ---------------------------------------------------------------------------------------------

    def task(self, id_: str, tag: str = "task", extension: str = "") -> Drawing:
        return self.element(tag, id_, extension=extension)

    def receive(self, id_: str, message: str, key: str = "=order_id", **more: str) -> Drawing:
        self._message(message, key)
        return self.element("receiveTask", id_, messageRef=f"m_{message}", **more)

    def send(self, id_: str, message: str, extension: str = "", key: str = "=order_id") -> Drawing:
        self._message(message, key)
        return self.element("sendTask", id_, extension=extension, messageRef=f"m_{message}")

    def ad_hoc(
        self, id_: str, body: Drawing, completion: str | None = None, active: str | None = None, **more: str
    ) -> Drawing:
        extension = "" if active is None else f"<zeebe:adHoc activeElementsCollection={quoteattr(active)}/>"
        inside = "".join(body.lines)
        if completion is not None:
            inside += f"<bpmn:completionCondition>{escape(completion)}</bpmn:completionCondition>"
        self.top += body.top
        return self.element("adHocSubProcess", id_, inside, extension, **more)

    def event_sub(self, id_: str, body: Drawing) -> Drawing:
        return self.sub(id_, body).having(triggeredByEvent="true")

    # --- gateways and events ------------------------------------------------------------------------------------

    def complex(self, id_: str, activation: str | None = None, **more: str) -> Drawing:
        inside = "" if activation is None else f"<bpmn:activationCondition>{escape(activation)}"
        return self.element("complexGateway", id_, inside and inside + "</bpmn:activationCondition>", **more)

    def start_on(self, id_: str, definition: str, interrupting: bool = True) -> Drawing:
        """The start event of an event sub-process."""
        return self.element("startEvent", id_, definition, isInterrupting="true" if interrupting else "false")

    def throw(self, id_: str, definition: str = "", extension: str = "") -> Drawing:
        return self.element("intermediateThrowEvent", id_, definition, extension)

    def on_message(self, name: str, key: str = "=order_id") -> str:
        return self._message(name, key)

    def on_error(self, code: str) -> str:
        return self._error(code)

    def on_signal(self, name: str) -> str:
        self.top.append(f'<bpmn:signal id="s_{name}" name="{name}"/>')
        return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'

    def on_escalation(self, code: str | None = None) -> str:
        if code is None:
            return "<bpmn:escalationEventDefinition/>"
        self.top.append(f'<bpmn:escalation id="esc_{code}" escalationCode="{code}"/>')
        return f'<bpmn:escalationEventDefinition escalationRef="esc_{code}"/>'

    def compensated_by(self, boundary: str, host: str, handler: str) -> Drawing:
        """A compensation boundary event with the association to its handler, which is drawn by itself."""
        self.boundary(boundary, host, "<bpmn:compensateEventDefinition/>")
        self.lines.append(f'<bpmn:association id="{boundary}_a" sourceRef="{boundary}" targetRef="{handler}"/>')
        return self

    # --- data ---------------------------------------------------------------------------------------------------

    def data_object(self, id_: str, name: str | None = None) -> Drawing:
        self.lines.append(f'<bpmn:dataObject id="{id_}" name="{name or id_}"/>')
        self.lines.append(f'<bpmn:dataObjectReference id="{id_}_ref" dataObjectRef="{id_}"/>')
        return self

    def xml(self) -> bytes:
        box = f"<bpmn:extensionElements>{self.extension}</bpmn:extensionElements>" if self.extension else ""
        process = f'<bpmn:process id="{self.process_id}" name="流程" isExecutable="true">{box}{"".join(self.lines)}'
        return f"{HEAD}{''.join(dict.fromkeys(self.top))}{process}</bpmn:process></bpmn:definitions>".encode()

    def _message(self, name: str, key: str = "=order_id") -> str:
        box = f"<bpmn:extensionElements><zeebe:subscription correlationKey={quoteattr(key)}/></bpmn:extensionElements>"
        self.top.append(f'<bpmn:message id="m_{name}" name="{name}">{box}</bpmn:message>')
        return f'<bpmn:messageEventDefinition messageRef="m_{name}"/>'

    def _error(self, code: str) -> str:
        if not code:
            return "<bpmn:errorEventDefinition/>"
        self.top.append(f'<bpmn:error id="e_{code}" errorCode="{code}"/>')
        return f'<bpmn:errorEventDefinition errorRef="e_{code}"/>'


def duration(text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def date(text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeDate>{text}</bpmn:timeDate></bpmn:timerEventDefinition>"


def cycle(text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeCycle>{text}</bpmn:timeCycle></bpmn:timerEventDefinition>"


def condition(text: str) -> str:
    """A conditional event's definition."""
    inside = _part("condition", text)
    return f"<bpmn:conditionalEventDefinition>{inside}</bpmn:conditionalEventDefinition>"


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def compensation(activity: str | None = None) -> str:
    named = "" if activity is None else f' activityRef="{activity}"'
    return f"<bpmn:compensateEventDefinition{named}/>"


def rounds(until: str | None = None, maximum: str | None = None, test_before: bool = False) -> str:
    """The marker of a standard loop; ``until`` is its loopCondition."""
    given = "" if maximum is None else f" loopMaximum={quoteattr(maximum)}"
    given += ' testBefore="true"' if test_before else ""
    return (
        f"<bpmn:standardLoopCharacteristics{given}>{_part('loopCondition', until)}</bpmn:standardLoopCharacteristics>"
    )


def items(
    collection: str | None = None,
    element: str | None = None,
    output: str | None = None,
    into: str | None = None,
    *,
    number: str | None = None,
    completion: str | None = None,
    sequential: bool = False,
    inside: str = "",
    **attributes: str,
) -> str:
    """The marker of a multi-instance activity: over a collection or a number, with what it gives into a collection."""
    zeebe = {"inputCollection": collection, "inputElement": element, "outputElement": output, "outputCollection": into}
    given = "".join(f" {name}={quoteattr(value)}" for name, value in zeebe.items() if value is not None)
    box = f"<bpmn:extensionElements><zeebe:loopCharacteristics{given}/></bpmn:extensionElements>" if given else ""
    more = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    more += ' isSequential="true"' if sequential else ""
    parts = _part("loopCardinality", number) + inside + _part("completionCondition", completion)
    return f"<bpmn:multiInstanceLoopCharacteristics{more}>{box}{parts}</bpmn:multiInstanceLoopCharacteristics>"


def _part(name: str, text: str | None) -> str:
    return "" if text is None else f"<bpmn:{name}>{escape(text)}</bpmn:{name}>"
