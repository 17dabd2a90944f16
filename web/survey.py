"""员工问卷: five questions a month, answered without a name; results once there are enough, and what comes of them."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.drafts import of_evaluation
from engine.errors import InvalidValue, StepError
from engine.model import Actor
from engine.quality import survey, weeks, words
from web import drafts, errors, notes, posted, quality_drafts
from web.i18n import gettext
from web.identity import actor, needs
from web.quality_pages import asked_month, page
from web.wiring import parts

bp = Blueprint("survey", __name__)


def _may_use(person: Actor) -> bool:
    return survey.may_answer(person) or survey.may_read(person)


@bp.get("/survey")
@needs(_may_use)
def show() -> ResponseReturnValue:
    """The present month's questions for who answers, a month's results for who reads them."""
    return _shown()


@bp.post("/survey")
@needs(survey.may_answer)
def answer() -> ResponseReturnValue:
    """303 to the page; 422 with what was typed, 409 when the person has answered."""
    typed = {f"q{n}": posted.text(f"q{n}", 2) for n in range(len(survey.QUESTIONS))}
    text = posted.text("text", words.MAX_TEXT + 1)
    marks = [int(mark) if mark.isascii() and mark.isdigit() else 0 for mark in typed.values()]
    try:
        with parts().db.begin() as tx:
            survey.answer(tx, actor(), marks, text, now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(typed=typed | {"text": text}, problem=errors.sentence(problem)), status
    notes.add(gettext("谢谢,问卷已收下,不记录是谁填的。"))
    return redirect(url_for("survey.show"), code=303)


@bp.post("/survey/evaluation")
@needs(survey.may_evaluate)
def evaluate() -> ResponseReturnValue:
    """303 to the month's results; 422 without a text or too early, 409 when somebody has written it."""
    month, text = asked_month().code, posted.text("evaluation", words.MAX_TEXT + 1)
    subject = of_evaluation(month)
    try:
        with quality_drafts.kept_when_refused(subject), parts().db.begin() as tx:
            survey.evaluate(tx, month, actor(), text, now=parts().clock.now())
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return _shown(evaluation=text, problem=errors.sentence(problem)), status
    notes.add(gettext("评估已保存,填问卷的同事都能看到。"))
    return drafts.taken(make_response(redirect(url_for("survey.show", month=month), code=303)), subject)


def _shown(*, typed: dict[str, str] | None = None, evaluation: str | None = None, problem: str | None = None) -> str:
    now = parts().clock.now()
    here = kpi.read_month(weeks.month_of(now))
    asked = request.values.get("month", "").strip()
    period = kpi.read_month(asked) if asked else here
    with parts().db.read() as connection:
        answered = survey.has_answered(connection, actor(), here.code)
        results = survey.read_results(connection, period.code) if survey.may_read(actor()) else None
        evaluated = survey.find_evaluation(connection, period.code)
        newest = None if survey.may_read(actor()) else survey.find_newest_evaluation(connection)
    scored = results is not None and results.score is not None
    open_now = scored and evaluated is None and period.code < here.code and survey.may_evaluate(actor())
    subject = of_evaluation(period.code)
    sent = None if evaluation is None else {"evaluation": evaluation}
    kept = quality_drafts.shown(subject if open_now else None, [] if open_now else [subject], sent)
    return page(
        "quality/survey.html",
        "survey.show",
        questions=survey.QUESTIONS,
        may_answer=survey.may_answer(actor()),
        answered=answered,
        month=here,
        period=period,
        next_period=period.next() if period.next().first <= here.first else None,
        results=results,
        least=survey.LEAST,
        typed=typed or {},
        evaluated=evaluated if results else newest,
        evaluated_month=None if newest is None else kpi.read_month(newest.month),
        may_evaluate=open_now,
        evaluation=kept.typed.get("evaluation", ""),
        place=kept.place,
        over=kept.unsent,
        problem=problem,
        max_text=words.MAX_TEXT,
    )
