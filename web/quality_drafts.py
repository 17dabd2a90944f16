"""Drafts of quality checks, objections, decisions, appraisals and evaluations: saved as typed, shown on the form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from flask import Blueprint
from flask.typing import ResponseReturnValue

from engine.drafts import CHECK_STEPS, Draft, find, of_appraisal, of_check, of_evaluation
from engine.errors import EngineError
from engine.model import Actor
from engine.quality import appraisals, survey
from web import drafts, posted
from web import quality_subjects as subjects
from web.drafts import Place
from web.identity import actor, needs
from web.quality_pages import asked_month, opens
from web.wiring import parts

bp = Blueprint("quality_drafts", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page of a form needs of drafts."""

    #: Field → text that the form shows.
    typed: dict[str, str]
    #: Of the form that can be sent; None: there is none.
    place: Place | None
    #: What the person typed into a form that cannot be sent any more: its place and its texts by label.
    unsent: tuple[Place, list[tuple[str, str]]] | None


# --- what pages ask ------------------------------------------------------------------------------


def shown(
    subject: str | None, others: list[str], typed: dict[str, str] | None, proposed: dict[str, str] | None = None
) -> Shown:
    """What stands in a form: what was just sent, else the draft over what is proposed.

    Args:
        subject: of the form that can be sent; None: there is none.
        others: of the forms of the page that cannot be sent.
        typed: what was just sent; None: nothing.
        proposed: to begin with where nothing was typed.
    """
    found = _find([subject, *others] if subject else others)
    place, draft = None, found.get(subject or "")
    if subject is not None:
        place = drafts.place_of(subject, draft, fresh=typed is not None)
    if typed is None:
        kept = {} if draft is None else subjects.texts_of(draft)
        typed = kept | {name: text for name, text in (proposed or {}).items() if not kept.get(name)}
    over = next((found[other] for other in others if other in found), None)
    unsent = None if over is None else (drafts.place_of(over.subject, over), subjects.readable(over))
    return Shown(typed=typed, place=place, unsent=unsent)


def of_check_page(
    check_id: int, step: str | None, typed: dict[str, str] | None, proposed: dict[str, str] | None = None
) -> Shown:
    """What a quality check's page needs; ``step`` is that of the form that can be sent."""
    every = {each: of_check(each, check_id) for each in CHECK_STEPS}
    others = [subject for each, subject in every.items() if each != step]
    return shown(every.get(step or ""), others, typed, proposed)


def _find(wanted: list[str]) -> dict[str, Draft]:
    with parts().db.read() as connection:
        found = [find(connection, actor().id, subject) for subject in wanted]
    return {draft.subject: draft for draft in found if draft is not None}


@contextmanager
def kept_when_refused(subject: str) -> Iterator[None]:
    """What a form held is kept when the engine refuses it to somebody whose form it was."""
    try:
        yield
    except EngineError:
        with suppress(EngineError):  # the refusal is what has to be said
            subjects.check_author(subject, actor())
            drafts.keep_fields(subject, subjects.fields_of(subject, posted.fields()))
        raise


# --- routes --------------------------------------------------------------------------------------


@bp.post("/quality/<int:check_id>/result/draft", defaults={"step": "check"})
@bp.post("/quality/<int:check_id>/objection/draft", defaults={"step": "objection"})
@bp.post("/quality/<int:check_id>/decision/draft", defaults={"step": "decision"})
@needs(opens)
def save_check(check_id: int, step: str) -> ResponseReturnValue:
    """JSON for who saves while typing (``quiet`` in the address), else 303 to the check; 422 when it is too long."""
    return _save(of_check(step, check_id))


@bp.post("/quality/<int:check_id>/result/draft/discard", defaults={"step": "check"})
@bp.post("/quality/<int:check_id>/objection/draft/discard", defaults={"step": "objection"})
@bp.post("/quality/<int:check_id>/decision/draft/discard", defaults={"step": "decision"})
@needs(opens)
def discard_check(check_id: int, step: str) -> ResponseReturnValue:
    """303 to the check, without the draft."""
    return _discard(of_check(step, check_id))


def _may_read(person: Actor) -> bool:
    return appraisals.may_read(person, person.id)


@bp.post("/appraisals/<person>/draft", defaults={"step": "appraisal"})
@bp.post("/appraisals/<person>/signature/draft", defaults={"step": "signature"})
@needs(_may_read)
def save_appraisal(person: str, step: str) -> ResponseReturnValue:
    """The same of an appraisal, or of the person's reply to it; the month stands in the address."""
    return _save(of_appraisal(step, person, asked_month().code))


@bp.post("/appraisals/<person>/draft/discard", defaults={"step": "appraisal"})
@bp.post("/appraisals/<person>/signature/draft/discard", defaults={"step": "signature"})
@needs(_may_read)
def discard_appraisal(person: str, step: str) -> ResponseReturnValue:
    """303 to the appraisal, without the draft."""
    return _discard(of_appraisal(step, person, asked_month().code))


@bp.post("/survey/evaluation/draft")
@needs(survey.may_evaluate)
def save_evaluation() -> ResponseReturnValue:
    """The same of what is made of a month's survey."""
    return _save(of_evaluation(asked_month().code))


@bp.post("/survey/evaluation/draft/discard")
@needs(survey.may_evaluate)
def discard_evaluation() -> ResponseReturnValue:
    """303 to the survey, without the draft."""
    return _discard(of_evaluation(asked_month().code))


def _save(subject: str) -> ResponseReturnValue:
    subjects.check_author(subject, actor())
    return drafts.save_fields(subject, subjects.fields_of(subject, posted.fields()))


def _discard(subject: str) -> ResponseReturnValue:
    subjects.check_author(subject, actor())
    return drafts.discard_draft(subject)
