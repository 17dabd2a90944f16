"""How a case came out: what it was about, its result, and whether the customer is content (SLA-06, E10, E17)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import customers, shop
from engine.customers import asking, results, visiting, visits, words
from engine.customers.results import ResultClosed
from engine.customers.visits import VisitOver, VisitProblem
from engine.errors import InvalidValue
from engine.queries.base import Names
from engine.queries.outcome import Outcome, read_outcome
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs, sees_cases
from web.visits import answer_of, typed_answer
from web.wiring import parts

bp = Blueprint("case_results", __name__)


def outcome_of(case_id: str) -> Outcome:
    """The outcome of a case that the page has checked; for its headline."""
    with parts().db.read() as connection:
        return read_outcome(connection, parts().definitions, case_id)


bp.add_app_template_global(outcome_of, "outcome_of")


@bp.get("/cases/<case_id>/result")
@needs(sees_cases)
def show(case_id: str) -> ResponseReturnValue:
    """Issue type, result and the one question that a case asks."""
    return _page(case_id)


@bp.post("/cases/<case_id>/result")
@needs(sees_cases)
def amend(case_id: str) -> ResponseReturnValue:
    """303 to the case's result; 422 without a text, 409 when it is too late."""
    parts().queries.check_case(case_id, actor())
    text = posted.text("result", 600)
    try:
        results.amend(parts().runtime, case_id, text, actor())
    except InvalidValue as problem:
        return _page(case_id, problem=errors.sentence(problem), typed={"result": text}), 422
    except ResultClosed as problem:
        return _page(case_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已补充处理结果。"))
    return redirect(url_for("case_results.show", case_id=case_id), code=303)


@bp.post("/cases/<case_id>/satisfaction")
@needs(customers.may_edit)
def ask(case_id: str) -> ResponseReturnValue:
    """303 to the case's result; 422 without a grade, 409 when the customer was asked."""
    parts().queries.check_case(case_id, actor())
    typed = typed_answer()
    try:
        visiting.ask_at_closing(parts().runtime, case_id, answer_of(typed), actor())
    except VisitProblem as problem:
        return _page(case_id, ask_problem=errors.sentence(problem), field=problem.field, typed=typed), 422
    except VisitOver as problem:
        return _page(case_id, ask_problem=errors.sentence(problem)), 409
    parts().worker.wake()
    notes.add(gettext("已记下客户评价,不会再问一次。"))
    return redirect(url_for("case_results.show", case_id=case_id), code=303)


def _page(
    case_id: str,
    *,
    problem: str | None = None,
    ask_problem: str | None = None,
    field: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    case = parts().queries.case(case_id, actor())
    root = case.instances[0]
    with parts().db.read() as connection:
        outcome = read_outcome(connection, parts().definitions, case_id)
        visit = visits.visit_of_case(connection, case_id)
        waits = asking.waits(connection, case_id)
        drawn = not waits and asking.asks_itself(connection, parts().definitions, case_id)
        people = Names(connection, parts().definitions, [outcome.noted_by, visit.done_by if visit else None])
        may_amend = results.may_amend(connection, case_id, actor(), parts().clock.now())
        variables = {fact.name: fact.value for fact in case.variables}
        phrase = shop.read_settings(connection, variables.get("shop")).get("closing_phrase", shop.CLOSING_PHRASE)
    is_time = waits or (case.status == "completed" and not drawn)
    asks = is_time and case.customer_id is not None and (visit is None or visit.is_open)
    return render_template(
        "visits/result.html",
        case=case,
        outcome=outcome,
        visit=visit,
        people=people,
        may_amend=may_amend,
        may_ask=asks and customers.may_edit(actor()) and root.process_id != words.COMPLAINTS,
        drawn=drawn,
        closing_phrase=phrase,
        max_result=results.MAX_RESULT,
        problem=problem,
        ask_problem=ask_problem,
        field=field,
        typed=typed or {},
        reads_archive=customers.may_read(actor()),
    )
