"""Built-in functions on lists (DMN 1.5 §10.3.4.4); positions count from 1, from -1 backwards."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from itertools import groupby
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.builtins.registry import builtin
from engine.feel.limits import MAX_DEPTH, Run
from engine.feel.values.kinds import FeelFunction, YearMonthDuration
from engine.feel.values.numbers import CONTEXT, whole
from engine.feel.values.operations import add, as_number, compare, divide, multiply, same, subtract
from engine.feel.values.temporal import LENGTHS

#: Kinds of values that have a sum: numbers, and beyond the standard each kind of duration.
_SUMMED: Final = (frozenset({Decimal}), frozenset(LENGTHS), frozenset({YearMonthDuration}))


@builtin("list contains", "list: list, element: Any")
def _contains(run: Run, items: list[Any], element: Any) -> bool:
    run.charge(len(items))
    return any(same(item, element, run) for item in items)


@builtin("count", "list: list")
def _count(run: Run, items: list[Any]) -> Decimal:
    return Decimal(len(items))


@builtin("min", "list: list...")
def _min(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, -1)


@builtin("max", "list: list...")
def _max(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, 1)


def _extreme(run: Run, items: list[Any], wanted: int) -> Any:
    run.charge(len(items))
    if not items:
        return None
    best = items[0]
    for item in items:
        order = compare(item, best)
        if order is None:
            return None
        if order == wanted:
            best = item
    return as_number(best)


@builtin("sum", "list: list...")
def _sum(run: Run, items: list[Any]) -> Any:
    run.charge(len(items))
    values = [as_number(item) for item in items]
    if not values or not any(all(type(value) in kinds for value in values) for kinds in _SUMMED):
        return None
    total = values[0]
    for value in values[1:]:
        total = add(total, value)
    return total


@builtin("mean", "list: list...")
def _mean(run: Run, items: list[Any]) -> Any:
    total = _sum(run, items)
    return None if total is None else divide(total, Decimal(len(items)))


@builtin("product", "list: list...")
def _product(run: Run, items: list[Any]) -> Any:
    numbers = _numbers(run, items)
    if not numbers:
        return None
    total: Any = Decimal(1)
    for number in numbers:
        total = multiply(total, number)
    return total


def _numbers(run: Run, items: list[Any]) -> list[Decimal] | None:
    run.charge(len(items))
    numbers = [as_number(item) for item in items]
    return numbers if all(type(number) is Decimal for number in numbers) else None


@builtin("median", "list: list...")
def _median(run: Run, items: list[Any]) -> Any:
    numbers = _numbers(run, items)
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return divide(add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", "list: list...")
def _stddev(run: Run, items: list[Any]) -> Any:
    numbers = _numbers(run, items)
    if not numbers or len(numbers) < 2:
        return None
    mean = divide(_sum(run, items), Decimal(len(numbers)))
    squares = _sum(run, [multiply(subtract(number, mean), subtract(number, mean)) for number in numbers])
    variance = divide(squares, Decimal(len(numbers) - 1))
    return None if variance is None else CONTEXT.sqrt(variance)


@builtin("mode", "list: list...")
def _mode(run: Run, items: list[Any]) -> list[Decimal] | None:
    numbers = _numbers(run, items)
    if numbers is None:
        return None
    runs = [(number, len(list(alike))) for number, alike in groupby(sorted(numbers))]
    most = max((count for _, count in runs), default=0)
    return [number for number, count in runs if count == most]


@builtin("all", "list: list...")
def _all(run: Run, items: list[Any]) -> bool | None:
    run.charge(len(items))
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any", "list: list...")
def _any(run: Run, items: list[Any]) -> bool | None:
    run.charge(len(items))
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("sublist", "list: list, start position: number, length?: number!")
def _sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    begin = _index(start, len(items))
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    count = whole(length)
    if count is None or count < 1 or begin + count > len(items):
        return None
    return items[begin : begin + count]


def _index(position: Decimal, size: int) -> int | None:
    index = whole(position)
    if index is None or index == 0 or abs(index) > size:
        return None
    return index - 1 if index > 0 else size + index


@builtin("append", "list: list!, item: list...")
def _append(run: Run, items: list[Any] | None, added: list[Any]) -> list[Any]:
    return _grown(run, [*(items or []), *added])


def _grown(run: Run, items: list[Any]) -> list[Any]:
    run.charge(len(items))
    return items


@builtin("concatenate", "list: list*")
def _concatenate(run: Run, lists: list[Any]) -> list[Any] | None:
    if any(item is None for item in lists):
        return None
    joined: list[Any] = []
    for item in lists:
        part = item if isinstance(item, list) else [item]
        run.charge(len(part) + 1)
        joined += part
    return joined


@builtin("insert before", "list: list, position: number, newItem: Any")
def _insert(run: Run, items: list[Any], position: Decimal, new: Any) -> list[Any] | None:
    index = _index(position, len(items))
    return None if index is None else _grown(run, [*items[:index], new, *items[index:]])


@builtin("remove", "list: list, position: number")
def _remove(run: Run, items: list[Any], position: Decimal) -> list[Any] | None:
    index = _index(position, len(items))
    return None if index is None else _grown(run, items[:index] + items[index + 1 :])


@builtin("list replace", "list: list, position: number, newItem: Any", "list: list, match: function, newItem: Any")
def _replace(run: Run, items: list[Any], where: Any, new: Any) -> list[Any] | None:
    if isinstance(where, FeelFunction):
        if len(where.parameters) != 2:
            return None
        run.charge(len(items))
        verdicts = [where.call(run, item, new) for item in items]
        if not all(isinstance(verdict, bool) for verdict in verdicts):
            return None
        return [new if verdict else item for item, verdict in zip(items, verdicts, strict=True)]
    index = _index(where.to_integral_value("ROUND_DOWN"), len(items)) if where.adjusted() < 15 else None
    return None if index is None else _grown(run, [*items[:index], new, *items[index + 1 :]])


@builtin("reverse", "list: list")
def _reverse(run: Run, items: list[Any]) -> list[Any]:
    return _grown(run, items[::-1])


@builtin("index of", "list: list, match: Any")
def _index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    run.charge(len(items))
    return [Decimal(index) for index, item in enumerate(items, 1) if same(item, match, run)]


@builtin("union", "list: list*")
def _union(run: Run, lists: list[Any]) -> list[Any] | None:
    joined = _concatenate(run, lists)
    return None if joined is None else _distinct(run, joined)


@builtin("distinct values", "list: list")
def _distinct(run: Run, items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        run.charge(1 + len(kept) // 4)
        if not any(same(item, other, run) for other in kept):
            kept.append(item)
    return kept


@builtin("duplicate values", "list: list")
def _duplicates(run: Run, items: list[Any]) -> list[Any]:
    seen: list[Any] = []
    twice: list[Any] = []
    for item in items:
        run.charge(1 + len(seen) // 4)
        if not any(same(item, other, run) for other in seen):
            seen.append(item)
        elif not any(same(item, other, run) for other in twice):
            twice.append(item)
    return twice


@builtin("flatten", "list: list")
def _flatten(run: Run, items: list[Any], depth: int = 0) -> list[Any]:
    if depth > MAX_DEPTH:
        raise FeelLimitExceeded(f"a value is nested deeper than {MAX_DEPTH} levels")
    flat: list[Any] = []
    for item in items:
        run.charge(1)
        if isinstance(item, list):
            flat += _flatten(run, item, depth + 1)
        else:
            flat.append(item)
    run.charge(len(flat))
    return flat


@builtin("partition", "list: list, size: number")
def _partition(run: Run, items: list[Any], size: Decimal) -> list[list[Any]] | None:
    count = whole(size)
    if count is None or count < 1:
        return None
    run.charge(len(items))
    return [items[index : index + count] for index in range(0, len(items), count)]


@builtin("is empty", "list: list")
def _is_empty(run: Run, items: list[Any]) -> bool:
    return not items


@builtin("sort", "list: list, precedes?: function")
def _sort(run: Run, items: list[Any], precedes: FeelFunction | None = None) -> list[Any] | None:
    valid = True

    def order(left: Any, right: Any) -> int:
        nonlocal valid
        run.charge(1)
        if precedes is None:
            natural = compare(left, right)
            valid = valid and natural is not None
            return natural or 0
        verdict = precedes.call(run, left, right)
        valid = valid and isinstance(verdict, bool)
        return -1 if verdict is True else 1 if precedes.call(run, right, left) is True else 0

    ordered = sorted(items, key=cmp_to_key(order))
    return ordered if valid else None
