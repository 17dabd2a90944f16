"""Two files of scenarios, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from engine.scenarios import Scenario, read_scenarios
from engine.scenarios.scenario import Visits
from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, changes_between, of_json
from engine.studio.comparing.model import Difference, Kind, Words
from engine.studio.comparing.sequences import kept_order

_NOUN: Final = Words("场景", "scenario")


def compare_scenarios(before: bytes | None, after: bytes | None) -> list[Difference]:
    """What is different.

    Raises:
        ScenarioRefused: one of them cannot be read.
    """
    was, now = ({} if data is None else _scenarios(data) for data in (before, after))
    kept = kept_order(list(was), list(now))
    found = []
    for no in dict.fromkeys([*now, *was]):
        one, other = was.get(no), now.get(no)
        changes = changes_between(_facts(one), _facts(other), words.say)
        kind = Kind.ADDED if one is None else Kind.REMOVED if other is None else Kind.CHANGED
        if kind is Kind.CHANGED and not changes:
            if no in kept:
                continue
            kind = Kind.MOVED
        title = (other or one or _NONE).title
        found.append(Difference(kind=kind, id=no, noun=_NOUN, name=title, changes=tuple(changes)))
    return found


def _scenarios(data: bytes) -> dict[str, Scenario]:
    return {one.no: one for one in read_scenarios({"scenarios.yaml": data})}


def _facts(scenario: Scenario | None) -> Facts:
    if scenario is None:
        return Facts()
    said = {name: value for name, value in _plain(scenario).items() if name not in ("file", "no") and value}
    return of_json(said)


def _plain(value: Any) -> Any:
    """Dataclasses as mappings; a list of visits is a list, one for all visits stands for itself."""
    if isinstance(value, Visits):
        return _plain(value.values[0]) if value.every_time else [_plain(one) for one in value.values]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


_NONE: Final = Scenario(
    process="", no="", title="", file="", start={}, do={}, calls={}, svc={}, events={}, fire={}, expect={}, end=None,
    path=None,
)  # fmt: skip
