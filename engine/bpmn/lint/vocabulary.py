"""The words a file may use: BPMN elements with their attributes and places, and the zeebe: extensions by owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.bpmn.xml import XML, XSI

_BIOC: Final = "http://bpmn.io/schema/bpmn/biocolor/1.0"
_COLOR: Final = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
_MODELER: Final = "http://camunda.org/schema/modeler/1.0"
#: Namespaces of editors: kept byte for byte, without any meaning here.
EDITORS: Final = frozenset({_BIOC, _COLOR, _MODELER})
PICTURE_ATTRIBUTES: Final = EDITORS | {XSI, XML}


@dataclass(frozen=True, slots=True)
class Word:
    """An element's own attributes (``id`` and ``name`` go without saying) and the BPMN elements within it."""

    attributes: frozenset[str]
    children: frozenset[str]


def _word(attributes: str = "", children: str = "") -> Word:
    return Word(
        frozenset(attributes.split()) | {"id", "name"},
        frozenset(children.split()) | {"documentation", "extensionElements"},
    )


#: What any flow element may have besides: said for readers and monitors.
_ELEMENT: Final = "auditing monitoring categoryValueRef"
_NODE: Final = f"incoming outgoing {_ELEMENT}"
_EXPRESSION: Final = "language evaluatesToTypeRef"
_EVENTS: Final = (
    "messageEventDefinition timerEventDefinition errorEventDefinition terminateEventDefinition signalEventDefinition "
    "escalationEventDefinition conditionalEventDefinition linkEventDefinition compensateEventDefinition "
    "cancelEventDefinition"
)
_CATCH: Final = f"{_NODE} {_EVENTS} eventDefinitionRef property dataOutput dataOutputAssociation outputSet"
_THROW: Final = f"{_NODE} {_EVENTS} eventDefinitionRef property dataInput dataInputAssociation inputSet"
_ACTIVITY: Final = (
    f"{_NODE} dataInputAssociation dataOutputAssociation property ioSpecification multiInstanceLoopCharacteristics "
    "standardLoopCharacteristics"
)
_ACTIVITY_ATTRIBUTES: Final = "default startQuantity completionQuantity isForCompensation"
_FLOW_ELEMENTS: Final = (
    "sequenceFlow startEvent endEvent intermediateCatchEvent boundaryEvent userTask serviceTask sendTask scriptTask "
    "businessRuleTask callActivity subProcess exclusiveGateway parallelGateway eventBasedGateway "
    "task manualTask receiveTask inclusiveGateway complexGateway intermediateThrowEvent implicitThrowEvent "
    "transaction adHocSubProcess subChoreography choreographyTask callChoreography "
    "dataObject dataObjectReference dataStoreReference textAnnotation association group laneSet"
)
_CALLABLE: Final = "ioSpecification supportedInterfaceRef"
_SUB_PROCESS: Final = f"{_ACTIVITY} {_FLOW_ELEMENTS}"
_ROOTS: Final = (
    "process collaboration message error signal escalation itemDefinition category dataStore import extension "
    "interface resource partnerEntity partnerRole endPoint relationship "
    f"globalTask globalManualTask globalUserTask globalScriptTask globalBusinessRuleTask {_EVENTS}"
)

