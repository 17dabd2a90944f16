"""The lint of what a form computes and of its lists of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.formcheck import texts
from engine.formcheck.lint_report import Report
from engine.formcheck.schema import FILE_TYPE, INPUT_TYPES, MAX_ROWS, components_of

MAX_COLUMNS: Final = 20
#: Fields of all rows together: a browser sends no more than a thousand parts with files among them.
MAX_CELLS: Final = 800
LIST_ATTRIBUTES: Final = frozenset(
    {
        "path",
        "label",
        "description",
        "components",
        "isRepeating",
        "allowAddRemove",
        "defaultRepetitions",
        "disableCollapse",
        "nonCollapsedItems",
        "showOutline",
        "verticalAlignment",
    }
)
COMPUTED_ATTRIBUTES: Final = frozenset({"key", "expression", "computeOn"})
_COUNTS: Final = ("min", "max")
_WORDS: Final = frozenset({"check_message", "check_message_en"})
_FORMULAS: Final = frozenset({"check", "required_when", "prefill"})
_COLUMN_TYPES: Final = INPUT_TYPES - {FILE_TYPE}
#: A row comes and goes as a whole: what holds for the case as a whole does not hold in it.
_NOT_IN_ROWS: Final = frozenset({"unique", "prefill"})


def check_words(words: str, attribute: str, name: str | None, report: Report) -> None:
    """A text with computed parts: form-js's own language, and every formula in it parses."""
    problem = texts.read(words).problem
    if problem:
        report.error("form.feel", name, f"{attribute}:{problem.zh}", f"{attribute}: {problem.en}")


def check_list(component: Mapping[str, Any], name: str | None, report: Report) -> None:
    """A list of rows but its fields, which are looked at one by one."""
    label = component.get("label")
    if not isinstance(label, str) or not label.strip() or len(label) > 200:
        report.error("form.label", name, "列表缺少标签,请填写 label", "The list has no label")
    if component.get("isRepeating") is not True:
        report.error("form.attribute", name, "isRepeating 须为 true", "isRepeating must be true")
    for attribute in ("allowAddRemove", "disableCollapse", "showOutline"):
        if not isinstance(component.get(attribute, True), bool):
            report.error(
                "form.attribute", name, f"{attribute} 须为 true 或 false", f"{attribute} must be true or false"
            )
    for attribute in ("defaultRepetitions", "nonCollapsedItems"):
        if not _is_count(component.get(attribute, 1), 20):
            report.error(
                "form.attribute", name, f"{attribute} 须为 0 到 20 的整数", f"{attribute} is a whole number, 0 to 20"
            )
    _check_list_properties(component.get("properties", {}), name, report)
    _check_columns(component, name, report)


def check_computed(component: Mapping[str, Any], name: str | None, report: Report) -> None:
    """A computed field: a formula, and at most a label."""
    report.check_feel(name, "expression", component.get("expression"))
    if component.get("computeOn", "change") not in ("change", "presubmit"):
        report.error(
            "form.attribute", name, "computeOn 须为 change 或 presubmit", "computeOn must be change or presubmit"
        )
    properties = component.get("properties", {})
    if not isinstance(properties, Mapping) or set(properties) - {"label", "masked"}:
        report.error(
            "form.property",
            name,
            "计算字段的自定义属性只支持 label 和 masked",
            "A computed field takes the custom properties label and masked only",
        )


def _check_columns(component: Mapping[str, Any], name: str | None, report: Report) -> None:
    columns = component.get("components")
    if not isinstance(columns, list) or not 1 <= len(columns) <= MAX_COLUMNS:
        report.error(
            "form.shape", name, f"列表须有 1 到 {MAX_COLUMNS} 个字段", f"The list needs 1 to {MAX_COLUMNS} fields"
        )
        return
    given = component.get("properties")
    most = given.get("max", MAX_ROWS) if isinstance(given, Mapping) else MAX_ROWS
    if _is_count(most, MAX_ROWS) and int(most) * len(columns) > MAX_CELLS:
        report.error(
            "form.limit",
            name,
            f"列表的行数乘以字段数超过 {MAX_CELLS},请用 max 限制行数",
            f"Rows times fields are more than {MAX_CELLS}: limit the rows with max",
        )
    if len(components_of(component)) != len(columns):
        report.error("form.shape", name, "列表中有一项不是对象", "An item of the list is not an object")
    seen: set[str] = set()
    for column in components_of(component):
        key, kind = column.get("key"), column.get("type")
        if not isinstance(kind, str) or kind not in _COLUMN_TYPES:
            shown = str(kind)[:40]
            report.error("form.component", name, f"列表里不能放 {shown}", f"A list takes no {shown!r}")
        elif isinstance(key, str) and key in seen:
            report.error("form.duplicate_key", name, f"字段 key “{key}”重复", f"The key {key!r} is used twice")
        elif column.get("readonly") or column.get("disabled"):
            report.error(
                "form.attribute",
                name,
                "列表里的字段不支持 readonly 和 disabled",
                "A field of a list is neither readonly nor disabled",
            )
        properties = column.get("properties")
        for word in sorted(_NOT_IN_ROWS & set(properties if isinstance(properties, Mapping) else ())):
            report.error("form.property", name, f"列表里的字段不支持 {word}", f"A field of a list takes no {word}")
        seen.add(str(key))


def _check_list_properties(properties: Any, name: str | None, report: Report) -> None:
    if not isinstance(properties, Mapping):
        report.error("form.property", name, "properties 须为对象", "properties must be an object")
        return
    for key, value in properties.items():
        if key in _FORMULAS:
            report.check_feel(name, key, value)
        elif key in _WORDS and isinstance(value, str):
            report.check_text(name, key, value)
        elif not (
            (key in _COUNTS and _is_count(value, MAX_ROWS))
            or (key == "masked" and value in (True, False, "true", "false"))
        ):
            shown = str(key)[:40]
            report.error(
                "form.property",
                name,
                f"自定义属性 {shown} 不认识或取值不对",
                f"The custom property {shown!r} is unknown or has a value it cannot take",
            )
    if all(_is_count(properties.get(key), MAX_ROWS) for key in _COUNTS) and int(properties["min"]) > int(
        properties["max"]
    ):
        report.error("form.property", name, "min 大于 max", "min is greater than max")
    if "check" in properties and not properties.get("check_message"):
        report.warning(
            "form.check_message",
            name,
            "有 check 而没有 check_message,请写明要求",
            "check has no check_message: say the rule",
        )


def _is_count(value: Any, most: int) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdecimal() and len(value) < 5 and int(value) <= most
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
