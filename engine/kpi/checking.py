"""What must hold of the rules before a version is made of them, in sentences that say what to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from engine.errors import InvalidValue
from engine.kpi.defaults import BOUNDS, FORMULAS, LIMITS, SHARE, TARGETS, TYPES
from engine.model import Value

_ONE: Final = Decimal(1)
_MOST: Final = Decimal(10) ** 9
_PARTS: Final = frozenset(
    {
        "targets", "formulas", "overrides", "commission", "commission_on", "whole_one", "limits", "bounds", "solved",
    }
)  # fmt: skip
_MOST_TIERS: Final = 10


class RulesProblem(InvalidValue):
    """The rules cannot be used as they stand; ``problems`` are sentences by field. Don't retry."""

    code = "rules_problem"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(
            f"There is something to correct ({len(problems)}). Please look at what is marked.",
            message_zh="有内容需要改正,请看标出的地方。",
        )
        self.problems = problems


def sums_wanted(agent_type: str, *, whole_one: bool) -> tuple[Decimal, Decimal]:
    """What the weights of the two groups must add up to; without a multiplied group it is (0, 1).

    Args:
        agent_type: see defaults.TYPES.
        whole_one: where both groups together make 1, however it is split between them, the first is -1.
    """
    if not FORMULAS[agent_type][1]:
        return Decimal(0), _ONE
    return (Decimal(-1), _ONE) if whole_one else SHARE


def check_content(content: Mapping[str, Value], known_ends: Mapping[str, Iterable[str]]) -> None:
    """Raise unless the rules can be used.

    Raises:
        RulesProblem: says what is wrong, by field (``targets.K01``, ``formulas.general``, ``commission`` …).
    """
    if set(content) != _PARTS:
        raise RulesProblem({"": "规则的内容不完整。"})
    problems: dict[str, str] = {}
    _check_goals(content, problems)
    for agent_type in TYPES:
        problem = _formula_problem(agent_type, content)
        if problem:
            problems[f"formulas.{agent_type}"] = problem
    problem = _commission_problem(content["commission"])
    if problem:
        problems["commission"] = problem
    for name in LIMITS:
        if not _is_whole(content["limits"].get(name), 1, 7 * 86400):
            problems[f"limits.{name}"] = "须为 1 秒到 7 天。"
    for name, (_, _, least, most) in BOUNDS.items():
        if not _is_whole(content["bounds"].get(name), least, most):
            problems[f"bounds.{name}"] = f"须为 {least} 到 {most} 的整数。"
    for process, ends in content["solved"].items():
        unknown = [end for end in ends if process in known_ends and end not in set(known_ends[process])]
        if unknown:
            problems[f"solved.{process}"] = f"流程里没有这个结束状态:{'、'.join(unknown)[:80]}。"
    if problems:
        raise RulesProblem(problems)


def _check_goals(content: Mapping[str, Value], problems: dict[str, str]) -> None:
    every = {"": content["targets"], **content["overrides"]}
    for agent_type, goals in every.items():
        for indicator, goal in goals.items():
            where = f"targets.{indicator}" if not agent_type else f"overrides.{agent_type}.{indicator}"
            problem = _goal_problem(indicator, goal)
            if problem:
                problems[where] = problem


def _goal_problem(indicator: str, goal: Any) -> str | None:
    shipped = TARGETS.get(indicator)
    if shipped is None:
        return "没有这个指标的目标。"
    floor, target = goal.get("floor"), goal.get("target")
    if not _is_number(floor) or not _is_number(target):
        return "底线和目标都须填数字。"
    if floor == target:
        return "目标不能与底线相同。"
    if (target > floor) != (shipped[1] > shipped[0]):
        return "该指标越高越好,目标须大于底线。" if shipped[1] > shipped[0] else "该指标越低越好,目标须小于底线。"
    return None


def _formula_problem(agent_type: str, content: Mapping[str, Value]) -> str | None:
    formula = content["formulas"].get(agent_type)
    if formula is None:
        return "缺少该类型的权重。"
    weights = [*formula["g"].values(), *formula["a"].values()]
    if not all(isinstance(weight, Decimal) and 0 <= weight <= 1 for weight in weights):
        return "权重须为 0 到 1 的数字。"
    if any(name not in TARGETS for name in (*formula["g"], *formula["a"])):
        return "有不能计分的指标。"
    g_sum, a_sum = sum(formula["g"].values(), Decimal(0)), sum(formula["a"].values(), Decimal(0))
    wanted_g, wanted_a = sums_wanted(agent_type, whole_one=bool(content["whole_one"]))
    if wanted_g < 0:
        return None if g_sum + a_sum == _ONE else f"两组权重合计须为 1,现在是 {g_sum + a_sum}。"
    if g_sum != wanted_g:
        return f"乘佣金部分的权重合计须为 {wanted_g},现在是 {g_sum}。"
    return None if a_sum == wanted_a else f"相加部分的权重合计须为 {wanted_a},现在是 {a_sum}。"


def _commission_problem(tiers: Any) -> str | None:
    if not tiers or len(tiers) > _MOST_TIERS:
        return f"佣金档次须有 1 到 {_MOST_TIERS} 档。"
    starts = [tier.get("from") for tier in tiers]
    factors = [tier.get("factor") for tier in tiers]
    if not all(_is_number(one) and one >= 0 for one in (*starts, *factors)):
        return "起点和系数须为不小于 0 的数字。"
    if starts[0] != 0:
        return "第一档须从 0 开始。"
    if any(after <= before for before, after in pairwise(starts)):
        return "各档的起点须从低到高,不能重复。"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and -_MOST < value < _MOST


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, Decimal) and value == value.to_integral_value() and least <= value <= most