#: BPMN elements that may stand in a file. What is refused by a name of its own is here too, to be named there.
WORDS: Final[Mapping[str, Word]] = {
    "definitions": _word("targetNamespace exporter exporterVersion expressionLanguage typeLanguage", _ROOTS),
    "process": _word(
        "isExecutable processType isClosed definitionalCollaborationRef",
        f"{_FLOW_ELEMENTS} property ioSpecification auditing monitoring supports supportedInterfaceRef",
    ),
    "collaboration": _word("isClosed", "participant messageFlow textAnnotation association group"),
    "participant": _word("processRef", "interfaceRef endPointRef participantMultiplicity"),
    "participantMultiplicity": _word("minimum maximum"),
    "messageFlow": _word("sourceRef targetRef messageRef"),
    "laneSet": _word("", "lane"),
    "lane": _word("partitionElementRef", "flowNodeRef childLaneSet partitionElement"),
    "partitionElement": _word(),
    "flowNodeRef": _word(),
    "childLaneSet": _word("", "lane"),
    "documentation": Word(frozenset({"id", "textFormat"}), frozenset()),
    "extensionElements": Word(frozenset({"id"}), frozenset()),
    "incoming": _word(),
    "outgoing": _word(),
    "sequenceFlow": _word("sourceRef targetRef isImmediate", f"conditionExpression {_ELEMENT}"),
    "conditionExpression": _word(_EXPRESSION),
    # events
    "startEvent": _word("isInterrupting parallelMultiple", _CATCH),
    "endEvent": _word("", _THROW),
    "intermediateThrowEvent": _word("", _THROW),
    "intermediateCatchEvent": _word("parallelMultiple", _CATCH),
    "boundaryEvent": _word("attachedToRef cancelActivity parallelMultiple", _CATCH),
    "messageEventDefinition": _word("messageRef"),
    "signalEventDefinition": _word("signalRef"),
    "escalationEventDefinition": _word("escalationRef"),
    "errorEventDefinition": _word("errorRef"),
    "timerEventDefinition": _word("", "timeDuration timeDate timeCycle"),
    "conditionalEventDefinition": _word("", "condition"),
    "compensateEventDefinition": _word("activityRef waitForCompletion"),
    "linkEventDefinition": _word("", "source target"),
    "source": _word(),
    "target": _word(),
    "cancelEventDefinition": _word(),
    "terminateEventDefinition": _word(),
    "eventDefinitionRef": _word(),
    "timeDuration": _word(_EXPRESSION),
    "timeDate": _word(_EXPRESSION),
    "timeCycle": _word(_EXPRESSION),
    "condition": _word(_EXPRESSION),
    # activities
    "task": _word(_ACTIVITY_ATTRIBUTES, _ACTIVITY),
    "manualTask": _word(_ACTIVITY_ATTRIBUTES, _ACTIVITY),
    "userTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation", _ACTIVITY),
    "serviceTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation operationRef", _ACTIVITY),
    "sendTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation operationRef messageRef", _ACTIVITY),
    "receiveTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation operationRef messageRef instantiate", _ACTIVITY),
    "scriptTask": _word(f"{_ACTIVITY_ATTRIBUTES} scriptFormat", f"{_ACTIVITY} script"),
    "businessRuleTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation", _ACTIVITY),
    "callActivity": _word(f"{_ACTIVITY_ATTRIBUTES} calledElement", _ACTIVITY),
    "subProcess": _word(f"{_ACTIVITY_ATTRIBUTES} triggeredByEvent", _SUB_PROCESS),
    "transaction": _word(f"{_ACTIVITY_ATTRIBUTES} triggeredByEvent method", _SUB_PROCESS),
    "adHocSubProcess": _word(
        f"{_ACTIVITY_ATTRIBUTES} triggeredByEvent ordering cancelRemainingInstances",
        f"{_SUB_PROCESS} completionCondition",
    ),
    "globalTask": _word("", _CALLABLE),
    "globalManualTask": _word("", _CALLABLE),
    "globalUserTask": _word("implementation", _CALLABLE),
    "globalScriptTask": _word("scriptLanguage", f"{_CALLABLE} script"),
    "globalBusinessRuleTask": _word("implementation", _CALLABLE),
    "standardLoopCharacteristics": _word("testBefore loopMaximum", "loopCondition"),
    "multiInstanceLoopCharacteristics": _word(
        "isSequential behavior oneBehaviorEventRef noneBehaviorEventRef",
        "loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem complexBehaviorDefinition "
        "completionCondition",
    ),
    "loopCondition": _word(_EXPRESSION),
    "loopCardinality": _word(_EXPRESSION),
    "loopDataInputRef": _word(),
    "loopDataOutputRef": _word(),
    "inputDataItem": _word("itemSubjectRef isCollection", "dataState"),
    "outputDataItem": _word("itemSubjectRef isCollection", "dataState"),
    "complexBehaviorDefinition": _word("", "condition event"),
    "event": _word("", _EVENTS),
    "completionCondition": _word(_EXPRESSION),
    # gateways
    "exclusiveGateway": _word("default gatewayDirection", _NODE),
    "inclusiveGateway": _word("default gatewayDirection", _NODE),
    "complexGateway": _word("default gatewayDirection", f"{_NODE} activationCondition"),
    "parallelGateway": _word("gatewayDirection", _NODE),
    "eventBasedGateway": _word("gatewayDirection instantiate eventGatewayType", _NODE),
    "activationCondition": _word(_EXPRESSION),
    # what is referred to
    "message": _word("itemRef"),
    "error": _word("errorCode structureRef"),
    "signal": _word("structureRef"),
    "escalation": _word("escalationCode structureRef"),
    "itemDefinition": _word("isCollection itemKind structureRef"),
    "category": _word("", "categoryValue"),
    "categoryValue": _word("value"),
    # what is said of the world around, without any effect here
    "import": Word(frozenset({"importType", "location", "namespace"}), frozenset()),
    "extension": Word(frozenset({"mustUnderstand", "definition"}), frozenset({"documentation"})),
    "interface": _word("implementationRef", "operation"),
    "operation": _word("implementationRef", "inMessageRef outMessageRef errorRef"),
    "inMessageRef": _word(),
    "outMessageRef": _word(),
    "errorRef": _word(),
    "resource": _word("", "resourceParameter"),
    "resourceParameter": _word("type isRequired"),
    "partnerEntity": _word("", "participantRef"),
    "partnerRole": _word("", "participantRef"),
    "participantRef": _word(),
    "endPoint": _word(),
    "relationship": _word("type direction", "source target"),
    "supports": _word(),
    "supportedInterfaceRef": _word(),
    "interfaceRef": _word(),
    "endPointRef": _word(),
    "auditing": _word(),
    "monitoring": _word(),
    "categoryValueRef": _word(),
    # data
    "dataStore": _word("capacity isUnlimited itemSubjectRef", "dataState"),
    "dataObject": _word("isCollection itemSubjectRef", f"dataState {_ELEMENT}"),
    "dataObjectReference": _word("dataObjectRef itemSubjectRef", f"dataState {_ELEMENT}"),
    "dataStoreReference": _word("dataStoreRef itemSubjectRef", f"dataState {_ELEMENT}"),
    "dataState": _word(),
    "property": _word("itemSubjectRef", "dataState"),
    "ioSpecification": _word("", "dataInput dataOutput inputSet outputSet"),
    "dataInput": _word("itemSubjectRef isCollection", "dataState"),
    "dataOutput": _word("itemSubjectRef isCollection", "dataState"),
    "inputSet": _word("", "dataInputRefs optionalInputRefs whileExecutingInputRefs outputSetRefs"),
    "outputSet": _word("", "dataOutputRefs optionalOutputRefs whileExecutingOutputRefs inputSetRefs"),
    "dataInputRefs": _word(),
    "optionalInputRefs": _word(),
    "whileExecutingInputRefs": _word(),
    "outputSetRefs": _word(),
    "dataOutputRefs": _word(),
    "optionalOutputRefs": _word(),
    "whileExecutingOutputRefs": _word(),
    "inputSetRefs": _word(),
    "dataInputAssociation": _word("", "sourceRef targetRef transformation assignment"),
    "dataOutputAssociation": _word("", "sourceRef targetRef transformation assignment"),
    "sourceRef": _word(),
    "targetRef": _word(),
    "transformation": _word(_EXPRESSION),
    "assignment": _word("", "from to"),
    "from": _word(_EXPRESSION),
    "to": _word(_EXPRESSION),
    # notes
    "textAnnotation": _word("textFormat", "text"),
    "text": _word(),
    "association": _word("sourceRef targetRef associationDirection"),
    "group": _word("categoryValueRef"),
}

