"""Scenario files become scenarios, or a sentence that says where the file is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from engine.scenarios.parsing import Place, ScenarioRefused, line_of, parse
from engine.scenarios.scenario import Occurrence, Scenario, Turn, Visits

_T = TypeVar("_T")
_KEYS: Final = frozenset(
    {"no", "title", "start", "start_message", "do", "calls", "svc", "events", "fire", "order", "expect", "end", "path"}
)
_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,5})D)?(?:T(?=[0-9])(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,9})S)?)?"
)
_TURN: Final = re.compile(r"([^#]+)(?:#([1-9][0-9]{0,3}))?")


def read_scenarios(files: Mapping[str, bytes]) -> list[Scenario]:
    """All scenarios of some files, in order.

    Args:
        files: name → content, YAML or JSON: ``{"process": …, "scenarios": […]}``, or a list of such.

    Raises:
        ScenarioRefused: a file cannot be read, a key is unknown, or two scenarios have the same number.
    """
    scenarios: list[Scenario] = []
    places: dict[str, str] = {}
    for name, content in files.items():
        try:
            _read_file(name, content, scenarios, places)
        except ScenarioRefused as problem:
            if problem.line is None and not name.endswith(".json"):
                problem.line = line_of(content, problem.place)
            raise
    return scenarios


def _read_file(name: str, content: bytes, scenarios: list[Scenario], places: dict[str, str]) -> None:
    document = parse(name, content)
    several = isinstance(document, list)
    for number, part in enumerate(document if several else [document]):
        before: Place = (number,) if several else ()
        for index, scenario in enumerate(_read_part(name, part, before)):
            if scenario.no in places:
                raise ScenarioRefused(
                    f"{scenario.file}: the number {scenario.no} is used in {places[scenario.no]} already",
                    message_zh=f"编号 {scenario.no} 在 {places[scenario.no]} 里已经用过,请换一个。",
                    place=(*before, "scenarios", index, "no"),
                )
            places[scenario.no] = scenario.file
            scenarios.append(scenario)


def _read_part(name: str, part: Any, place: Place) -> list[Scenario]:
    if not isinstance(part, dict) or not isinstance(part.get("process"), str):
        zh = "开头要写 process: 被测流程的编号。"
        raise ScenarioRefused(f"{name}: `process` must name the process under test", message_zh=zh, place=place)
    items = part.get("scenarios")
    if not isinstance(items, list) or not items:
        zh = "scenarios 下面要有至少一个场景,每个以“- no: 编号”开头。"
        raise ScenarioRefused(
            f"{name}: `scenarios` must be a list of scenarios", message_zh=zh, place=(*place, "scenarios")
        )
    return [
        _read_scenario(name, part["process"], item, (*place, "scenarios", index)) for index, item in enumerate(items)
    ]


# --- one scenario --------------------------------------------------------------------------------


def _read_scenario(file: str, process: str, item: Any, place: Place) -> Scenario:
    if not isinstance(item, dict) or item.get("no") is None:
        zh = "每个场景都要有编号,写成“- no: 编号”。"
        raise ScenarioRefused(f"{file}: every scenario has a number `no`", message_zh=zh, place=place)
    no = str(item["no"])
    fields = _Fields(f"{file}: scenario {no}", item, place)
    unknown = sorted(str(key) for key in item.keys() - _KEYS)
    if unknown:
        raise ScenarioRefused(
            f"{fields.where}: unknown keys {', '.join(unknown)}; known: {', '.join(sorted(_KEYS))}",
            message_zh=f"场景 {no}:没有 {'、'.join(unknown)} 这样的项;可以写:{'、'.join(sorted(_KEYS))}。",
            place=(*place, unknown[0]),
        )
    scenario = Scenario(
        process=process,
        no=no,
        title=str(item.get("title", "")),
        file=file,
        start=fields.mapping("start"),
        start_message=fields.text("start_message"),
        do=fields.visits("do", _variables, may_pass=True),
        calls=fields.visits("calls", _variables, may_be_real=True),
        svc=fields.visits("svc", _variables, may_be_real=True),
        events=fields.visits("events", _occurrence, is_one=_is_occurrence),
        fire={key: fields.occurrences("fire", key, value) for key, value in fields.mapping("fire").items()},
        order=fields.order(),
        expect=fields.mapping("expect"),
        end=fields.text("end"),
        path=fields.path(),
    )
    if scenario.order is not None and (scenario.events or scenario.fire):
        raise fields.refused(
            "order", "`order` says which events occur: `events` and `fire` do not stand beside it",
            "写了 order 就由它说明事件,请删去 events 和 fire",
        )  # fmt: skip
    return scenario


class _Fields:
    """The parts of one scenario, each checked for its form."""

    def __init__(self, where: str, item: Mapping[str, Any], place: Place) -> None:
        self.where = where
        self._item = item
        self._place = place

    def refused(self, name: str, en: str, zh: str, *deeper: str) -> ScenarioRefused:
        """What is wrong with a part."""
        return ScenarioRefused(
            f"{self.where}: {en}",
            message_zh=f"场景 {self._item['no']}:{zh}。",
            place=(*self._place, name, *deeper),
        )

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._item.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self.refused(
                name, f"`{name}` must be a mapping with names as keys", f"{name} 要写成 {{名称: 内容}} 的形式"
            )
        return value

    def text(self, name: str) -> str | None:
        value = self._item.get(name)
        if value is not None and not isinstance(value, str):
            raise self.refused(name, f"`{name}` must be a text", f"{name} 要写成一段文字")
        return value

    def path(self) -> tuple[str, ...] | None:
        value = self._item.get("path")
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
            raise self.refused(
                "path", "`path` must be a list of element ids", "path 要写成 [元素编号, 元素编号] 的形式"
            )
        return tuple(value)

    def order(self) -> tuple[Turn, ...] | None:
        value = self._item.get("order")
        if value is None:
            return None
        turns = [_turn(item) for item in value] if isinstance(value, list) else []
        if not turns or None in turns:
            raise self.refused(
                "order", "`order` must be a list of user tasks, events and durations",
                "order 要写成 [任务编号, 事件编号, [事件编号, {消息内容}], PT2H] 的形式",
            )  # fmt: skip
        return tuple(turn for turn in turns if turn is not None)

    def visits(
        self,
        name: str,
        read: Callable[[Any], _T | None],
        is_one: Callable[[list[Any]], bool] = lambda _: False,
        *,
        may_pass: bool = False,
        may_be_real: bool = False,
    ) -> dict[str, Visits[_T]]:
        """The entries of a part.

        Args:
            name: the part.
            read: reads one visit's; None: it is not of the form that it must have.
            is_one: whether a list is one visit's.
            may_pass: a list may have null for some of its visits: nothing happens at them.
            may_be_real: a list may have null for any of its visits: what they stand for is done for real.
        """
        found = {}
        for key, value in self.mapping(name).items():
            is_list = isinstance(value, list) and not is_one(value)
            given = value if is_list else [value]
            items = [read(item) for item in given]
            passes = is_list and (may_be_real or (may_pass and any(item is not None for item in items)))
            if not items or any(i is None and not (passes and g is None) for g, i in zip(given, items, strict=True)):
                raise self.refused(
                    name, f"`{name}.{key}` is not of the form that it must have",
                    f"{name} 里的 {key} 写法不对:一次写 {_FORMS.get(name, '{名称: 内容}')},多次写成列表", key,
                )  # fmt: skip
            found[key] = Visits(tuple(items), every_time=not is_list)
        return found

    def occurrences(self, name: str, key: str, value: Any) -> tuple[Occurrence, ...]:
        items = value if isinstance(value, list) and not _is_occurrence(value) else [value]
        found = tuple(item for item in map(_occurrence, items) if item is not None)
        if not found or len(found) != len(items):
            raise self.refused(
                name, f"`{name}.{key}` must be a list of boundary events",
                f"{name} 里的 {key} 要写成 [边界事件编号] 的形式", key,
            )  # fmt: skip
        return found


_FORMS: Final = {"events": "事件编号或 [事件编号, {消息内容}]"}


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


def _turn(value: Any) -> Turn | None:
    found = _occurrence(value)
    if found is None:
        return None
    passes = _DURATION.fullmatch(found.element)
    if passes is not None and not found.payload:
        days, hours, minutes, seconds = (int(part or 0) for part in passes.groups())
        return Turn(duration=timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
    named = _TURN.fullmatch(found.element)
    return None if named is None else Turn(key=named[1], n=int(named[2] or 1), payload=found.payload)
