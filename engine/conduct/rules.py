"""The rules of conduct: what everybody who talks to customers has read and agreed to, in versions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from engine.errors import InvalidValue, NotAllowed
from engine.model import Actor
from engine.store import text_versions
from engine.store.database import Transaction
from engine.store.text_versions import TextVersion

KIND: Final = "conduct"
ID: Final = "rules"
MAX_RULES: Final = 60
MAX_TEXT: Final = 300
_LINE: Final = re.compile(r"(?P<id>[A-Za-z]{1,4}-?\d{1,3})[\s::]+(?P<text>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; ``id`` as people cite it (PR-01)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force; version 0 are those that are shipped."""

    version: int
    rules: tuple[Rule, ...]


def read_rules(connection: Connection) -> Rules:
    """The rules in force."""
    newest = text_versions.newest(connection, KIND, ID)
    return shipped() if newest is None else rules_of(newest)


def rules_of(version: TextVersion) -> Rules:
    """The rules as a version has them."""
    content: Any = version.content
    return Rules(version=version.version or 0, rules=tuple(Rule(id=one["id"], text=one["text"]) for one in content))


@cache
def shipped() -> Rules:
    """Those that hold until a shop has written its own."""
    content = json.loads((Path(__file__).parent / "rules.json").read_text("utf-8"))
    return Rules(version=0, rules=tuple(Rule(id=one["id"], text=one["text"]) for one in content))


def parse(text: str) -> tuple[Rule, ...]:
    """Rules as somebody types them: a line each, ``PR-01 文明用语……``.

    Raises:
        InvalidValue: a line has no number, a number is there twice, or there are none or too many.
    """
    rules: list[Rule] = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        found = _LINE.fullmatch(line)
        if found is None or len(found["text"]) > MAX_TEXT:
            raise InvalidValue(
                f"Line {number} is no rule such as PR-01 text, or longer than {MAX_TEXT} characters.",
                message_zh=f"第 {number} 行不是「PR-01 内容」的写法,或超过 {MAX_TEXT} 字。",
            )
        rules.append(Rule(id=found["id"].upper(), text=found["text"]))
    twice = [rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1]
    if twice:
        raise InvalidValue(f"{twice[0]} is there twice.", message_zh=f"编号 {twice[0]} 重复。")
    if not 0 < len(rules) <= MAX_RULES:
        raise InvalidValue(f"There must be 1 to {MAX_RULES} rules.", message_zh=f"行为规范要有 1 到 {MAX_RULES} 条。")
    return tuple(rules)


def may_edit(actor: Actor) -> bool:
    """The department manager writes them."""
    return "dept_manager" in actor.groups


def save(
    tx: Transaction, rules: Sequence[Rule], actor: Actor, *, at: datetime, note: str, based_on: int
) -> TextVersion:
    """Make the next version: everybody reads and agrees anew.

    Raises:
        NotAllowed: the actor may not.
        InvalidValue: somebody else was faster, or the note is too long.
    """
    if not may_edit(actor):
        raise NotAllowed(f"{actor.id} may not edit the rules of conduct")
    content = [{"id": rule.id, "text": rule.text} for rule in rules]
    return text_versions.put_in_force(tx, KIND, ID, content, actor, at=at, note=note, based_on=based_on)
