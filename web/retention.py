"""The auditors' page on retention: how long each process keeps what it knows of people, what is held, what is gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import retention
from engine.errors import EngineError, FourEyes, InvalidValue, NotFound, StepError
from engine.queries.base import Names
from web import errors, notes
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("retention", __name__, url_prefix="/audit/retention")

KINDS = {
    "case": lazy_gettext("工单去标识"),
    "late": lazy_gettext("工单补充去标识"),
    "order": lazy_gettext("订单去标识"),
    "call": lazy_gettext("来电去标识"),
    "visit": lazy_gettext("回访去标识"),
    "customer": lazy_gettext("客户档案删除"),
    "register": lazy_gettext("登记表到期删除"),
}
SUBJECTS = {
    "case": lazy_gettext("工单"),
    "customer": lazy_gettext("买家"),
    "order": lazy_gettext("订单"),
}
KEPT = {
    retention.Kept.RUNNING: lazy_gettext("有部分结束不久"),
    retention.Kept.LINKED: lazy_gettext("关联工单未结"),
    retention.Kept.HELD: lazy_gettext("已冻结"),
    retention.Kept.FINDING: lazy_gettext("审计发现未关闭"),
    retention.Kept.PENDING: lazy_gettext("有未送达的消息或未处理的异常"),
}


@bp.app_template_global("redacted_at")
def redacted_at(case_id: str) -> datetime | None:
    """For pages of a case: when its personal data were taken; None: they were not."""
    with parts().db.read() as connection:
        return retention.redacted_at(connection, case_id)


@bp.get("")
@needs(retention.may_read)
def index() -> ResponseReturnValue:
    """Rules, what is due, holds, and the log; ``before`` is the line of the log behind which it goes on."""
    return _page()


@bp.post("/rules")
@needs(retention.may_set_rules)
def set_rule() -> ResponseReturnValue:
    """303 to the page with the new rule; 422 with what was typed when something is wrong or stale."""
    typed = _typed("process_id", "days", "register_days", "reason")
    try:
        with parts().db.begin() as tx:
            retention.set_rule(
                tx,
                typed["process_id"],
                days=_days(typed["days"]),
                register_days=_days(typed["register_days"]),
                reason=typed["reason"],
                actor=actor(),
                now=_now(),
                seen=_number(request.form.get("seen", "")),
            )
    except InvalidValue as problem:
        return _page(rule=typed, problem=problem), 422
    notes.add(gettext("已保存,下一次整点检查起生效。"))
    return redirect(url_for("retention.index"), code=303)


@bp.post("/holds")
@needs(retention.may_hold)
def hold() -> ResponseReturnValue:
    """303 to the page with the new hold; 422 with what was typed."""
    typed = _typed("kind", "subject", "reason")
    try:
        with parts().db.begin() as tx:
            retention.hold(tx, typed["kind"], typed["subject"], reason=typed["reason"], actor=actor(), now=_now())
    except (InvalidValue, NotFound, StepError) as problem:
        return _page(held=typed, problem=problem), 422
    notes.add(gettext("已冻结,解除前不会去标识。"))
    return redirect(url_for("retention.index"), code=303)


@bp.post("/holds/<int:hold_id>/lift")
@needs(retention.may_hold)
def lift(hold_id: int) -> ResponseReturnValue:
    """303 to the page; 422 when the reason is missing, it is lifted already, or the actor has set it."""
    typed = _typed("reason")
    try:
        with parts().db.begin() as tx:
            retention.lift(tx, hold_id, reason=typed["reason"], actor=actor(), now=_now())
    except (InvalidValue, StepError, FourEyes) as problem:
        return _page(lifting=hold_id, lifted=typed, problem=problem), 422
    notes.add(gettext("已解除冻结,到期的内容会在下一次检查时去标识。"))
    return redirect(url_for("retention.index"), code=303)


def _page(
    *,
    rule: Mapping[str, str] | None = None,
    held: Mapping[str, str] | None = None,
    lifting: int | None = None,
    lifted: Mapping[str, str] | None = None,
    problem: EngineError | None = None,
) -> str:
    before = _number(request.args.get("before", ""))
    versions = {one.process_id: one.name for one in parts().definitions.all_latest()}
    with parts().db.read() as connection:
        overview = retention.read_overview(connection, tuple(versions), _now())
        holds = retention.list_holds(connection)
        done = retention.list_done(connection, before=before)
        people = {one.set_by for one in holds} | {one.actor for one in done}
        people |= {line.rule.made_by for line in overview.processes if line.rule.made_by}
        names = Names(connection, parts().definitions, people)
    asked = request.args.get("process", "")
    return render_template(
        "retention/index.html",
        overview=overview,
        names={"": gettext("其他所有流程"), **versions},
        person_name=names.person,
        holds=holds,
        done=done,
        before=before,
        next_before=done[-1].id if len(done) == retention.LOG_PAGE else None,
        kinds=KINDS,
        subjects=SUBJECTS,
        kept_words=KEPT,
        may_set=retention.may_set_rules(actor()),
        may_hold=retention.may_hold(actor()),
        rule=rule or _rule_of(overview.rules, asked if asked in versions else ""),
        seen=overview.rules.of(rule["process_id"] if rule else asked).version,
        held=held or {},
        lifting=lifting,
        lifted=lifted or {},
        problem=None if problem is None else errors.sentence(problem),
        at=("rule" if rule else "hold" if held else "lift") if problem else None,
        limits={"least": retention.LEAST_DAYS, "most": retention.MOST_DAYS, "reason": retention.MAX_REASON},
    )


def _rule_of(rules: retention.Rules, process_id: str) -> dict[str, str]:
    found = rules.of(process_id)
    days, register_days = ("" if one is None else str(one) for one in (found.days, found.register_days))
    return {"process_id": process_id, "days": days, "register_days": register_days, "reason": ""}


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:300] for name in names}


def _days(text: str) -> int | None:
    """Days as typed; None: for ever.

    Raises:
        InvalidValue: they are no whole number.
    """
    if text == "":
        return None
    found = _number(text)
    if found is None:
        raise InvalidValue("Please fill in the days as a whole number.", message_zh="天数请填整数。")
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _now() -> datetime:
    return parts().clock.now()
