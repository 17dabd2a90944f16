"""The lint of one component of a form: its attributes, options, constraints and custom properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import re2

from engine.formcheck.lint_files import check_files_field, is_files_property
from engine.formcheck.lint_lists import COMPUTED_ATTRIBUTES, LIST_ATTRIBUTES, check_computed, check_list, check_words
from engine.formcheck.lint_report import Report
from engine.formcheck.reading import from_post
from engine.formcheck.rules import compile_pattern
from engine.formcheck.schema import (
    CHOICE_TYPES,
    COMPUTED,
    DATETIME_SUBTYPES,
    INPUT_TYPES,
    LIST_OF_ROWS,
    TEXT_TYPES,
    Field,
    components_of,
    fields,
    to_decimal,
)
from engine.model import CASE_FACTS

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: Names that the page posts itself, and names under which expressions read the case's facts.
RESERVED_KEYS: Final = frozenset({"csrf_token", "submission_key", "case", "order", "parcel", "people", *CASE_FACTS})
_EVERY: Final = frozenset({"type", "id", "layout", "conditional", "properties"})
_INPUT: Final = frozenset({"key", "label", "description", "disabled", "readonly", "validate"})
_CHOICE: Final = frozenset({"values", "valuesKey", "valuesExpression"})
_DATETIME: Final = frozenset(
    {"subtype", "dateLabel", "timeLabel", "use24h", "timeInterval", "timeSerializingFormat", "disallowPassedDates"}
)
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "textfield": _INPUT | {"appearance"},
    "textarea": _INPUT | {"appearance"},
    "number": _INPUT | {"appearance", "decimalDigits", "increment"},
    "checkbox": _INPUT,
    "checklist": _INPUT | _CHOICE,
    "radio": _INPUT | _CHOICE,
    "select": _INPUT | _CHOICE | {"searchable"},
    "taglist": _INPUT | _CHOICE,
    "datetime": _INPUT | _DATETIME,
    "filepicker": _INPUT | {"multiple", "accept"},
    "group": frozenset({"label", "components", "showOutline", "verticalAlignment"}),
    LIST_OF_ROWS: LIST_ATTRIBUTES,
    COMPUTED: COMPUTED_ATTRIBUTES,
    "text": frozenset({"text"}),
    "html": frozenset({"content"}),
    "separator": frozenset(),
    "spacer": frozenset({"height"}),
    "button": frozenset({"label", "action", "key"}),
}
_VALIDATE: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}),
    "number": frozenset({"required", "min", "max"}),
    "other": frozenset({"required"}),
}
_FEEL_PROPERTIES: Final = frozenset({"required_when", "check"})
_TEXT_PROPERTIES: Final = frozenset({"check_message", "check_message_en", "prefill", "default", "unique"})
_MAX_LABEL: Final = 200
_MAX_TEXT: Final = 4000


def check_component(component: Mapping[str, Any], name: str | None, report: Report) -> None:
    """Report what is wrong with a component of a known type; what stands inside a group is not looked at."""
    kind = component["type"]
    _check_attributes(component, kind, name, report)
    conditional = component.get("conditional")
    if conditional is not None:
        if not isinstance(conditional, Mapping) or set(conditional) - {"hide"}:
            report.error("form.attribute", name, "conditional 只支持 hide", "conditional takes hide only")
        elif conditional.get("hide") not in (None, ""):
            report.check_feel(name, "conditional.hide", conditional["hide"])
    for attribute in ("label", "description", "text", "content"):
        _check_words(component.get(attribute), attribute, name, report)
    if kind == "group" and not isinstance(component.get("components"), list):
        report.error("form.shape", name, "分组缺少 components 列表", "The group has no list of components")
    if kind in INPUT_TYPES:
        _check_input(component, kind, name, report)
    elif kind == LIST_OF_ROWS and _check_key(component.get("path"), name, report):
        check_list(component, name, report)
    elif kind == COMPUTED and _check_key(component.get("key"), name, report):
        check_computed(component, name, report)


def _check_key(key: Any, name: str | None, report: Report) -> bool:
    if isinstance(key, str) and _KEY.fullmatch(key) and key not in RESERVED_KEYS:
        return True
    report.error(
        "form.key",
        name,
        "字段 key 须以英文字母开头,只含英文字母、数字和下划线,且不能是系统保留名",
        "A field's key is ASCII: a letter, then letters, digits and underscores, and no name of the system",
    )
    return False


def _check_attributes(component: Mapping[str, Any], kind: str, name: str | None, report: Report) -> None:
    for attribute in sorted(set(component) - _EVERY - _ATTRIBUTES[kind]):
        if attribute == "defaultValue":
            report.error(
                "form.attribute",
                name,
                "不支持默认值 defaultValue,请改用自定义属性 default 或 prefill",
                "defaultValue is not supported: use the custom property default or prefill",
            )
        else:
            shown = attribute[:40]
            report.error("form.attribute", name, f"不支持的属性 {shown}", f"The attribute {shown!r} is not supported")


def _check_words(words: Any, attribute: str, name: str | None, report: Report) -> None:
    if words is None:
        return
    if not isinstance(words, str) or len(words) > _MAX_TEXT:
        report.error(
            "form.attribute",
            name,
            f"{attribute} 须为不超过 {_MAX_TEXT} 字的文字",
            f"{attribute} must be a text of at most {_MAX_TEXT}",
        )
    elif attribute in ("text", "content"):
        check_words(words, attribute, name, report)
    elif "{{" in words or words.startswith("="):
        report.error(
            "form.attribute", name, f"{attribute} 中不支持表达式或模板", f"Expressions are not supported in {attribute}"
        )


def _check_input(component: Mapping[str, Any], kind: str, name: str | None, report: Report) -> None:
    if not _check_key(component.get("key"), name, report):
        return
    label = component.get("dateLabel") or component.get("timeLabel") or component.get("label")
    if not isinstance(label, str) or not label.strip() or len(label) > _MAX_LABEL:
        report.error("form.label", name, "字段缺少标签,请填写 label", "The field has no label")
        return
    for attribute in ("readonly", "disabled", "disallowPassedDates"):
        value = component.get(attribute)
        if attribute == "readonly" and isinstance(value, str):
            report.check_feel(name, attribute, value)
        elif value is not None and not isinstance(value, bool):
            report.error(
                "form.attribute", name, f"{attribute} 须为 true 或 false", f"{attribute} must be true or false"
            )
    _check_kind(component, kind, name, report)
    _check_validate(component, kind, name, report)
    if _check_properties(component, name, report):
        (field,) = fields({"components": [component]})
        _check_choice(component, field, name, report)
        check_files_field(component, field, name, report)
        _check_default(field, name, report)


def _check_kind(component: Mapping[str, Any], kind: str, name: str | None, report: Report) -> None:
    if kind == "datetime" and component.get("subtype", "date") not in DATETIME_SUBTYPES:
        report.error("form.attribute", name, "subtype 须为 date、time 或 datetime", "subtype is date, time or datetime")
    digits = component.get("decimalDigits")
    if digits is not None and (isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 20):
        report.error(
            "form.validate", name, "decimalDigits 须为 0 到 20 的整数", "decimalDigits is a whole number, 0 to 20"
        )
    increment = component.get("increment")
    if increment is not None:
        step = to_decimal(increment)
        if step is None or step <= 0 or abs(step.adjusted()) > 20:
            report.error("form.validate", name, "increment 须为大于 0 的数", "increment must be a number above 0")


def _check_validate(component: Mapping[str, Any], kind: str, name: str | None, report: Report) -> None:
    validate = component.get("validate")
    if validate is None:
        return
    if not isinstance(validate, Mapping):
        report.error("form.validate", name, "validate 须为对象", "validate must be an object")
        return
    group = "text" if kind in TEXT_TYPES else "number" if kind == "number" else "other"
    for rule in sorted(set(validate) - _VALIDATE[group]):
        report.error(
            "form.validate", name, f"该类字段不支持校验 {rule[:40]}", f"This field takes no rule {rule[:40]!r}"
        )
    if not isinstance(validate.get("required", False), bool):
        report.error(
            "form.validate",
            name,
            "required 须为 true 或 false;有条件的必填请用自定义属性 required_when",
            "required is true or false; for a condition use the custom property required_when",
        )
    if validate.get("validationType") not in (None, "", "email", "phone", "custom"):
        report.error("form.validate", name, "validationType 只支持 email 和 phone", "validationType is email or phone")
    for low, high in (("min", "max"), ("minLength", "maxLength")):
        _check_bounds(validate.get(low), validate.get(high), (low, high), name, report)
    _check_pattern(validate.get("pattern"), name, report)


def _check_bounds(low: Any, high: Any, names: tuple[str, str], name: str | None, report: Report) -> None:
    numbers = []
    for bound, what in ((low, names[0]), (high, names[1])):
        if bound is None or bound == "":
            continue
        if isinstance(bound, str) and bound.startswith("="):
            report.check_feel(name, what, bound)
        elif (number := to_decimal(bound)) is None:
            report.error("form.validate", name, f"{what} 须为数字或 FEEL 表达式", f"{what} must be a number or FEEL")
        else:
            numbers.append(number)
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        report.error("form.validate", name, f"{names[0]} 大于 {names[1]}", f"{names[0]} is greater than {names[1]}")


def _check_pattern(pattern: Any, name: str | None, report: Report) -> None:
    if pattern is None or pattern == "":
        return
    try:
        compile_pattern(pattern)
    except (re2.error, TypeError, UnicodeEncodeError):
        report.error(
            "form.validate",
            name,
            "pattern 无法使用:须为 RE2 正则(不支持环视和反向引用)",
            "pattern cannot be used: it must be an RE2 expression (no look-around, no back reference)",
        )


def _check_properties(component: Mapping[str, Any], name: str | None, report: Report) -> bool:
    """Report on the custom properties; gives whether they are an object at all."""
    properties = component.get("properties", {})
    if not isinstance(properties, Mapping):
        report.error("form.property", name, "properties 须为对象", "properties must be an object")
        return False
    for key, value in properties.items():
        if key in _FEEL_PROPERTIES:
            report.check_feel(name, key, value)
        elif key in _TEXT_PROPERTIES and isinstance(value, str):
            report.check_text(name, key, value)
        elif not _is_mark(key, value, component["type"]) and not is_files_property(key, value, component["type"]):
            shown = key[:40]
            report.error(
                "form.property",
                name,
                f"自定义属性 {shown} 不认识或取值不对",
                f"The custom property {shown!r} is unknown or has a value it cannot take",
            )
    if "check" in properties and not properties.get("check_message"):
        report.warning(
            "form.check_message",
            name,
            "有 check 而没有 check_message,请写明要求",
            "check has no check_message: say the rule",
        )
    return True


def _is_mark(key: str, value: Any, kind: str) -> bool:
    """Whether a custom property is one of the marks that hold no expression."""
    if key == "masked":
        return isinstance(value, bool) or value in ("true", "false")
    return key == "type" and value == "boolean" and kind in ("radio", "select")


def _check_choice(component: Mapping[str, Any], field: Field, name: str | None, report: Report) -> None:
    if field.type not in CHOICE_TYPES:
        return
    sources = [source for source in ("values", "valuesKey", "valuesExpression") if component.get(source)]
    if len(sources) != 1:
        report.error("form.options", name, "须给出选项,且只用一种方式", "Options must be given, in one way only")
        return
    if field.options_source is not None:
        report.check_feel(name, sources[0], field.options_source)
        return
    values = [option.value for option in field.options]
    given = component.get("values")
    if not isinstance(given, list) or len(values) != len(given) or len(set(values)) != len(values) or "" in values:
        report.error("form.options", name, "选项的值有空缺或重复", "An option's value is missing or given twice")
    if any(isinstance(item, Mapping) and not item.get("label") for item in components_of({"components": given})):
        report.error("form.options", name, "选项缺少标签", "An option has no label")
    if field.is_boolean and sorted(values) != ["false", "true"]:
        report.error(
            "form.options",
            name,
            "是/否字段的选项须为 true 和 false",
            "A yes-or-no field has the options true and false",
        )


def _check_default(field: Field, name: str | None, report: Report) -> None:
    text = field.properties.get("default", "")
    if not text or text.startswith("=") or field.options_source is not None:
        return
    if from_post(field, text, field.options).problem:
        report.error(
            "form.property",
            name,
            f"默认值“{text[:40]}”不符合该字段",
            f"The default {text[:40]!r} does not fit the field",
        )
