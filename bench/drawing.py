"""W1, W2 and W3 as diagrams, in Python for bare SpiffWorkflow, in FEEL for us, in JavaScript for bpmn-engine: the same
elements."""

from __future__ import annotations

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="bench">'
    '<process id="w1" name="W1" isExecutable="true">'
)
_FLOWS = (
    '<sequenceFlow id="f1" sourceRef="start" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="which"/>'
    '<sequenceFlow id="to_b" sourceRef="which" targetRef="b"><conditionExpression>{condition}</conditionExpression>'
    '</sequenceFlow><sequenceFlow id="to_c" sourceRef="which" targetRef="c"/>'
    '<sequenceFlow id="f5" sourceRef="b" targetRef="join"/><sequenceFlow id="f6" sourceRef="c" targetRef="join"/>'
    '<sequenceFlow id="f7" sourceRef="join" targetRef="count"/>'
    '<sequenceFlow id="f8" sourceRef="count" targetRef="end"/>'
)
_SHAPE = (
    '<startEvent id="start"/>{a}<exclusiveGateway id="which" default="to_c"/>{b}{c}<exclusiveGateway id="join"/>'
    '{script}<endEvent id="end"/>'
)
_TAIL = "</process></definitions>"


_LOOP = (
    '<startEvent id="start"/><exclusiveGateway id="merge"/>{a}<exclusiveGateway id="which" default="out"/>'
    '<endEvent id="end"/><sequenceFlow id="f1" sourceRef="start" targetRef="merge"/>'
    '<sequenceFlow id="f2" sourceRef="merge" targetRef="a"/><sequenceFlow id="f3" sourceRef="a" targetRef="which"/>'
    '<sequenceFlow id="back" sourceRef="which" targetRef="merge"><conditionExpression>{condition}'
    '</conditionExpression></sequenceFlow><sequenceFlow id="out" sourceRef="which" targetRef="end"/>'
)


def _task(name: str, form: str) -> str:
    return (
        f'<userTask id="{name}" name="{name}"><extensionElements><zeebe:userTask/>'
        f'<zeebe:formDefinition formId="{form}"/>'
        '<zeebe:assignmentDefinition candidateGroups="aftersales"/></extensionElements></userTask>'
    )


_TIMER = (
    '<startEvent id="start"/><intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>{duration}'
    '</timeDuration></timerEventDefinition></intermediateCatchEvent>{script}<endEvent id="end"/>'
    '<sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>'
    '<sequenceFlow id="f2" sourceRef="wait" targetRef="count"/>'
    '<sequenceFlow id="f3" sourceRef="count" targetRef="end"/>'
)
_SCRIPT = (
    '<scriptTask id="count"><extensionElements><zeebe:script expression="=1 + 1" resultVariable="done"/>'
    "</extensionElements></scriptTask>"
)
_JAVASCRIPT = '<scriptTask id="count" scriptFormat="javascript"><script>next(null, 1 + 1)</script></scriptTask>'


def python_w3() -> bytes:
    """A timer that is due as soon as it is looked at, for bare SpiffWorkflow, which knows no other clock."""
    script = '<scriptTask id="count"><script>done = 1 + 1</script></scriptTask>'
    timer = _TIMER.format(duration='"PT0.001S"', script=script)
    return f"{_HEAD}{timer}{_TAIL}".replace("w1", "w3").encode()


def feel_w3() -> bytes:
    """A timer of an hour, for us."""
    return f"{_HEAD}{_TIMER.format(duration='PT1H', script=_SCRIPT)}{_TAIL}".replace("w1", "w3").encode()


def javascript_w3() -> bytes:
    """A timer of a second, for bpmn-engine: long enough to be saved before it comes due."""
    return f"{_HEAD}{_TIMER.format(duration='PT1S', script=_JAVASCRIPT)}{_TAIL}".replace("w1", "w3").encode()


def python_w1() -> bytes:
    """For bare SpiffWorkflow: conditions and scripts in Python."""
    tasks = {name: f'<userTask id="{name}"/>' for name in "abc"}
    script = '<scriptTask id="count"><script>done = 1 + 1</script></scriptTask>'
    return f"{_HEAD}{_SHAPE.format(**tasks, script=script)}{_FLOWS.format(condition='ok')}{_TAIL}".encode()


def javascript_w1() -> bytes:
    """For bpmn-engine: an expression of its own at the gateway, a script in JavaScript."""
    tasks = {name: f'<userTask id="{name}"/>' for name in "abc"}
    flows = _FLOWS.format(condition="${environment.variables.ok}")
    return f"{_HEAD}{_SHAPE.format(**tasks, script=_JAVASCRIPT)}{flows}{_TAIL}".encode()


def feel_w1() -> bytes:
    """For us: FEEL, a form and a group at each user task."""
    tasks = {name: _task(name, f"w1.{name}") for name in "abc"}
    return f"{_HEAD}{_SHAPE.format(**tasks, script=_SCRIPT)}{_FLOWS.format(condition='=ok')}{_TAIL}".encode()


def python_w2() -> bytes:
    """The loop for bare SpiffWorkflow."""
    loop = _LOOP.format(a='<userTask id="a"/>', condition="again")
    return f"{_HEAD}{loop}{_TAIL}".replace("w1", "w2").encode()


def feel_w2() -> bytes:
    """The loop for us."""
    loop = _LOOP.format(a=_task("a", "w2.a"), condition="=again")
    return f"{_HEAD}{loop}{_TAIL}".replace("w1", "w2").encode()
