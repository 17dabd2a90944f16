"""登记事件: somebody tells that what a case waits for has happened, with the few facts that the case goes on with."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import formcheck, shop
from engine.drafts import Draft, of_event
from engine.errors import InvalidValue
from engine.formcheck import Submission
from engine.labels import labels_for
from engine.queries import EventForm
from engine.runtime import EventOver
from web import drafts, errors, files, notes, posted, spoken
from web.forms import FormView
from web.i18n import gettext
from web.identity import actor, needs, works_on_cases
from web.preferences import language
from web.wiring import parts

bp = Blueprint("case_events", __name__)
#: News of a parcel are for all who wait for it, and for the shop's table.
_PARCEL_NEWS: Final = "msg_logistics_updated"


@bp.get("/cases/<case_id>/events/<int:event_id>")
@needs(works_on_cases)
def show(case_id: str, event_id: int) -> ResponseReturnValue:
    """The form of the event; 409 when the case does not wait for it any more, with what the person had typed."""
    try:
        return _page(case_id, parts().queries.event_form(case_id, event_id, actor()))
    except EventOver as problem:
        draft = drafts.of_subject(of_event(case_id, event_id))
        if draft is None:
            raise
        return _over(case_id, draft, errors.sentence(problem)), 409


@bp.post("/cases/<case_id>/events/<int:event_id>/fields")
@needs(works_on_cases)
def fields(case_id: str, event_id: int) -> ResponseReturnValue:
    """The form's fields again, those that the answers so far ask for; nothing is kept."""
    asked = parts().queries.event_form(case_id, event_id, actor())
    view = _view(asked, _check(case_id, asked), show_errors=False)
    return render_template("forms/fragment.html", view=view, refresh_url=request.path)


@bp.post("/cases/<case_id>/events/<int:event_id>")
@needs(works_on_cases)
def register(case_id: str, event_id: int) -> ResponseReturnValue:
    """303 to the case when registered, also for the same submission again; 422 with the form when a field is wrong.

    EventOver becomes 409, NotFound 404 in the app's error handlers.
    """
    key = posted.key()
    if parts().queries.is_registered(case_id, event_id, actor(), key):
        return redirect(url_for("cases.show", case_id=case_id), code=303)
    asked = parts().queries.event_form(case_id, event_id, actor())
    with drafts.kept_when_refused(of_event(case_id, event_id), asked.schema):
        return _register(case_id, asked, key)


def _register(case_id: str, asked: EventForm, key: str | None) -> ResponseReturnValue:
    subject = of_event(case_id, asked.event.id)
    submission = spoken.judged_here(asked.schema, _check(case_id, asked))
    if submission.errors:
        drafts.keep(subject, asked.schema, submission.raw)
        return _page(case_id, asked, submission=submission, key=posted.sent_key()), 422
    try:
        _take(case_id, asked, submission, key)
    except InvalidValue as problem:
        said = errors.sentence(problem)
        drafts.keep(subject, asked.schema, submission.raw)
        return _page(case_id, asked, submission=submission, key=posted.sent_key(), problem=said), 422
    parts().worker.wake()
    notes.add(gettext("已登记「%(name)s」。", name=asked.event.name))
    return drafts.taken(make_response(redirect(url_for("cases.show", case_id=case_id), code=303)), subject)


def _take(case_id: str, asked: EventForm, submission: Submission, key: str | None) -> None:
    runtime, confirmed = parts().runtime, spoken.stood_by()
    if asked.event.message_name != _PARCEL_NEWS:
        runtime.register_event(
            case_id, asked.event.id, submission.variables, actor(), submission_key=key, notes=confirmed
        )
        return
    for event in confirmed:  # news of a parcel are many cases': what was confirmed stands with this one before
        runtime.note(case_id, event, actor())
    shop.parcel_news(runtime, asked.correlation_key, submission.variables, actor())


def _check(case_id: str, asked: EventForm, raw: formcheck.Raw | None = None) -> Submission:
    received = files.receive(asked.schema, posted.fields() if raw is None else raw)
    found = formcheck.check(
        asked.schema,
        received.raw,
        asked.context,
        now=parts().clock.now(),
        taken=parts().queries.taken,
        files=files.usable(case_id),
    )
    return files.with_refused(found, received)


def _view(asked: EventForm, submission: Submission | None, *, show_errors: bool = True) -> FormView:
    return FormView(
        asked.schema,
        submission=submission,
        context=asked.context,
        now=parts().clock.now(),
        lang=language(),
        show_errors=show_errors,
        labels=labels_for(asked.deployed),
    )


def _page(
    case_id: str,
    asked: EventForm,
    *,
    submission: Submission | None = None,
    key: str | None = None,
    problem: str | None = None,
) -> str:
    subject = of_event(case_id, asked.event.id)
    draft = drafts.of_subject(subject)
    drafted = None if draft is None or submission is not None else _check(case_id, asked, draft.fields)
    return render_template(
        "case_events/form.html",
        case=parts().queries.case(case_id, actor()),
        event=asked.event,
        form=_view(asked, submission or drafted, show_errors=drafted is None),
        place=drafts.place_of(subject, draft, fresh=submission is not None),
        submission_key=key or posted.new_key(),
        problem=problem,
    )


def _over(case_id: str, draft: Draft, problem: str) -> str:
    """What the person had typed for an event that is over."""
    case = parts().queries.case(case_id, actor())
    labels = labels_for(parts().definitions.get(case.instances[0].definition_key))
    return render_template(
        "case_events/over.html",
        case=case,
        problem=problem,
        place=drafts.place_of(draft.subject, draft),
        unsent=drafts.readable(draft, None, labels),
    )
