"""Trees as flat facts, path → text, so that no property can differ unseen, known to us or not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.studio.comparing.model import Change, Words

#: A name and, among several of that name, which one.
Step: TypeAlias = tuple[str, str]
Path: TypeAlias = tuple[Step, ...]
Say: TypeAlias = Callable[[Path], Words]
Show: TypeAlias = Callable[[Path, str], str]


@dataclass(slots=True)
class Facts:
    """What a part says: texts by their paths, and the order of what has an order."""

    values: dict[Path, str] = field(default_factory=dict)
    #: Path of a list → keys of its items.
    orders: dict[Path, tuple[str, ...]] = field(default_factory=dict)


def changes_between(before: Facts, after: Facts, say: Say, shown: tuple[Show, Show] | None = None) -> list[Change]:
    """Every property that differs, in the order of the later file.

    Args:
        before: what a part said.
        after: what it says.
        say: words of a path.
        shown: how values before and after are shown; None: as they are.
    """
    found = []
    for path in dict.fromkeys([*after.values, *before.values]):
        was, now = before.values.get(path), after.values.get(path)
        if was == now:
            continue
        if shown is not None:
            was = None if was is None else shown[0](path, was)
            now = None if now is None else shown[1](path, now)
        found.append(Change(what=say(path), before=was, after=now))
    for path in dict.fromkeys([*after.orders, *before.orders]):
        found += _order(before.orders.get(path, ()), after.orders.get(path, ()), say(path))
    return found


def _order(before: tuple[str, ...], after: tuple[str, ...], what: Words) -> Iterator[Change]:
    """Whether what both have stands in another order."""
    both = set(before) & set(after)
    was = [key for key in before if key in both]
    now = [key for key in after if key in both]
    if was != now:
        words = Words(f"{what.zh}的顺序", f"Order of {what.en}")
        yield Change(what=words, before="、".join(was), after="、".join(now))


# --- values of JSON ------------------------------------------------------------------------------


def of_json(value: Any, keys: Mapping[str, str] | None = None) -> Facts:
    """The facts of a JSON value.

    Args:
        value: as ``json.loads`` gives it.
        keys: list's name → name of what tells its items apart; items of other lists are told apart by their number.
    """
    facts = Facts()
    _json(value, (), facts, keys or {})
    return facts


def _json(value: Any, path: Path, facts: Facts, keys: Mapping[str, str]) -> None:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            _json(inner, (*path, (str(name), "")), facts, keys)
    elif isinstance(value, list | tuple) and path and any(isinstance(one, Mapping | list | tuple) for one in value):
        _items(value, path, facts, keys)
    else:
        facts.values[path] = text_of(value)


def _items(items: Iterable[Any], path: Path, facts: Facts, keys: Mapping[str, str]) -> None:
    *above, (name, outer) = path
    by = keys.get(name)
    named = [str(one[by]) if by and isinstance(one, Mapping) and by in one else "" for one in items]
    order = tuple(distinct(named))
    for key, one in zip(order, items, strict=True):
        _json(one, (*above, (name, outer), ("", key or "#1")), facts, keys)
    if any(named):
        facts.orders[path] = order


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Keys that are told apart: what stands there again gets its number."""
    seen: Counter[str] = Counter()
    used: set[str] = set()
    for name in names:
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name}#{seen[name]}"
        while key in used:
            key += "'"
        used.add(key)
        yield key


def text_of(value: Any) -> str:
    """A value as people read it; a text that could be taken for something else stands in quotation marks."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_json(value) else value
    if isinstance(value, list | tuple):
        return f"[{', '.join(_quoted(one) for one in value)}]"
    return _quoted(value)


def _quoted(value: Any) -> str:
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in _BEGINNINGS:
        return False
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


#: What a JSON value can begin with; NaN and Infinity are read too.
_BEGINNINGS: Final = frozenset('{["-0123456789tfnNI')
_DECODER: Final = json.JSONDecoder(parse_int=str)
