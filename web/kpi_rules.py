"""Targets and formulas (P18): versions of them, whose type somebody is assessed by, and what counts as solved."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, kpi
from engine.access import Reach
from engine.definitions import Deployed
from engine.errors import InvalidValue
from engine.kpi.checking import RulesProblem, sums_wanted
from engine.kpi.defaults import BOUNDS, LIMITS, SOLVED, TARGETS, TYPES
from engine.kpi.figures import CHANNELS
from engine.kpi.people import list_members
from engine.kpi.rules import MAX_NOTE, Rules, list_rules, rules_of, save_rules
from engine.kpi.types import list_types, set_type, types_of
from engine.model import Actor, Value
from web import errors, notes, posted
from web import kpi_frame as pages
from web import kpi_words as said
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("kpi_rules", __name__)
_TIERS: Final = 6
_HUNDRED: Final = Decimal(100)


def may_look(person: Actor) -> bool:
    """P18, or P16 for more than oneself."""
    return kpi.sets_rules(person) or access.reach(person, "P16") in (Reach.TEAM, Reach.YES)


@bp.get("/kpi/targets")
@needs(may_look)
def index() -> ResponseReturnValue:
    """The newest rules, or a version; those who may change them find fields."""
    return _page()


@bp.post("/kpi/targets")
@needs(kpi.sets_rules)
def save() -> ResponseReturnValue:
    """303 to the page with the new version; 422 with what was typed when something is wrong or stale."""
    typed = {name: text.strip()[:60] for name, text in request.form.items()}
    problems: dict[str, str] = {}
    based_on = posted.number("based_on") or 0
    try:
        with parts().db.begin() as tx:
            content = _read(typed, list_rules(tx.connection)[0], problems)
            if problems:
                raise RulesProblem(problems)
            made = save_rules(
                tx, content, actor(), now=parts().clock.now(), valid_from=typed.get("valid_from", ""),
                note=posted.text("note", MAX_NOTE + 1), based_on=based_on, known_ends=_known_ends(),
            )  # fmt: skip
    except RulesProblem as problem:
        return _page(typed=typed, problems=problem.problems, problem=errors.sentence(problem)), 422
    except InvalidValue as problem:
        return _page(typed=typed, problem=errors.sentence(problem)), 422
    if made is None:
        notes.add(gettext("内容没有变化,没有产生新版本。"))
    else:
        notes.add(
            gettext("已保存第 %(n)s 版,从 %(month)s 起生效;以前的月份不变。", n=made.version, month=made.valid_from)
        )
    return redirect(url_for("kpi_rules.index"), code=303)


@bp.post("/kpi/types")
@needs(kpi.sets_rules)
def assign() -> ResponseReturnValue:
    """303 to the page; 422 when the month is over."""
    person, month = request.form.get("person", ""), request.form.get("valid_from", "")
    try:
        with parts().db.begin() as tx:
            circle = kpi.Circle(members=list_members(tx.connection), reach=Reach.YES, whole=True, everybody=True)
            now = parts().clock.now()
            if person not in circle.members:
                raise InvalidValue("Please choose an agent.", message_zh="请选择一位客服。")
            changed = set_type(tx, person, request.form.get("type", ""), actor(), circle, now=now, valid_from=month)
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem)), 422
    notes.add(gettext("已保存考评类型。") if changed else gettext("内容没有变化。"))
    return redirect(url_for("kpi_rules.index") + "#types", code=303)


def _page(
    *, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None, problem: str | None = None
) -> str:
    month = kpi.month_of(kpi.today_of(parts().clock.now()))
    asked = request.args.get("version", "")
    with parts().db.read() as connection:
        versions = list_rules(connection)
        shown = next((one for one in versions if str(one.version) == asked), versions[0])
        in_force = rules_of(connection, month.code)
        types, changes = types_of(connection, month.code), list_types(connection)
        members = list_members(connection)
    return render_template(
        "kpi/targets.html",
        shown=shown,
        versions=versions,
        in_force=in_force,
        month=month,
        typed=typed or written(shown),
        problems=problems or {},
        problem=problem,
        goals=[kpi.INDICATORS[name] for name in TARGETS],
        types=TYPES,
        formulas={key: shown.formula(key) for key in TYPES},
        wanted={key: sums_wanted(key, whole_one=bool(shown.content["whole_one"])) for key in TYPES},
        limits={key: CHANNELS[key] for key in LIMITS},
        bounds=BOUNDS,
        ends=_ends(),
        tiers=_TIERS,
        max_note=MAX_NOTE,
        members=[one for one in members.values() if one.active],
        member_types=types,
        type_changes=[(one, members[one.person].name if one.person in members else one.person) for one in changes[:30]],
        value_words=said.value_words,
        period=None,
        own_only=False,
        may_enter=kpi.enters_figures(actor()),
        may_set=kpi.sets_rules(actor()),
        indicators=kpi.INDICATORS,
        process_name=pages.process_name,
    )


# --- between fields and rules --------------------------------------------------------------------


def written(rules: Rules) -> dict[str, str]:
    """The fields of the form: shares in %, times in seconds."""
    content = rules.content
    fields: dict[str, str] = {}
    for name, goal in content["targets"].items():
        for side in ("floor", "target"):
            fields[f"{side}.{name}"] = _text(goal[side] * (_HUNDRED if _is_share(name) else 1))
    for agent_type, formula in content["formulas"].items():
        for group in ("g", "a"):
            fields |= {f"{group}.{agent_type}.{name}": _text(weight) for name, weight in formula[group].items()}
    for number, tier in enumerate(content["commission"]):
        fields |= {
            f"tier.{number}.from": _text(tier["from"] * _HUNDRED),
            f"tier.{number}.factor": _text(tier["factor"]),
        }
    fields |= {f"limit.{name}": _text(value) for name, value in content["limits"].items()}
    fields |= {f"bound.{name}": _text(value) for name, value in content["bounds"].items()}
    fields |= {f"solved.{process}.{end}": "1" for process, ends in content["solved"].items() for end in ends}
    fields |= {name: "1" for name in ("commission_on", "whole_one") if content[name]}
    return fields


def _read(typed: Mapping[str, str], newest: Rules, problems: dict[str, str]) -> dict[str, Value]:
    """The rules that the fields say; what is no number is told by field."""
    content: dict[str, Value] = {
        "targets": {},
        "formulas": {},
        "overrides": newest.content["overrides"],
        "commission_on": typed.get("commission_on") == "1",
        "whole_one": typed.get("whole_one") == "1",
    }
    for name in TARGETS:
        factor = _HUNDRED if _is_share(name) else Decimal(1)
        sides = {side: _number(typed, f"{side}.{name}", f"targets.{name}", problems) for side in ("floor", "target")}
        content["targets"][name] = {side: value / factor for side, value in sides.items()}
    for agent_type in TYPES:
        shipped = newest.formula(agent_type)
        content["formulas"][agent_type] = {
            group: {
                name: _number(typed, f"{group}.{agent_type}.{name}", f"formulas.{agent_type}", problems)
                for name in names
            }
            for group, names in (("g", shipped.multiplied), ("a", shipped.added))
        }
    tiers = [
        number for number in range(_TIERS) if typed.get(f"tier.{number}.from") or typed.get(f"tier.{number}.factor")
    ]
    content["commission"] = [
        {
            "from": _number(typed, f"tier.{number}.from", "commission", problems) / _HUNDRED,
            "factor": _number(typed, f"tier.{number}.factor", "commission", problems),
        }
        for number in tiers
    ]
    content["limits"] = {name: _number(typed, f"limit.{name}", f"limits.{name}", problems) for name in LIMITS}
    content["bounds"] = {name: _number(typed, f"bound.{name}", f"bounds.{name}", problems) for name in BOUNDS}
    content["solved"] = {
        process: sorted(end for end, _ in ends if typed.get(f"solved.{process}.{end}") == "1")
        for process, ends in _ends()
    }
    return content


def _number(typed: Mapping[str, str], name: str, where: str, problems: dict[str, str]) -> Decimal:
    try:
        value = Decimal(typed.get(name, "").replace(",", "").removesuffix("%") or "x")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > 10**9 or value.as_tuple().exponent < -6:  # type: ignore[operator]  # finite
        problems[where] = gettext("须填数字,最多六位小数。")
        return Decimal(0)
    return value.normalize() + 0


def _is_share(name: str) -> bool:
    return kpi.INDICATORS[name].unit is kpi.Unit.SHARE


def _text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ends() -> list[tuple[str, list[tuple[str, str]]]]:
    """(process, [(end state, its name)]) of the processes whose ends may count as solved."""
    found = []
    latest = {one.process_id: one for one in parts().definitions.all_latest()}
    for process, shipped in SOLVED.items():
        deployed = latest.get(process)
        ends = [(end, end) for end in shipped] if deployed is None else _ends_of(deployed)
        found.append((process, ends))
    return found


def _ends_of(deployed: Deployed) -> list[tuple[str, str]]:
    """The process's own ends; those of reminders beside the way end nothing."""
    return [
        (element.id, element.name or element.id)
        for element in deployed.definition.elements.values()
        if element.kind == "endEvent" and element.scope is None and not element.id.startswith("end_tm_")
    ]


def _known_ends() -> dict[str, list[str]]:
    return {process: [end for end, _ in ends] for process, ends in _ends()}
