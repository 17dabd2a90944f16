"""The repairs of one case: retry, skip and move tokens of its instances; suspend, resume and cancel the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import InvalidValue, NotFound, StepError
from engine.model import ID_BASE, Value
from engine.queries import CaseView
from engine.runtime import Repair, RepairResult, repair_many, typed_value
from web import errors, notes, posted
from web.cases import case_page
from web.i18n import english, gettext
from web.identity import actor, needs, repairs_cases
from web.links import number
from web.wiring import parts

bp = Blueprint("case_repairs", __name__)
_MOST_VARIABLES: Final = 20
_MOST_TOKENS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the operator had chosen and typed, for the page that says what is wrong with it."""

    instance: int
    tokens: tuple[int, ...]
    enter: tuple[str, ...]
    reason: str
    #: (name, type, text).
    variables: tuple[tuple[str, str, str], ...]


@bp.post("/cases/<case_id>/incidents/<int:incident_id>")
@needs(repairs_cases)
def resolve(case_id: str, incident_id: int) -> ResponseReturnValue:
    """303 to the case: the element or job is tried again."""
    case = parts().queries.case(case_id, actor())
    if incident_id not in {incident.id for incident in case.incidents}:
        raise NotFound("the case has no such incident")
    parts().runtime.resolve_incident(incident_id, actor())
    return _done(case, gettext("已安排再试一次。"))


@bp.post("/cases/<case_id>/instances/<int:key>")
@needs(repairs_cases)
def repair(case_id: str, key: int) -> ResponseReturnValue:
    """303 to the case when all chosen tokens were retried, skipped or moved; else the page with what is wrong."""
    case = parts().queries.case(case_id, actor())
    if key not in {instance.key for instance in case.instances}:
        raise NotFound("the case has no such instance")
    typed = _typed(key)
    try:
        variables = {name: typed_value(name, kind, text) for name, kind, text in typed.variables if name}
        said = _repair(request.form.get("what", ""), typed, variables)
    except (InvalidValue, StepError) as problem:
        status = 422 if isinstance(problem, InvalidValue) else 409
        return case_page(case_id, problem=errors.sentence(problem), typed=typed), status
    return _done(case, said, instance=key)


@bp.post("/cases/<case_id>/suspension")
@needs(repairs_cases)
def suspend(case_id: str) -> ResponseReturnValue:
    """303 to the case, which stands still until it is resumed; a reason is needed."""
    case = parts().queries.case(case_id, actor())
    return _whole(case, Repair.SUSPEND, gettext("工单已暂停。"))


@bp.post("/cases/<case_id>/resumption")
@needs(repairs_cases)
def resume(case_id: str) -> ResponseReturnValue:
    """303 to the case, which goes on."""
    case = parts().queries.case(case_id, actor())
    return _whole(case, Repair.RESUME, gettext("工单已恢复。"))


@bp.post("/cases/<case_id>/cancellation")
@needs(repairs_cases)
def cancel(case_id: str) -> ResponseReturnValue:
    """303 to the case, which has ended without reaching an end of its process; a reason is needed."""
    case = parts().queries.case(case_id, actor())
    return _whole(case, Repair.CANCEL, gettext("工单已终止。"))


def _whole(case: CaseView, what: Repair, said: str) -> ResponseReturnValue:
    reason = posted.text("reason", 500)
    if not reason and what is not Repair.RESUME:
        notes.add(gettext("请写明原因。"), "warn")
        return redirect(url_for("cases.show", case_id=case.case_id), code=303)
    runtime = parts().runtime
    if what is Repair.SUSPEND:
        runtime.suspend(case.case_id, actor(), reason=reason)
    elif what is Repair.RESUME:
        runtime.resume(case.case_id, actor(), reason=reason)
    else:
        runtime.cancel(case.instances[0].key, reason, actor())
    return _done(case, said)


def _typed(key: int) -> Typed:
    form = request.form
    try:
        tokens = tuple(number(text) for text in form.getlist("token")[:_MOST_TOKENS])
    except ValueError as problem:
        raise NotFound("there is no such token") from problem
    if any(token // ID_BASE != key for token in tokens):
        raise NotFound("the token is of another instance")
    variables = zip(form.getlist("var_name"), form.getlist("var_type"), form.getlist("var_value"), strict=False)
    return Typed(
        instance=key,
        tokens=tokens,
        enter=tuple(element for element in form.getlist("enter") if element),
        reason=posted.text("reason", 500),
        variables=tuple((name.strip(), kind, text) for name, kind, text in variables)[:_MOST_VARIABLES],
    )


def _repair(what: str, typed: Typed, variables: dict[str, Value]) -> str:
    """Do it; gives the sentence for the next page.

    Raises:
        NotFound: there is no such repair.
        InvalidValue: nothing is chosen, or there is no reason.
        StepError: it cannot be done.
    """
    if what == "move":
        parts().runtime.modify(
            typed.instance,
            actor(),
            reason=typed.reason,
            cancel=typed.tokens,
            activate=typed.enter,
            variables=variables,
        )
        return gettext("已移动。")
    if what not in (Repair.RETRY, Repair.SKIP):
        raise NotFound("there is no such repair")
    if not typed.tokens:
        raise InvalidValue("Please choose steps first.", message_zh="请先勾选步骤。")
    if what == Repair.SKIP and not typed.reason:
        raise InvalidValue("Please write a reason.", message_zh="请写明原因。")
    results = repair_many(
        parts().runtime, Repair(what), typed.tokens, actor(), reason=typed.reason, variables=variables
    )
    failed = [result for result in results if not result.ok]
    if len(failed) == len(results):
        raise StepError(failed[0].sentence, message_zh=failed[0].sentence_zh)
    for result in failed:
        notes.add(_sentence(result), "bad")
    return _sentence(next(result for result in results if result.ok))


def _sentence(result: RepairResult) -> str:
    return errors.in_english(result.sentence) if english() else result.sentence_zh


def _done(case: CaseView, said: str, instance: int | None = None) -> ResponseReturnValue:
    parts().worker.wake()
    notes.add(said)
    return redirect(url_for("cases.show", case_id=case.case_id, instance=instance), code=303)
