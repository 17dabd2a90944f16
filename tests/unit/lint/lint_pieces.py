"""Small clean processes, one a subject, that together use what the sample leaves out; each test spoils one."""

# ruff: noqa: E501 - one element a line reads better than a wrapped one

from __future__ import annotations

from itertools import pairwise

from tests.unit.lint.lint_sample import HEAD, PROCESS

DOC = "<bpmn:documentation>ADDED:示例,不设时限。</bpmn:documentation>"


def el(tag: str, name: str, inner: str = "", **attributes: str) -> str:
    shown = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<bpmn:{tag} id="{name}" name="某步"{shown}>{DOC}{inner}</bpmn:{tag}>\n'


def ext(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def event(kind: str, inner: str = "", **attributes: str) -> str:
    shown = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<bpmn:{kind}EventDefinition{shown}>{inner}</bpmn:{kind}EventDefinition>"


def flow(source: str, target: str, when: str | None = None, name: str | None = None) -> str:
    ends = (
        f'<bpmn:sequenceFlow id="{name or f"f_{source}_{target}"}" name="是" sourceRef="{source}" targetRef="{target}"'
    )
    if when is None:
        return f"{ends} />\n"
    return f"{ends}><bpmn:conditionExpression>{when}</bpmn:conditionExpression></bpmn:sequenceFlow>\n"


def chain(*names: str) -> str:
    return "".join(flow(source, target) for source, target in pairwise(names))


def user(name: str, inner: str = "", **attributes: str) -> str:
    return el("userTask", name, USER + inner, **attributes)


def job(name: str, inner: str = "", **attributes: str) -> str:
    return el("serviceTask", name, JOB + inner, **attributes)


USER = ext(
    '<zeebe:userTask /><zeebe:formDefinition formId="p99_sample.check_it" />'
    '<zeebe:assignmentDefinition candidateGroups="supervisor" />'
)
JOB = ext('<zeebe:taskDefinition type="sync_waybill" />')
SCRIPT = ext('<zeebe:script expression="=1" resultVariable="one" />')
DAY = event("timer", "<bpmn:timeDuration>P1D</bpmn:timeDuration>")
CYCLE = event("timer", "<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>")
NEWS = event("message", messageRef="m_news")
GO = event("signal", signalRef="s_go")
BAD = event("error", errorRef="e_bad")
LATE = event("escalation", escalationRef="x_late")
TRUE = event("conditional", "<bpmn:condition>=done = true</bpmn:condition>")
UNDO = event("compensate")
WAIT = "<bpmn:completionCondition>=numberOfCompletedInstances &gt;= 2</bpmn:completionCondition>"
LIST = ext(
    '<zeebe:loopCharacteristics inputCollection="=parcels" inputElement="parcel" outputCollection="results" outputElement="=result" />'
)

ROOTS = (
    f'<bpmn:message id="m_news" name="msg_news">{ext(chr(60) + "zeebe:subscription correlationKey=" + chr(34) + "=order_id" + chr(34) + " />")}</bpmn:message>'
    '<bpmn:message id="m_paid" name="msg_paid" />'
    '<bpmn:signal id="s_go" name="sig_go" />'
    '<bpmn:error id="e_bad" errorCode="bad" />'
    '<bpmn:escalation id="x_late" escalationCode="late" />'
    '<bpmn:signalEventDefinition id="d_go" signalRef="s_go" />'
    '<bpmn:timerEventDefinition id="d_day"><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>'
    '<bpmn:terminateEventDefinition id="d_stop" />'
)

PIECES: dict[str, str] = {
    "flows": (
        el("startEvent", "s") + user("a", default="f_a_m") + el("task", "t") + el("manualTask", "m") + el("task", "x")
        + el("exclusiveGateway", "g") + el("endEvent", "e1") + el("endEvent", "e2") + el("endEvent", "e3")
        + chain("s", "a") + flow("a", "t", "=kind = 1") + flow("a", "m") + flow("a", "x")
        + flow("t", "g") + flow("t", "g", name="twin") + chain("g", "e1") + chain("m", "e2") + chain("x", "e3")
    ),
    "gateways": (
        el("startEvent", "s") + el("inclusiveGateway", "inc", default="f_inc_b") + user("a") + user("b")
        + el("inclusiveGateway", "joined") + el("parallelGateway", "fork") + user("c") + user("d") + user("f")
        + el("complexGateway", "cx", "<bpmn:activationCondition>=activationCount &gt;= 2</bpmn:activationCondition>")
        + el("endEvent", "e") + el("endEvent", "rest")
        + chain("s", "inc") + flow("inc", "a", "=kind = 1") + flow("inc", "b") + chain("a", "joined") + chain("b", "joined")
        + chain("joined", "fork", "c", "cx") + chain("fork", "d", "cx") + chain("fork", "f", "cx")
        + flow("cx", "e", "=waitingForStart") + flow("cx", "rest", "=not(waitingForStart)")
    ),
    "event gateway": (
        el("startEvent", "s") + el("eventBasedGateway", "g") + el("receiveTask", "got", messageRef="m_news")
        + el("intermediateCatchEvent", "go", GO) + el("intermediateCatchEvent", "true", TRUE)
        + el("intermediateCatchEvent", "day", DAY) + el("endEvent", "e1") + el("endEvent", "e2") + el("endEvent", "e3")
        + el("endEvent", "e4") + chain("s", "g", "got", "e1") + chain("g", "go", "e2") + chain("g", "true", "e3")
        + chain("g", "day", "e4")
    ),
    "loops": (
        el("startEvent", "s")
        + user("a", '<bpmn:standardLoopCharacteristics testBefore="true"><bpmn:loopCondition>=again</bpmn:loopCondition></bpmn:standardLoopCharacteristics>')
        + el("scriptTask", "n", SCRIPT + '<bpmn:standardLoopCharacteristics loopMaximum="3" />')
        + user("b", f'<bpmn:multiInstanceLoopCharacteristics isSequential="true">{LIST}{WAIT}</bpmn:multiInstanceLoopCharacteristics>')
        + el("scriptTask", "c", SCRIPT + '<bpmn:multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="d_go"><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>')
        + el("boundaryEvent", "bg", GO, attachedToRef="c", cancelActivity="false")
        + job("d", f'<bpmn:multiInstanceLoopCharacteristics behavior="Complex"><bpmn:loopDataInputRef>list</bpmn:loopDataInputRef><bpmn:inputDataItem id="one" /><bpmn:complexBehaviorDefinition id="c1"><bpmn:condition>=one = 1</bpmn:condition><bpmn:event id="c1_event">{LATE}</bpmn:event></bpmn:complexBehaviorDefinition></bpmn:multiInstanceLoopCharacteristics>')
        + el("endEvent", "e") + el("endEvent", "eg") + el("dataObject", "list")
        + chain("s", "a", "n", "b", "c", "d", "e") + chain("bg", "eg")
    ),
    "ad hoc": (
        el("startEvent", "s")
        + el(
            "adHocSubProcess", "ah",
            ext('<zeebe:adHoc activeElementsCollection="=wanted" />')
            + user("a") + user("b") + job("c") + chain("b", "c")
            + "<bpmn:completionCondition>=enough</bpmn:completionCondition>",
            ordering="Sequential", cancelRemainingInstances="false",
        )
        + el("endEvent", "e") + chain("s", "ah", "e")
    ),
    "event sub-processes": (
        el("startEvent", "s") + user("a") + el("endEvent", "e") + chain("s", "a", "e")
        + el("subProcess", "on_news", el("startEvent", "n1", NEWS) + user("n2") + el("endEvent", "n3") + chain("n1", "n2", "n3"), triggeredByEvent="true")
        + el("subProcess", "on_time", el("startEvent", "t1", CYCLE, isInterrupting="false") + job("t2") + el("endEvent", "t3") + chain("t1", "t2", "t3"), triggeredByEvent="true")
        + el("subProcess", "on_bad", el("startEvent", "b1", BAD) + el("endEvent", "b2") + chain("b1", "b2"), triggeredByEvent="true")
        + el("subProcess", "on_any", el("startEvent", "y1", event("error")) + el("endEvent", "y2") + chain("y1", "y2"), triggeredByEvent="true")
        + el("subProcess", "on_late", el("startEvent", "l1", LATE, isInterrupting="false") + el("endEvent", "l2") + chain("l1", "l2"), triggeredByEvent="true")
    ),
    "events": (
        el("startEvent", "s") + el("intermediateThrowEvent", "milestone") + el("intermediateThrowEvent", "shout", GO)
        + el("intermediateThrowEvent", "tell", NEWS) + el("intermediateThrowEvent", "jump", event("link", name="next"))
        + chain("s", "milestone", "shout", "tell", "jump")
        + el("intermediateCatchEvent", "land", event("link", name="next"))
        + el("intermediateCatchEvent", "go", GO) + el("intermediateCatchEvent", "true", TRUE)
        + el("receiveTask", "got", messageRef="m_news") + el("sendTask", "sent", messageRef="m_news")
        + el("intermediateCatchEvent", "both", f"{NEWS}{GO}<bpmn:eventDefinitionRef>d_day</bpmn:eventDefinitionRef>", parallelMultiple="true")
        + el("subProcess", "sub", el("startEvent", "i1") + user("i2") + el("endEvent", "i3", LATE) + chain("i1", "i2", "i3"))
        + el("boundaryEvent", "by_go", GO, attachedToRef="sub", cancelActivity="false")
        + el("boundaryEvent", "by_true", TRUE, attachedToRef="sub")
        + el("boundaryEvent", "by_late", LATE, attachedToRef="sub", cancelActivity="false")
        + el("boundaryEvent", "by_many", BAD + DAY, attachedToRef="sub")
        + el("endEvent", "e", f"{LATE}<bpmn:eventDefinitionRef>d_stop</bpmn:eventDefinitionRef>")
        + el("endEvent", "e1", GO) + el("endEvent", "e2") + el("endEvent", "e3", LATE) + el("endEvent", "e4", BAD)
        + chain("land", "go", "true", "got", "sent", "both", "sub", "e") + chain("by_go", "e1") + chain("by_true", "e2")
        + chain("by_late", "e3") + chain("by_many", "e4")
    ),
    "compensation": (
        el("startEvent", "s")
        + el(
            "transaction", "tx",
            el("startEvent", "i1") + job("book") + user("decide", default="f_decide_ok") + el("endEvent", "ok")
            + el("endEvent", "no", event("cancel"))
            + el("boundaryEvent", "undo", UNDO, attachedToRef="book") + job("unbook", isForCompensation="true")
            + '<bpmn:association id="line" sourceRef="undo" targetRef="unbook" associationDirection="One" />'
            + chain("i1", "book", "decide", "ok") + flow("decide", "no", "=refused"),
        )
        + el("boundaryEvent", "cancelled", event("cancel"), attachedToRef="tx")
        + el(
            "subProcess", "sub",
            el("startEvent", "j1") + user("j2") + el("endEvent", "j3") + chain("j1", "j2", "j3")
            + el("subProcess", "on_undo", el("startEvent", "u1", UNDO) + job("u2") + el("endEvent", "u3", UNDO) + chain("u1", "u2", "u3"), triggeredByEvent="true"),
        )
        + el("intermediateThrowEvent", "back", event("compensate", activityRef="sub", waitForCompletion="false"))
        + el("endEvent", "e", UNDO) + el("endEvent", "e1") + chain("s", "tx", "sub", "back", "e") + chain("cancelled", "e1")
    ),
    "instantiate": (
        el("receiveTask", "r", messageRef="m_paid", instantiate="true") + el("endEvent", "e") + chain("r", "e")
        + el("eventBasedGateway", "g", instantiate="true", eventGatewayType="Parallel")
        + el("intermediateCatchEvent", "c1", NEWS) + el("receiveTask", "c2", messageRef="m_more")
        + el("endEvent", "e1") + el("endEvent", "e2") + chain("g", "c1", "e1") + chain("g", "c2", "e2")
        + el("startEvent", "go", GO) + el("endEvent", "e3") + chain("go", "e3")
    ),
    "calls": (
        el("startEvent", "s") + el("callActivity", "asked", calledElement="g_ask") + el("boundaryEvent", "late", DAY, attachedToRef="asked")
        + el("callActivity", "counted", calledElement="g_count") + el("callActivity", "other", calledElement="p07_delivery")
        + el("endEvent", "e") + el("endEvent", "e1") + chain("s", "asked", "counted", "other", "e") + chain("late", "e1")
    ),
    "data": (
        el("startEvent", "s")
        + el(
            "scriptTask", "a",
            SCRIPT + '<bpmn:property id="scratch" name="草稿" /><bpmn:ioSpecification id="io"><bpmn:dataInput id="into" name="amount" /><bpmn:inputSet id="is"><bpmn:dataInputRefs>into</bpmn:dataInputRefs></bpmn:inputSet><bpmn:outputSet id="os" /></bpmn:ioSpecification>'
            '<bpmn:dataInputAssociation id="da"><bpmn:sourceRef>order</bpmn:sourceRef><bpmn:targetRef>into</bpmn:targetRef><bpmn:transformation>=order.amount</bpmn:transformation></bpmn:dataInputAssociation>'
            '<bpmn:dataOutputAssociation id="db"><bpmn:targetRef>order_ref</bpmn:targetRef><bpmn:assignment id="as"><bpmn:from>=one</bpmn:from><bpmn:to>total</bpmn:to></bpmn:assignment></bpmn:dataOutputAssociation>',
        )
        + el("endEvent", "e") + chain("s", "a", "e")
        + el("dataObject", "order") + el("dataObjectReference", "order_ref", dataObjectRef="order") + el("dataStoreReference", "store")
    ),
}  # fmt: skip

#: Further elements at the root of a piece's file.
EXTRA_ROOTS = {
    "instantiate": f'<bpmn:message id="m_more" name="msg_more">{ext(chr(60) + "zeebe:subscription correlationKey=" + chr(34) + "=order_id" + chr(34) + " />")}</bpmn:message>',
    "calls": f'<bpmn:globalUserTask id="g_ask" name="询问">{USER}</bpmn:globalUserTask>'
    f'<bpmn:globalScriptTask id="g_count" name="计算">{SCRIPT}</bpmn:globalScriptTask>',
}


def whole(piece: str) -> str:
    """A piece as a file."""
    return (
        f'{HEAD}<bpmn:process id="{PROCESS}" name="示例流程" isExecutable="true">{DOC}\n{PIECES[piece]}</bpmn:process>\n'
        f"{ROOTS}{EXTRA_ROOTS.get(piece, '')}</bpmn:definitions>"
    )
