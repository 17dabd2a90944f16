"""Writes elements and flows of a random process as XML, scope by scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from tests.unit.bpmn.differential.blocks import Trigger, When
from tests.unit.bpmn.drawing import HEAD


@dataclass(frozen=True, slots=True)
class Exit:
    """A flow that begins at an element and has no target yet; ``rank`` is its place among those of its source."""

    source: str
    when: str | None = None
    default: bool = False
    rank: int = 0


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    extension: str
    inside: str


@dataclass
class Roots:
    """Messages, signals, errors and escalations of the file."""

    lines: dict[str, str] = field(default_factory=dict)
    flows: int = 0
    #: Conditions and scripts in Python, as stock SpiffWorkflow reads them.
    python: bool = False

    def message(self, name: str) -> str:
        box = '<bpmn:extensionElements><zeebe:subscription correlationKey="=&quot;K&quot;"/></bpmn:extensionElements>'
        return self._add("message", name, f'<bpmn:message id="m_{name}" name="{name}">{box}</bpmn:message>')

    def signal(self, name: str) -> str:
        return self._add("signal", name, f'<bpmn:signal id="s_{name}" name="{name}"/>')

    def error(self, code: str) -> str:
        return self._add("error", code, f'<bpmn:error id="e_{code}" errorCode="{code}"/>')

    def escalation(self, code: str) -> str:
        return self._add("escalation", code, f'<bpmn:escalation id="x_{code}" escalationCode="{code}"/>')

    def _add(self, kind: str, name: str, line: str) -> str:
        if not name:
            return f"<bpmn:{kind}EventDefinition/>"
        self.lines[line] = line
        return f'<bpmn:{kind}EventDefinition {kind}Ref="{line.split(chr(34))[1]}"/>'

    def condition(self, when: When) -> str:
        return when.python() if self.python else when.feel()

    def definition(self, trigger: Trigger) -> str:
        """The event definition of a trigger."""
        match trigger.kind:
            case "multiple":
                return "".join(self.definition(part) for part in trigger.parts)
            case "timer":
                return (
                    "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
                )
            case "cycle":
                text = f"<bpmn:timeCycle>R{trigger.times}/PT1H</bpmn:timeCycle>"
                return f"<bpmn:timerEventDefinition>{text}</bpmn:timerEventDefinition>"
            case "condition":
                assert trigger.when is not None
                text = f"<bpmn:condition>{escape(trigger.when.feel())}</bpmn:condition>"
                return f"<bpmn:conditionalEventDefinition>{text}</bpmn:conditionalEventDefinition>"
            case kind:
                return self.thrown(kind, trigger.name)

    def thrown(self, kind: str, name: str, *, waits: bool = True) -> str:
        """The event definition of an event that throws, or of one that catches by name."""
        match kind:
            case "none":
                return ""
            case "message":
                return self.message(name)
            case "signal":
                return self.signal(name)
            case "error":
                return self.error(name)
            case "escalation":
                return self.escalation(name)
            case "link":
                return f'<bpmn:linkEventDefinition name="{name}"/>'
            case "compensate":
                given = f' activityRef="{name}"' if name else ""
                given += "" if waits else ' waitForCompletion="false"'
                return f"<bpmn:compensateEventDefinition{given}/>"
            case other:
                return f"<bpmn:{other}EventDefinition/>"


class Pen:
    """Draws one scope: nodes in the order in which they come, flows by their rank at their source."""

    def __init__(self, roots: Roots) -> None:
        self.roots = roots
        self.nodes: dict[str, Node] = {}
        self.flows: list[tuple[int, str]] = []
        self.more: list[str] = []

    def node(self, tag: str, id_: str, *, extension: str = "", inside: str = "", **attributes: str) -> str:
        assert id_ not in self.nodes
        self.nodes[id_] = Node(tag, attributes, extension, inside)
        return id_

    def connect(self, exits: Sequence[Exit], target: str) -> None:
        """Lead all these flows to an element."""
        for exit_ in exits:
            self.roots.flows += 1
            id_ = f"f{self.roots.flows}"
            if exit_.default:
                self.nodes[exit_.source].attributes["default"] = id_
            when = exit_.when
            text = "" if when is None else f"<bpmn:conditionExpression>{escape(when)}</bpmn:conditionExpression>"
            ends = f'sourceRef="{exit_.source}" targetRef="{target}"'
            self.flows.append((exit_.rank, f'<bpmn:sequenceFlow id="{id_}" {ends}>{text}</bpmn:sequenceFlow>'))

    def step(self, exits: Sequence[Exit], tag: str, id_: str, **more: str) -> list[Exit]:
        """An element with one flow out."""
        self.connect(exits, self.node(tag, id_, **more))
        return [Exit(id_)]

    def single(self, exits: list[Exit], id_: str) -> list[Exit]:
        """One flow out of several, by a gateway that merges."""
        return exits if len(exits) < 2 else self.step(exits, "exclusiveGateway", f"{id_}_aux")

    def lines(self) -> str:
        parts = list(self.more)
        for id_, node in self.nodes.items():
            given = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
            box = f"<bpmn:extensionElements>{node.extension}</bpmn:extensionElements>" if node.extension else ""
            parts.append(f'<bpmn:{node.tag} id="{id_}" name="{id_}"{given}>{box}{node.inside}</bpmn:{node.tag}>')
        parts += [text for _, text in sorted(self.flows, key=lambda flow: flow[0])]
        return "".join(parts)

    def document(self) -> bytes:
        process = f'<bpmn:process id="p" name="p" isExecutable="true">{self.lines()}</bpmn:process>'
        return f"{HEAD}{''.join(self.roots.lines)}{process}</bpmn:definitions>".encode()
