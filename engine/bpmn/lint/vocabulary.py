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


_NODE: Final = "incoming outgoing"
_DATA: Final = "dataInputAssociation dataOutputAssociation property"
_ACTIVITY: Final = f"{_NODE} {_DATA} multiInstanceLoopCharacteristics standardLoopCharacteristics ioSpecification"
_ACTIVITY_ATTRIBUTES: Final = "default startQuantity completionQuantity isForCompensation"
_EVENTS: Final = (
    "messageEventDefinition timerEventDefinition errorEventDefinition terminateEventDefinition signalEventDefinition "
    "escalationEventDefinition conditionalEventDefinition linkEventDefinition compensateEventDefinition "
    "cancelEventDefinition"
)
_FLOW_ELEMENTS: Final = (
    "sequenceFlow startEvent endEvent intermediateCatchEvent boundaryEvent userTask serviceTask sendTask scriptTask "
    "businessRuleTask callActivity subProcess exclusiveGateway parallelGateway eventBasedGateway "
    "task manualTask receiveTask inclusiveGateway complexGateway intermediateThrowEvent implicitThrowEvent "
    "transaction adHocSubProcess subChoreography choreographyTask callChoreography "
    "dataObject dataObjectReference dataStoreReference textAnnotation association group laneSet"
)
_ROOTS: Final = "process collaboration message error signal escalation itemDefinition category dataStore"

#: BPMN elements that may stand in a file. What is refused by a name of its own is here too, to be named there.
WORDS: Final[Mapping[str, Word]] = {
    "definitions": _word("targetNamespace exporter exporterVersion expressionLanguage typeLanguage", _ROOTS),
    "process": _word("isExecutable processType isClosed", _FLOW_ELEMENTS),
    "collaboration": _word("isClosed", "participant messageFlow textAnnotation association group"),
    "participant": _word("processRef"),
    "messageFlow": _word("sourceRef targetRef messageRef"),
    "laneSet": _word("", "lane"),
    "lane": _word("", "flowNodeRef childLaneSet"),
    "flowNodeRef": _word(),
    "childLaneSet": _word("", "lane"),
    "documentation": Word(frozenset({"id", "textFormat"}), frozenset()),
    "extensionElements": Word(frozenset({"id"}), frozenset()),
    "incoming": _word(),
    "outgoing": _word(),
    "sequenceFlow": _word("sourceRef targetRef isImmediate", "conditionExpression"),
    "conditionExpression": _word("language"),
    "startEvent": _word("isInterrupting parallelMultiple", f"outgoing incoming {_EVENTS}"),
    "endEvent": _word("", f"{_NODE} {_EVENTS} dataInputAssociation"),
    "intermediateCatchEvent": _word("parallelMultiple", f"{_NODE} {_EVENTS} dataOutputAssociation"),
    "boundaryEvent": _word("attachedToRef cancelActivity parallelMultiple", f"{_NODE} {_EVENTS} dataOutputAssociation"),
    "userTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation", _ACTIVITY),
    "serviceTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation operationRef", _ACTIVITY),
    "sendTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation operationRef messageRef", _ACTIVITY),
    "scriptTask": _word(f"{_ACTIVITY_ATTRIBUTES} scriptFormat", f"{_ACTIVITY} script"),
    "businessRuleTask": _word(f"{_ACTIVITY_ATTRIBUTES} implementation", _ACTIVITY),
    "callActivity": _word(f"{_ACTIVITY_ATTRIBUTES} calledElement", _ACTIVITY),
    "subProcess": _word(f"{_ACTIVITY_ATTRIBUTES} triggeredByEvent", f"{_ACTIVITY} {_FLOW_ELEMENTS}"),
    "exclusiveGateway": _word("default gatewayDirection", _NODE),
    "parallelGateway": _word("gatewayDirection", _NODE),
    "eventBasedGateway": _word("gatewayDirection instantiate eventGatewayType", _NODE),
    "messageEventDefinition": _word("messageRef"),
    "timerEventDefinition": _word("", "timeDuration timeDate timeCycle"),
    "errorEventDefinition": _word("errorRef"),
    "terminateEventDefinition": _word(),
    "timeDuration": _word("language"),
    "timeDate": _word("language"),
    "timeCycle": _word("language"),
    "message": _word("itemRef"),
    "error": _word("errorCode structureRef"),
    "signal": _word("structureRef"),
    "escalation": _word("escalationCode structureRef"),
    "itemDefinition": _word("isCollection itemKind structureRef"),
    "category": _word("", "categoryValue"),
    "categoryValue": _word("value"),
    "dataStore": _word("capacity isUnlimited itemSubjectRef", "dataState"),
    "dataObject": _word("isCollection itemSubjectRef", "dataState"),
    "dataObjectReference": _word("dataObjectRef itemSubjectRef", "dataState"),
    "dataStoreReference": _word("dataStoreRef itemSubjectRef", "dataState"),
    "dataState": _word(),
    "property": _word("itemSubjectRef"),
    "dataInputAssociation": _word("", "sourceRef targetRef transformation assignment"),
    "dataOutputAssociation": _word("", "sourceRef targetRef transformation assignment"),
    "sourceRef": _word(),
    "targetRef": _word(),
    "textAnnotation": _word("textFormat", "text"),
    "text": _word(),
    "association": _word("sourceRef targetRef associationDirection"),
    "group": _word("categoryValueRef"),
}

#: Elements whose inside is not looked at, because they themselves are refused by a name of their own.
CLOSED: Final = frozenset(
    {
        "task", "manualTask", "receiveTask", "inclusiveGateway", "complexGateway", "intermediateThrowEvent",
        "implicitThrowEvent", "transaction", "adHocSubProcess", "subChoreography", "choreographyTask",
        "callChoreography", "signalEventDefinition", "escalationEventDefinition", "conditionalEventDefinition",
        "linkEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
        "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "ioSpecification", "script",
        "transformation", "assignment",
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
        "subProcess": "ioMapping properties",
        "startEvent": "formDefinition ioMapping properties",
        "endEvent": _TASK,
        "intermediateCatchEvent": "ioMapping properties",
        "boundaryEvent": "ioMapping properties",
        "exclusiveGateway": "properties",
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
        "versionTag": ("value", ""),
    }.items()
}

#: Attributes of templates of the modeler: pictures and provenance, without any meaning here.
ZEEBE_PICTURES: Final = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})