#: Elements whose inside is not looked at, because they themselves are refused by a name of their own.
CLOSED: Final = frozenset({"implicitThrowEvent", "subChoreography", "choreographyTask", "callChoreography", "script"})

#: Elements of which another has one at most.
SINGLE: Final = frozenset(
    {
        "conditionExpression", "condition", "completionCondition", "activationCondition", "loopCondition",
        "loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem", "event",
        "transformation", "ioSpecification", "from", "to",
    }
)  # fmt: skip

_TASK: Final = "taskDefinition taskHeaders ioMapping properties"
#: Owner of the extensionElements → zeebe: extensions that have a meaning there.
EXTENSIONS: Final[Mapping[str, frozenset[str]]] = {
    owner: frozenset(names.split())
    for owner, names in {
        "process": "properties versionTag",
        "userTask": (
            "userTask formDefinition assignmentDefinition taskSchedule priorityDefinition ioMapping properties"
        ),
        "serviceTask": _TASK,
        "sendTask": _TASK,
        "scriptTask": "script ioMapping properties",
        "businessRuleTask": "calledDecision ioMapping properties",
        "callActivity": "calledElement ioMapping properties",
        "task": "ioMapping properties",
        "manualTask": "ioMapping properties",
        "receiveTask": "ioMapping properties",
        "subProcess": "ioMapping properties",
        "transaction": "ioMapping properties",
        "adHocSubProcess": "adHoc ioMapping properties",
        "multiInstanceLoopCharacteristics": "loopCharacteristics",
        "globalTask": "ioMapping properties",
        "globalManualTask": "ioMapping properties",
        "globalUserTask": (
            "userTask formDefinition assignmentDefinition taskSchedule priorityDefinition ioMapping properties"
        ),
        "globalScriptTask": "script ioMapping properties",
        "globalBusinessRuleTask": "calledDecision ioMapping properties",
        "startEvent": "formDefinition ioMapping properties",
        "endEvent": _TASK,
        "intermediateThrowEvent": _TASK,
        "intermediateCatchEvent": "ioMapping properties",
        "boundaryEvent": "ioMapping properties",
        "exclusiveGateway": "properties",
        "inclusiveGateway": "properties",
        "complexGateway": "properties",
        "parallelGateway": "properties",
        "eventBasedGateway": "properties",
        "message": "subscription",
    }.items()
}

