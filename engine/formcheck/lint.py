"""The lint of .form files: everything that the product does not render or check is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, Final

from engine.formcheck.lint_fields import check_component
from engine.formcheck.lint_lists import MAX_COLUMNS
from engine.formcheck.lint_report import Report
from engine.formcheck.schema import COMPUTED, INPUT_TYPES, LIST_OF_ROWS, SHOWN_TYPES, components_of
from engine.model import Finding

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_COMPONENTS: Final = 200
MAX_GROUPS: Final = 4
_FORM_KEYS: Final = frozenset(
    {
        "id",
        "type",
        "components",
        "schemaVersion",
        "exporter",
        "executionPlatform",
        "executionPlatformVersion",
        "versionTag",
    }
)
_FORM_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: A text (to the end of the file where it is not closed, so that no character is looked at twice) or a bracket.
_TEXT_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def check_schema(data: bytes, file: str) -> list[Finding]:
    """What is wrong with a .form file, in the order in which it is written.

    Args:
        data: the bytes of the file, at most 256 KiB of JSON in UTF-8, nested at most 32 levels.
        file: its path or name, ``<process id>/<element id>.form``; with a folder, the form's id has to fit it.
    """
    report = Report(file)
    schema = _parse(data, report)
    if schema is None:
        return report.findings
    _check_form(schema, file, report)
    components = schema.get("components")
    if not isinstance(components, list):
        report.error("form.shape", None, "表单缺少 components 列表", "The form has no list of components")
        return report.findings
    seen: dict[str, str] = {}
    for count, (component, depth) in enumerate(_walk(components, 1), start=1):
        if count > MAX_COMPONENTS:
            report.error(
                "form.limit",
                None,
                f"表单组件超过 {MAX_COMPONENTS} 个,请拆分",
                f"The form has more than {MAX_COMPONENTS} components: split it",
            )
            break
        _check_placed(component, depth, seen, report)
    if not any(kind in INPUT_TYPES or kind == LIST_OF_ROWS for kind in _types(components)):
        report.warning("form.shape", None, "表单没有可填写的字段", "The form has no field to fill in")
    return report.findings


def _parse(data: bytes, report: Report) -> dict[str, Any] | None:
    if len(data) > MAX_BYTES:
        report.error("form.size", None, "表单文件超过 256 KB", "The file is larger than 256 KB")
        return None
    try:
        text = data.decode("utf-8")
        if _depth(text) > MAX_DEPTH:
            report.error(
                "form.json", None, f"JSON 嵌套超过 {MAX_DEPTH} 层", f"JSON is nested deeper than {MAX_DEPTH} levels"
            )
            return None
        schema = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except ValueError as problem:
        where = f"(第 {problem.lineno} 行)" if isinstance(problem, json.JSONDecodeError) else ""
        report.error(
            "form.json", None, f"文件不是有效的 JSON{where}", f"The file is not valid JSON: {str(problem)[:120]}"
        )
        return None
    if not isinstance(schema, dict):
        report.error("form.shape", None, "表单须为一个 JSON 对象", "A form is one JSON object")
        return None
    return schema


def _depth(text: str) -> int:
    """How deep the brackets outside of texts nest, before a parser recurses into them."""
    deepest = depth = 0
    for found in _TEXT_OR_BRACKET.finditer(text):
        first = found[0][0]
        if first != '"':
            depth += 1 if first in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def _check_form(schema: Mapping[str, Any], file: str, report: Report) -> None:
    identifier = schema.get("id")
    if not isinstance(identifier, str) or not _FORM_ID.fullmatch(identifier):
        report.error(
            "form.id",
            None,
            "表单 id 须以英文字母开头,只含英文字母、数字、下划线、点和连字符",
            "The form's id must be ASCII: letters, digits, underscore, dot and hyphen",
        )
    else:
        path = PurePosixPath(file)
        expected = f"{path.parent.name}.{path.stem}"
        if path.parent.name not in ("", "forms") and identifier != expected:
            report.error(
                "form.id",
                None,
                f"表单 id 是 {identifier},按文件名应为 {expected}",
                f"The form's id is {identifier}; its file name asks for {expected}",
            )
    if schema.get("type") != "default":
        report.error("form.shape", None, '表单的 type 须为 "default"', 'The form\'s type must be "default"')
    for key in sorted(set(schema) - _FORM_KEYS):
        report.error(
            "form.attribute", None, f"不支持的表单属性 {key[:40]}", f"Unknown attribute {key[:40]!r} of the form"
        )


def _walk(components: list[Any], depth: int) -> Iterator[tuple[Any, int]]:
    for component in components:
        yield component, depth
        if isinstance(component, dict) and component.get("type") == "group" and depth <= MAX_GROUPS:
            inner = component.get("components")
            yield from _walk(inner if isinstance(inner, list) else [], depth + 1)


def _types(components: list[Any]) -> list[str]:
    return [str(component.get("type")) for component, _ in _walk(components, 1) if isinstance(component, dict)]


def _check_placed(component: Any, depth: int, seen: dict[str, str], report: Report) -> None:
    if not isinstance(component, dict):
        report.error("form.shape", None, "components 中有一项不是对象", "An item of components is not an object")
        return
    kind = component.get("type") if isinstance(component.get("type"), str) else "?"
    name = _name(component)
    if kind == "group" and depth > MAX_GROUPS:
        report.error("form.limit", name, f"分组嵌套超过 {MAX_GROUPS} 层", f"Groups are nested deeper than {MAX_GROUPS}")
    keyed = kind in INPUT_TYPES or kind in (LIST_OF_ROWS, COMPUTED)
    if kind != "group" and not keyed and kind not in SHOWN_TYPES:
        shown = str(kind)[:40]
        report.error("form.component", name, f"不支持的组件类型 {shown}", f"Component type {shown!r} is not supported")
        return
    if keyed:
        key = component.get("path" if kind == LIST_OF_ROWS else "key")
        if isinstance(key, str) and key in seen:
            report.error("form.duplicate_key", name, f"字段 key “{key}”重复", f"The key {key!r} is used twice")
        elif isinstance(key, str):
            seen[key] = key
    check_component(component, name, report)
    if kind == LIST_OF_ROWS:
        for column in components_of(component)[:MAX_COLUMNS]:
            if isinstance(column.get("type"), str) and column["type"] in INPUT_TYPES:
                check_component(column, f"{name}.{_name(column)}", report)


def _name(component: Mapping[str, Any]) -> str | None:
    for attribute in ("key", "path", "id"):
        value = component.get(attribute)
        if isinstance(value, str) and value:
            return value[:80]
    return None
