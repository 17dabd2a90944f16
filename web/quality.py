"""质检: the week's samples, the form beside its case, results, objections and decisions, the form's weights."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import accounts
from engine.drafts import of_check
from engine.errors import InvalidValue, NotFound, StepError
from engine.model import Actor
from engine.quality import checking, drawing, reading, weeks, words
from engine.quality import form as forms
from engine.quality.checking import Verdict
from engine.quality.proposals import propose
from web import cases, drafts, errors, notes, posted, quality_drafts
from web.i18n import gettext
from web.identity import actor, needs
from web.kpi_frame import process_name
from web.links import number
from web.quality_pages import STATES, WHY, opens, page, this_week
from web.wiring import parts

bp = Blueprint("quality", __name__)
_FILTERS: Final = ("week", "agent", "state", "why")
_DIGITS: Final = 3
_MOST_DIGITS: Final = 9


@bp.get("/quality")
@needs(opens)
def index() -> ResponseReturnValue:
    """Checks of others, by week, agent and state; who may see none is led to the own results."""
    if not words.may_look(actor()):
        return redirect(url_for("quality.mine"), code=303)
    return _index()


@bp.post("/quality")
@needs(words.may_check)
def add() -> ResponseReturnValue:
    """303 to the check of a case; 422 when it cannot be checked."""
    case_id, now = posted.text("case_id", 20), parts().clock.now()
    calendar = checking.calendar_of(parts().runtime, now)
    try:
        with parts().db.begin() as tx:
            made = drawing.add_case(tx, case_id, actor(), now=now, calendar=calendar)
    except (InvalidValue, NotFound) as problem:
        return _index(problem=errors.sentence(problem), typed=case_id), 422
    return redirect(url_for("quality.show", check_id=made), code=303)


@bp.get("/quality/mine")
@needs(words.is_checked)
def mine() -> ResponseReturnValue:
    """The person's own results."""
    with parts().db.read() as connection:
        found = reading.list_own(connection, actor(), after=request.args.get("after", type=number))
    return page("quality/mine.html", "quality.mine", page=found, **_words())


@bp.get("/quality/week")
@needs(words.may_look)
def week() -> ResponseReturnValue:
    """A week's checks by agent, and which items lost points; to be printed."""
    code = request.args.get("week", "") or weeks.shifted(this_week(), -1)
    with parts().db.read() as connection:
        agents = reading.read_week(connection, actor(), code)
        lost = reading.lost_points(connection, actor(), code)
    following = weeks.shifted(code, 1)
    return page(
        "quality/week.html",
        "quality.week",
        week=code,
        before=weeks.shifted(code, -1),
        following=following if following <= this_week() else None,
        agents=agents,
        lost=lost,
        items=words.BY_ID,
        as_of=parts().clock.now(),
    )


@bp.get("/quality/form")
@needs(words.may_look)
def form() -> ResponseReturnValue:
    """What the items weigh, and the versions."""
    return _form()


@bp.post("/quality/form")
@needs(words.sets_form)
def save_form() -> ResponseReturnValue:
    """303 to the form; 422 with what was typed, 409 when somebody was faster."""
    typed = {item.id: posted.text(item.id, _DIGITS + 1) for item in words.ITEMS}
    note, based_on = posted.text("note", words.MAX_REMARK + 1), posted.text("version", 9)
    try:
        weights = {name: _points(text, words.BY_ID[name].name) for name, text in typed.items()}
        with parts().db.begin() as tx:
            forms.save_form(tx, weights, actor(), now=parts().clock.now(), note=note, based_on=_version(based_on))
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _form(typed=typed, note=note, problem=errors.sentence(problem)), status
    notes.add(gettext("质检表已保存,以后的质检按新的分值。"))
    return redirect(url_for("quality.form"), code=303)


@bp.get("/quality/<int:check_id>")
@needs(opens)
def show(check_id: int) -> ResponseReturnValue:
    """The form beside its case, or the result; the agent's own counts as read then."""
    answer = _shown(check_id)
    with parts().db.begin() as tx:
        row = checking.get_check(tx.connection, check_id, actor())
        checking.mark_read(tx, row, actor(), now=parts().clock.now())
    return answer


@bp.post("/quality/<int:check_id>/result")
@needs(words.may_check)
def result(check_id: int) -> ResponseReturnValue:
    """303 to the result; 422 with what was typed, 409 when somebody was faster."""
    typed = _typed()
    try:
        with quality_drafts.kept_when_refused(of_check("check", check_id)):
            verdict = _verdict(typed)
            checking.check(parts().runtime, check_id, verdict, actor(), form=_version(typed["version"]))
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(check_id, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("质检结果已发给本人,可在 5 个工作日内申诉。"))
    return _taken("check", check_id)


@bp.post("/quality/<int:check_id>/objection")
@needs(words.is_checked)
def objection(check_id: int) -> ResponseReturnValue:
    """303 to the result; 422 without a reason or too late, 409 when it was objected to."""
    typed = {"objection": posted.text("objection", words.MAX_TEXT + 1)}
    try:
        with quality_drafts.kept_when_refused(of_check("objection", check_id)):
            checking.object_to(parts().runtime, check_id, typed["objection"], actor())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(check_id, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("申诉已提交,由质检人以外的人裁定。"))
    return _taken("objection", check_id)


