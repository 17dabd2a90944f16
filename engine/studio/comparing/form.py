"""Two forms: fields that came, went, moved or ask otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import DefinitionRefused
from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, changes_between, distinct, of_json
from engine.studio.comparing.model import Change, Difference, Kind, Words
from engine.studio.comparing.sequences import kept_order

_NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "textfield": ("文本框", "text field"),
    "textarea": ("多行文本", "text area"),
    "number": ("数字", "number"),
    "checkbox": ("勾选框", "checkbox"),
    "checklist": ("多选", "checklist"),
    "taglist": ("标签多选", "tag list"),
    "radio": ("单选", "radio group"),
    "select": ("下拉选择", "select"),
    "datetime": ("日期时间", "date and time"),
    "filepicker": ("文件", "file picker"),
    "text": ("文字", "text"),
    "html": ("文字", "text"),
    "group": ("分组", "group"),
    "dynamiclist": ("多行列表", "list of rows"),
    "expression": ("计算值", "expression"),
    "separator": ("分隔线", "separator"),
    "spacer": ("空白", "spacer"),
    "button": ("按钮", "button"),
}
_FORM: Final = Words("表单", "form")
_INSIDE: Final = "components"
_DEEPEST: Final = 60


@dataclass(slots=True, eq=False)
class _Part:
    """A component with what it says; what lies in it are parts of their own."""

    id: str
    type: str
    name: str
    above: str
    facts: Facts


def compare_forms(before: bytes | None, after: bytes | None) -> list[Difference]:
    """What is different.

    Args:
        before: a form-js schema; None: there is none.
        after: the same.

    Raises:
        DefinitionRefused: one of them is no JSON object.
    """
    sides = [{} if data is None else _parts(_read(data)) for data in (before, after)]
    return list(_differences(*sides))


def _read(data: bytes) -> Mapping[str, Any]:
    try:
        schema = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise DefinitionRefused("the form is no JSON", message_zh="表单不是有效的 JSON。") from problem
    if not isinstance(schema, Mapping):
        raise DefinitionRefused("the form is no JSON object", message_zh="表单不是 JSON 对象。")
    return schema


def _parts(schema: Mapping[str, Any]) -> dict[str, _Part]:
    """The parts of a form by key; the first is the form itself, whose key is empty."""
    form = _Part("", "form", str(schema.get("id", "")), "", _facts(schema))
    listed = list(_walk(schema, "", 0))
    keys = distinct(_key(component) for component, _ in listed)
    named = {id(component): key for key, (component, _) in zip(keys, listed, strict=True)}
    found = {"": form}
    for component, above in listed:
        key = named[id(component)]
        name = str(component.get("label") or component.get("text") or "").strip()
        kind = str(component.get("type", ""))
        found[key] = _Part(key, kind, name, named.get(above, ""), _facts(component))
    return found


def _walk(parent: Mapping[str, Any], above: int | str, depth: int) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Every component with the identity of the one around it."""
    inner = parent.get(_INSIDE)
    if depth > _DEEPEST:
        raise DefinitionRefused("the form is nested too deeply", message_zh="表单嵌套过深。")
    for component in inner if isinstance(inner, list) else ():
        if isinstance(component, Mapping):
            yield component, above
            yield from _walk(component, id(component), depth + 1)


def _key(component: Mapping[str, Any]) -> str:
    """By what people and processes know it: what an input is called, else its id."""
    for name in ("key", "path", "id"):
        value = component.get(name)
        if isinstance(value, str) and value:
            return value
    return str(component.get("type", "?"))


def _facts(component: Mapping[str, Any]) -> Facts:
    """All that it says but its components; what is none among these is told here."""
    rest = {name: value for name, value in component.items() if name != _INSIDE}
    inner = component.get(_INSIDE)
    if isinstance(inner, list):
        rest[_INSIDE] = [one for one in inner if not isinstance(one, Mapping)]
        if not rest[_INSIDE]:
            del rest[_INSIDE]
    elif _INSIDE in component:
        rest[_INSIDE] = inner
    return of_json(rest, {"values": "value"})


def _differences(was: dict[str, _Part], now: dict[str, _Part]) -> Iterator[Difference]:
    steady = _steady(was, now)
    for key, part in now.items():
        old = was.get(key)
        changes = tuple(_changes(old, part, was, now))
        if old is None:
            yield _difference(Kind.ADDED, part, changes)
            continue
        moved = key in steady and not steady[key]
        if changes:
            yield _difference(Kind.CHANGED, part, changes, _MOVED if moved else _STAYED)
        elif moved:
            yield _difference(Kind.MOVED, part, (), _place(key, was, now))
    for key, part in was.items():
        if key not in now:
            yield _difference(Kind.REMOVED, part, tuple(_changes(part, None, was, now)))


_MOVED: Final = Words("位置也变了", "also moved")
_STAYED: Final = Words("", "")


def _steady(was: dict[str, _Part], now: dict[str, _Part]) -> dict[str, bool]:
    """Of the parts on both sides: whether they stand as they stood among those around them."""
    found: dict[str, bool] = {}
    for above in {part.above for part in now.values()}:
        before = [key for key, part in was.items() if key and part.above == above]
        after = [key for key, part in now.items() if key and part.above == above]
        kept, known = kept_order(before, after), set(before)
        found |= {key: key in kept for key in after if key in known}
    return found


def _place(key: str, was: dict[str, _Part], now: dict[str, _Part]) -> Words:
    numbers = []
    for side in (was, now):
        beside = [one for one, part in side.items() if one and part.above == side[key].above]
        numbers.append(beside.index(key) + 1)
    return Words(f"第 {numbers[0]} 个 → 第 {numbers[1]} 个", f"place {numbers[0]} → place {numbers[1]}")


def _changes(old: _Part | None, new: _Part | None, was: dict[str, _Part], now: dict[str, _Part]) -> Iterator[Change]:
    empty = Facts()
    if old is not None and new is not None and old.above != new.above:
        before, after = was[old.above], now[new.above]
        yield Change(what=Words("所在", "Lies in"), before=before.name or before.id, after=after.name or after.id)
    yield from changes_between(old.facts if old else empty, new.facts if new else empty, words.say)


def _difference(kind: Kind, part: _Part, changes: tuple[Change, ...], note: Words = _STAYED) -> Difference:
    noun = _FORM if not part.id else Words(*_NOUNS.get(part.type, (part.type or "?", part.type or "?")))
    return Difference(kind=kind, id=part.id, noun=noun, name=part.name, changes=changes, note=note)
