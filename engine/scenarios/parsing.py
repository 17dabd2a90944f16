"""The text of a scenario file becomes plain values, whoever wrote it; and where in the text something stands."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Final, TypeAlias

import yaml

from engine.errors import EngineError

MAX_BYTES: Final = 2_000_000
#: Deeper than any scenario, and far from what a reader can bear.
MAX_DEPTH: Final = 24
#: Keys and numbers of items that lead to a place in a file.
Place: TypeAlias = tuple[str | int, ...]
_Base: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ScenarioRefused(EngineError):
    """A scenario file is not of the form that it must have."""

    code = "scenario_refused"
    message_zh = "场景文件格式有误。"

    def __init__(self, message: str, *, message_zh: str, line: int | None = None, place: Place = ()) -> None:
        super().__init__(message, message_zh=message_zh)
        #: From 1; None: it is told by the place, or is of the whole file.
        self.line = line
        self.place = place


class _Loader(_Base):  # type: ignore[misc]  # one of two classes
    """YAML that reads plain words as JSON would: `no` and 12:30 are texts, 19.90 is exact; no key stands twice."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  # typed by the parent; filled below

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the parent's, but a second entry of a key is an error."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", node.start_mark)
            seen.add(key)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def _number(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def parse(name: str, content: bytes) -> Any:
    """The plain values of a file, YAML or JSON by its name.

    Raises:
        ScenarioRefused: it is too large, is neither, or is YAML with references, tags, or deeper than 24 levels.
    """
    if len(content) > MAX_BYTES:
        raise ScenarioRefused(f"{name} is larger than 2 MB", message_zh="文件超过 2 MB,请删去不再需要的场景。")
    try:
        if name.endswith(".json"):
            return json.loads(content, parse_float=Decimal, parse_int=Decimal)
        _look_over(name, content)
        return yaml.load(content, _Loader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as problem:
        mark, what = problem.problem_mark, problem.problem or problem.context
        line = min(mark.line + 1, len(content.splitlines()) or 1) if mark else None
        place = f"{name}:{line}" if line else name
        raise ScenarioRefused(f"{place}: {what}", message_zh=_said(str(what)), line=line) from problem
    except (yaml.YAMLError, ValueError, ArithmeticError, RecursionError) as problem:
        zh = "不是 YAML 文件,或含有不能使用的字符。请检查文件的编码(UTF-8)和内容。"
        raise ScenarioRefused(f"{name} is neither YAML nor JSON: {problem}", message_zh=zh) from problem


def parse_values(text: str) -> dict[str, Any]:
    """Variables as somebody types them: a line each, ``name: value``, or ``{name: value, …}``.

    Raises:
        ScenarioRefused: they cannot be read.
    """
    found = parse("values.yaml", text.encode(errors="replace"))
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        zh = "每行写一项“名称: 内容”,冒号后面有一个空格。"
        raise ScenarioRefused("write a line each, `name: value`", message_zh=zh)
    return found


def root_of(content: bytes) -> yaml.Node | None:
    """The nodes of a YAML file that ``parse`` has read, with their lines and columns."""
    found: yaml.Node | None = yaml.compose(content, _Loader)
    return found


def line_of(content: bytes, place: Place) -> int | None:
    """The line, from 1, at which a place of a file stands, or as much of the way to it as there is."""
    try:
        node = root_of(content)
    except yaml.YAMLError:
        return None
    line = None
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        mark, node = found
        line = mark.line + 1
    return line


def scenario_lines(content: bytes) -> dict[str, int]:
    """Number of a scenario → the line, from 1, with which it begins; of a file that ``parse`` has read."""
    root = root_of(content)
    found: dict[str, int] = {}
    for part in root.value if isinstance(root, yaml.SequenceNode) else [root]:
        scenarios = _child(part, "scenarios")
        items = scenarios[1].value if scenarios and isinstance(scenarios[1], yaml.SequenceNode) else ()
        for index, item in enumerate(items):
            no, place = _child(item, "no"), _child(scenarios[1], index) if scenarios else None
            if no is not None and place is not None:
                found[str(no[1].value)] = place[0].line + 1
    return found


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark, node.value[part]
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == part), None)
    return None


def _look_over(name: str, content: bytes) -> None:
    """Refuse what makes more of a text than stands in it, before anything is built of it."""
    depth = 0
    for event in yaml.parse(content, _Base):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            zh = "场景文件里不能用 & 和 * 引用,请把内容写全;文字里有这些符号时请加引号。"
            raise ScenarioRefused(f"{name}:{line}: references (& and *) are not read", message_zh=zh, line=line)
        if getattr(event, "tag", None) is not None:
            zh = "场景文件里不能用 ! 标签;文字里有这个符号时请加引号。"
            raise ScenarioRefused(f"{name}:{line}: tags (!) are not read", message_zh=zh, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            zh = f"嵌套超过 {MAX_DEPTH} 层,请检查括号是否写多了。"
            raise ScenarioRefused(f"{name}:{line}: deeper than {MAX_DEPTH} levels", message_zh=zh, line=line)


def _said(problem: str) -> str:
    """What the reader of YAML finds, in Chinese: these are its words."""
    if "stands here twice" in problem:
        return f"{problem.removesuffix(' stands here twice')} 写了两次,请删去一个。"
    if "mapping values are not allowed" in problem:
        return "冒号用错了地方:内容里有冒号加空格时,请给整段文字加引号;或检查上一行的缩进。"
    if "could not find expected ':'" in problem:
        return "缺少冒号:每一项写成“名称: 内容”,冒号后面有一个空格。"
    if "found character" in problem and ("'\\t'" in problem or "cannot start any token" in problem):
        return "不能用制表符或这个符号开头:缩进请用空格,以 @、`、% 开头的文字请加引号。"
    if "found unexpected end of stream" in problem or "while scanning a quoted scalar" in problem:
        return "引号没有成对,请补上结尾的引号。"
    if "did not find expected" in problem or "expected" in problem:
        return "括号、逗号或缩进不成对,请检查这一行和上一行。"
    return f"这里的写法不对({problem}),请检查缩进、引号和括号。"