@bp.post("/quality/<int:check_id>/decision")
@needs(words.may_check)
def decision(check_id: int) -> ResponseReturnValue:
    """303 to the result; 422 with what was typed, 409 when it is decided."""
    typed = _typed() | {name: posted.text(name, words.MAX_TEXT + 1) for name in ("decision", "reason")}
    try:
        with quality_drafts.kept_when_refused(of_check("decision", check_id)):
            points = _read_points(typed) if typed["decision"] == words.CHANGED else None
            checking.decide(parts().runtime, check_id, typed["decision"], typed["reason"], actor(), points=points)
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(check_id, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("裁定已发给本人和质检人。"))
    return _taken("decision", check_id)


def _taken(step: str, check_id: int) -> ResponseReturnValue:
    """303 to the check; the form was taken and its draft goes."""
    answer = make_response(redirect(url_for("quality.show", check_id=check_id), code=303))
    return drafts.taken(answer, of_check(step, check_id))


# --- what was typed ------------------------------------------------------------------------------


def _typed() -> dict[str, str]:
    found = {name: posted.text(name, words.MAX_TEXT + 1) for name in ("etiquette", "summary", "breach", "version")}
    for item in words.ITEMS:
        found[f"p_{item.id}"] = posted.text(f"p_{item.id}", _DIGITS + 1)
        found[f"r_{item.id}"] = posted.text(f"r_{item.id}", words.MAX_REMARK + 1)
    return found


def _verdict(typed: dict[str, str]) -> Verdict:
    return Verdict(
        points=_read_points(typed),
        remarks={item.id: typed[f"r_{item.id}"] for item in words.ITEMS if typed[f"r_{item.id}"]},
        etiquette=typed["etiquette"],
        summary=typed["summary"],
        breach=typed["breach"],
    )


def _read_points(typed: dict[str, str]) -> dict[str, int]:
    """Points of the items that have a field with something in it."""
    return {item.id: _points(typed[f"p_{item.id}"], item.name) for item in words.ITEMS if typed[f"p_{item.id}"]}


def _points(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidValue(
            f"The points of “{what}” must be a whole number.", message_zh=gettext("%(what)s须填整数。", what=what)
        )
    return int(text)


def _version(text: str) -> int:
    """The version of the form that was filled in; -1, which there is not, when it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else -1


# --- pages ---------------------------------------------------------------------------------------


def _index(*, problem: str | None = None, typed: str = "") -> str:
    query = {name: request.args.get(name, "")[:60] for name in _FILTERS}
    if query["week"]:
        weeks.monday_of(query["week"])
    with parts().db.read() as connection:
        found = reading.list_checks(
            connection,
            actor(),
            week=query["week"],
            agent=query["agent"],
            state=query["state"],
            why=query["why"],
            after=request.args.get("after", type=number),
        )
        counts = reading.count_states(connection, actor(), query["week"])
        agents = reading.list_agents(connection, actor())
    here = this_week()
    return page(
        "quality/index.html",
        "quality.index",
        page=found,
        query={name: text for name, text in query.items() if text},
        counts=counts,
        agents=agents,
        weeks=[weeks.shifted(here, -back) for back in range(9)],
        may_check=words.may_check(actor()),
        problem=problem,
        typed=typed,
        **_words(),
    )


def _form(*, typed: dict[str, str] | None = None, note: str = "", problem: str | None = None) -> str:
    with parts().db.read() as connection:
        versions = forms.list_forms(connection)
        names = accounts.read_names(connection, [one.made_by for one in versions])
    return page(
        "quality/form.html",
        "quality.form",
        form=versions[0],
        versions=versions,
        names=names,
        items=words.ITEMS,
        may_set=words.sets_form(actor()),
        typed=typed or {},
        note=note,
        problem=problem,
        max_note=words.MAX_REMARK,
    )


def _shown(check_id: int, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        row = checking.get_check(connection, check_id, person)
        form_used = checking.form_for(connection, row)
        waiting = row.state == words.WAITING
        proposals = propose(connection, row, form_used) if waiting else {}
        names = accounts.read_names(connection, [row.agent, row.checked_by, row.decided_by, row.added_by])
    own = row.agent == person.id
    may_object = own and row.state == words.CHECKED and now < (checking.when(row.object_until) or now)
    step = _step(person, row, may_object=may_object)
    known = {f"p_{name}": str(one.points) for name, one in proposals.items() if one.points is not None}
    kept = quality_drafts.of_check_page(check_id, step, typed, known if request.args.get("fill") == "1" else None)
    return page(
        "quality/show.html",
        "quality.mine" if own else "quality.index",
        check=row,
        process=process_name(row.process_id),
        form=form_used,
        items=words.ITEMS,
        breaches=words.BREACHES,
        verdict=checking.verdict_of(row),
        proposals=proposals,
        names=names,
        own=own,
        may_fill=step == "check",
        may_object=may_object,
        may_decide=step == "decision",
        typed=kept.typed,
        place=kept.place,
        over=kept.unsent,
        problem=problem,
        limits={"remark": words.MAX_REMARK, "text": words.MAX_TEXT},
        at=checking.when,
        beside=_beside(row.case_id),
        **_words(),
    )


def _step(person: Actor, row: Any, *, may_object: bool) -> str | None:
    """Which form of the check the person can send now."""
    if row.state == words.WAITING and checking.may_check_it(person, row):
        return "check"
    if row.state == words.OBJECTED and checking.may_decide_it(person, row):
        return "decision"
    return "objection" if may_object else None


def _beside(case_id: str) -> dict[str, Any] | None:
    """The case's own page in parts, for who may see it."""
    try:
        return cases.shown(case_id)
    except NotFound:
        return None


def _words() -> dict[str, Any]:
    return {"states": STATES, "whys": WHY, "process_name": process_name}
