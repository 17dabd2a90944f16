"""Scenario files become scenarios, or a sentence that says where the file is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import yaml

from engine.errors import EngineError
from engine.scenarios.scenario import Occurrence, Scenario, Visits

MAX_BYTES: Final = 2_000_000
_T = TypeVar("_T")
_KEYS: Final = frozenset(
    {"no", "title", "start", "start_message", "do", "calls", "svc", "events", "fire", "expect", "end", "path"}
)


class ScenarioRefused(EngineError):
    """A scenario file is not of the form that it must have."""

    code = "scenario_refused"
    message_zh = "场景文件格式有误。"


def read_scenarios(files: Mapping[str, bytes]) -> list[Scenario]:
    """All scenarios of some files, in order.

    Args:
        files: name → content, YAML or JSON: ``{"process": …, "scenarios": […]}``, or a list of such.

    Raises:
        ScenarioRefused: a file cannot be read, a key is unknown, or two scenarios have the same number.
    """
    scenarios: list[Scenario] = []
    for name, content in files.items():
        document = _parse(name, content)
        for part in document if isinstance(document, list) else [document]:
            scenarios += _read_part(name, part)
    places: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.no in places:
            raise ScenarioRefused(f"{scenario.file}: the number {scenario.no} is used in {places[scenario.no]} already")
        places[scenario.no] = scenario.file
    return scenarios


# --- files ---------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """YAML that reads plain words as JSON would: `no` and 12:30 are texts, 19.90 is exact; no key stands twice."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  # typed by the parent; filled below

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the parent's, but a second entry of a key is an error."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _number(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def _parse(name: str, content: bytes) -> Any:
    if len(content) > MAX_BYTES:
        raise ScenarioRefused(f"{name} is larger than 2 MB")
    try:
        if name.endswith(".json"):
            return json.loads(content, parse_float=Decimal, parse_int=Decimal)
        return yaml.load(content, _Loader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise ScenarioRefused(f"{place}: {problem.problem or problem.context}") from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise ScenarioRefused(f"{name} is neither YAML nor JSON: {problem}") from problem


def _read_part(name: str, part: Any) -> list[Scenario]:
    if not isinstance(part, dict) or not isinstance(part.get("process"), str):
        raise ScenarioRefused(f"{name}: `process` must name the process under test")
    items = part.get("scenarios")
    if not isinstance(items, list) or not items:
        raise ScenarioRefused(f"{name}: `scenarios` must be a list of scenarios")
    return [_read_scenario(name, part["process"], item) for item in items]


# --- one scenario --------------------------------------------------------------------------------


def _read_scenario(file: str, process: str, item: Any) -> Scenario:
    if not isinstance(item, dict) or item.get("no") is None:
        raise ScenarioRefused(f"{file}: every scenario has a number `no`")
    no = str(item["no"])
    fields = _Fields(f"{file}: scenario {no}", item)
    unknown = sorted(str(key) for key in item.keys() - _KEYS)
    if unknown:
        raise ScenarioRefused(f"{fields.where}: unknown keys {', '.join(unknown)}; known: {', '.join(sorted(_KEYS))}")
    return Scenario(
        process=process,
        no=no,
        title=str(item.get("title", "")),
        file=file,
        start=fields.mapping("start"),
        start_message=fields.text("start_message"),
        do=fields.visits("do", _variables, may_pass=True),
        calls=fields.visits("calls", _variables),
        svc=fields.visits("svc", _variables),
        events=fields.visits("events", _occurrence, is_one=_is_occurrence),
        fire={key: fields.occurrences("fire", key, value) for key, value in fields.mapping("fire").items()},
        expect=fields.mapping("expect"),
        end=fields.text("end"),
        path=fields.path(),
    )


class _Fields:
    """The parts of one scenario, each checked for its form."""

    def __init__(self, where: str, item: Mapping[str, Any]) -> None:
        self.where = where
        self._item = item

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._item.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise ScenarioRefused(f"{self.where}: `{name}` must be a mapping with names as keys")
        return value

    def text(self, name: str) -> str | None:
        value = self._item.get(name)
        if value is not None and not isinstance(value, str):
            raise ScenarioRefused(f"{self.where}: `{name}` must be a text")
        return value

    def path(self) -> tuple[str, ...] | None:
        value = self._item.get("path")
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
            raise ScenarioRefused(f"{self.where}: `path` must be a list of element ids")
        return tuple(value)

    def visits(
        self,
        name: str,
        read: Callable[[Any], _T | None],
        is_one: Callable[[list[Any]], bool] = lambda _: False,
        *,
        may_pass: bool = False,
    ) -> dict[str, Visits[_T]]:
        """The entries of a part; where a visit may pass without one, a list may have null for it."""
        found = {}
        for key, value in self.mapping(name).items():
            is_list = isinstance(value, list) and not is_one(value)
            given = value if is_list else [value]
            items = [read(item) for item in given]
            passes = is_list and may_pass and any(item is not None for item in items)
            if not items or any(i is None and not (passes and g is None) for g, i in zip(given, items, strict=True)):
                raise ScenarioRefused(f"{self.where}: `{name}.{key}` is not of the form that it must have")
            found[key] = Visits(tuple(items), every_time=not is_list)
        return found

    def occurrences(self, name: str, key: str, value: Any) -> tuple[Occurrence, ...]:
        items = value if isinstance(value, list) and not _is_occurrence(value) else [value]
        found = tuple(item for item in map(_occurrence, items) if item is not None)
        if not found or len(found) != len(items):
            raise ScenarioRefused(f"{self.where}: `{name}.{key}` must be a list of boundary events")
        return found


def _variables(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None


def _is_occurrence(value: list[Any]) -> bool:
    """``[ev_x, {…}]`` is one event with its payload; any other list has an entry a visit."""
    return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def _occurrence(value: Any) -> Occurrence | None:
    if isinstance(value, str):
        return Occurrence(value)
    if isinstance(value, list) and _is_occurrence(value):
        return Occurrence(value[0], value[1])
    return None
