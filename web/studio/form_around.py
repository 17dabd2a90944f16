"""What stands around a form: names that are in use elsewhere, the steps that use it, and what scenarios put into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from engine import formcheck, studio
from engine.bpmn.xml import BPMN, ZEEBE, XmlRefused, read_xml
from engine.formcheck import Field, Schema
from engine.formcheck.schema import FILE_TYPE, LIST_OF_ROWS, components_of
from engine.labels import DERIVED
from engine.model import Finding, Severity, Value, Variables
from engine.scenarios import Scenario, ScenarioRefused, read_scenarios
from engine.scenarios.scenario import Occurrence, Visits

#: A form with such errors can be drawn all the same: while somebody types, a formula is always unfinished.
DRAWABLE: Final = frozenset(
    {"form.feel", "form.id", "form.label", "form.options", "form.attribute", "form.component", "form.property"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A step of a process that asks with the form."""

    process_id: str
    process_name: str
    element_id: str
    element_name: str
    #: The process begins with it.
    starts: bool


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A form's file as far as it can be used."""

    #: None: it cannot be drawn.
    schema: Schema | None
    #: What is in the way.
    problem: Finding | None


def forms_in(files: Mapping[str, bytes]) -> dict[str, Schema]:
    """Schemas by form id; files that cannot be drawn are left out: the lint says why."""
    read = {name.removesuffix(".form"): read_form(content) for name, content in files.items() if name.endswith(".form")}
    return {form_id: found.schema for form_id, found in read.items() if found.schema is not None}


@lru_cache(maxsize=8192)
def read_form(content: bytes) -> ReadForm:
    """A form's file, and why it cannot be drawn."""
    findings = formcheck.check_schema(content, "x.form")
    for finding in findings:
        if finding.severity is Severity.ERROR and finding.rule not in DRAWABLE:
            return ReadForm(None, finding)
    schema = formcheck.load(content)
    if all(isinstance(component.get("type"), str) for component in all_components(schema)):
        return ReadForm(schema, None)
    return ReadForm(None, next(finding for finding in findings if finding.rule == "form.component"))


def all_components(parent: Schema) -> Iterator[Mapping[str, Any]]:
    """Every component of a form, those of groups and rows among them."""
    for component in components_of(parent):
        yield component
        if component.get("type") in ("group", LIST_OF_ROWS):
            yield from all_components(component)


def uses_of(form_id: str, files: Mapping[str, bytes]) -> list[Use]:
    """The steps that use a form, in the order of the processes."""
    return [use for name, xml in sorted(files.items()) if name.endswith(".bpmn") for use in _uses(form_id, xml)]


def _uses(form_id: str, xml: bytes) -> Iterator[Use]:
    if form_id.encode() not in xml:
        return
    try:
        root = read_xml(xml)
    except XmlRefused:
        return
    for process in root.iter(f"{{{BPMN}}}process"):
        for definition in process.iter(f"{{{ZEEBE}}}formDefinition"):
            holder = definition.getparent()
            element = None if holder is None else holder.getparent()
            if definition.get("formId") == form_id and element is not None:
                yield Use(
                    process_id=process.get("id", ""),
                    process_name=process.get("name", "") or process.get("id", ""),
                    element_id=element.get("id", ""),
                    element_name=element.get("name", "") or element.get("id", ""),
                    starts=str(element.tag).endswith("startEvent"),
                )


# --- names ---------------------------------------------------------------------------------------


def known_names(files: Mapping[str, bytes], *, but: str) -> dict[str, dict[str, Any]]:
    """Names of variables that are in use → what they are called, and where they are used as what.

    Args:
        files: all that would be in force.
        but: id of the form that is edited: its own fields are not among them.

    Gives plain values for JSON: ``{name: {"label", "uses": [{"family", "label", "form", "title"}], "from": [where]}}``.
    """
    names: dict[str, dict[str, Any]] = {}
    titles = _titles(files)
    for form_id, schema in forms_in(files).items():
        for field in formcheck.fields(schema) if form_id != but else ():
            use = {"family": family_of(field), "label": field.label, "form": form_id, "title": titles(form_id)}
            _known(names, field.key)["uses"].append(use)
            if field.is_rows:
                names[field.key]["entries"] = [{"name": c.key, "label": c.label} for c in field.columns]
    around = studio.surroundings(files)
    places: tuple[tuple[str, Sequence[str]], ...] = (
        ("diagram", around["variables"]),
        ("decision", [name for one in around["decisions"] for name in (*one["inputs"], *one["outputs"])]),
        ("job", [name for one in around["jobTypes"] for name in one["results"]]),
        ("platform", around["facts"]),
    )
    for place, found in places:
        for name in dict.fromkeys(found):
            if name.isascii() and name.isidentifier():
                _known(names, name)["from"].append(place)
    for name, known in names.items():
        labels = Counter(use["label"] for use in known["uses"])
        known["label"] = labels.most_common(1)[0][0] if labels else DERIVED.get(name, "")
    return names