#: zeebe: extension → its attributes and the zeebe: elements within it.
ZEEBE_WORDS: Final[Mapping[str, Word]] = {
    name: Word(frozenset(attributes.split()), frozenset(children.split()))
    for name, (attributes, children) in {
        "userTask": ("", ""),
        "formDefinition": ("formId bindingType", ""),
        "assignmentDefinition": ("assignee candidateGroups", ""),
        "taskSchedule": ("dueDate followUpDate", ""),
        "priorityDefinition": ("priority", ""),
        "taskDefinition": ("type retries", ""),
        "taskHeaders": ("", "header"),
        "header": ("key value id", ""),
        "ioMapping": ("", "input output"),
        "input": ("source target", ""),
        "output": ("source target", ""),
        "properties": ("", "property"),
        "property": ("name value id", ""),
        "script": ("expression resultVariable", ""),
        "calledDecision": ("decisionId resultVariable bindingType", ""),
        "calledElement": ("processId propagateAllChildVariables propagateAllParentVariables bindingType", ""),
        "subscription": ("correlationKey", ""),
        "loopCharacteristics": ("inputCollection inputElement outputCollection outputElement", ""),
        "adHoc": ("activeElementsCollection", ""),
        "versionTag": ("value", ""),
    }.items()
}

#: Attributes of templates of the modeler: pictures and provenance, without any meaning here.
ZEEBE_PICTURES: Final = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})