def _known(names: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return names.setdefault(name, {"label": "", "uses": [], "from": []})


class _titles:  # noqa: N801  # called like a function
    """What people call a form: the step that uses it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._words: dict[str, str] = {}
        for name, xml in files.items():
            if name.endswith(".bpmn"):
                self._read(xml)

    def _read(self, xml: bytes) -> None:
        try:
            root = read_xml(xml)
        except XmlRefused:
            return
        for definition in root.iter(f"{{{ZEEBE}}}formDefinition"):
            holder = definition.getparent()
            element = None if holder is None else holder.getparent()
            if element is not None:
                self._words.setdefault(definition.get("formId", ""), element.get("name") or "")

    def __call__(self, form_id: str) -> str:
        word = self._words.get(form_id)
        return f"「{word}」" if word else form_id


def family_of(field: Field) -> str:
    """What kind of value a field gives, whatever component asks for it; "" where that is computed."""
    if field.is_boolean:
        return "boolean"
    if field.type == "datetime":
        return field.subtype
    if field.is_list:
        return "list"
    return {"number": "number", FILE_TYPE: "files", "dynamiclist": "rows", "expression": ""}.get(field.type, "text")


# --- samples -------------------------------------------------------------------------------------


def sample_choices(uses: Sequence[Use], files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """What scenarios have in the case when the form is reached: ``[{"title", "values": {name: text}}]``."""
    found = []
    for process_id in dict.fromkeys(use.process_id for use in uses):
        elements = [use.element_id for use in uses if use.process_id == process_id and not use.starts]
        for scenario in _scenarios(process_id, files):
            element = next((one for one in elements if scenario.path is None or one in scenario.path), None)
            if element is not None and element in _bare(scenario.do):
                values = _values_before(scenario, element)
                texts = {name: as_text(value) for name, value in values.items() if value is not None}
                found.append({"title": f"{scenario.no} {scenario.title}", "values": texts})
    return found


def _scenarios(process_id: str, files: Mapping[str, bytes]) -> list[Scenario]:
    content = files.get(f"{process_id}.yaml")
    if content is None:
        return []
    try:
        return read_scenarios({f"{process_id}.yaml": content})
    except ScenarioRefused:
        return []


def _bare(steps: Mapping[str, object]) -> set[str]:
    return {key.rpartition("/")[2] for key in steps}


def _values_before(scenario: Scenario, element: str) -> dict[str, Value]:
    """What was set on the way to an element's first visit, as far as the scenario says."""
    values = dict(scenario.start)
    path = scenario.path or tuple(one for one in (*scenario.do, *scenario.calls, *scenario.svc) if one != element)
    visits: Counter[str] = Counter()
    for step in path:
        if step == element:
            break
        for told in (scenario.do, scenario.calls, scenario.svc):
            values.update(_told(told.get(step), visits[step]))
        occurred = scenario.events.get(step)
        happened = None if occurred is None else occurred.at(visits[step])
        if isinstance(happened, Occurrence):
            values.update(happened.payload)
        visits[step] += 1
    return values


def _told(visits: Visits[Variables] | None, number: int) -> Variables:
    found = None if visits is None else visits.at(number)
    return found if isinstance(found, Mapping) else {}


def as_text(value: Value) -> str:
    """A value as it is typed: a number, true, a text; FEEL after "=" for lists and contexts."""
    if isinstance(value, list | tuple | Mapping):
        return f"={_feel(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _feel(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_feel(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_feel(item) for item in value) + "]"
    if value is None or isinstance(value, bool | int | Decimal):
        return "null" if value is None else as_text(value)
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'
