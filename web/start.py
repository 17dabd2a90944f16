"""Starts a case by hand: choose a process, fill in its start form."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import formcheck, masking, ownership
from engine.drafts import of_start
from engine.errors import NotFound
from engine.formcheck import Submission
from engine.labels import labels_for
from engine.model import Value, Variables
from engine.queries import StartForm
from engine.queries.first_sentence import Suggestions, read_suggestions
from engine.queries.starting import read_advice, read_situation
from web import drafts, files, live, notes, posted, spoken
from web.form_rows import edited
from web.forms import FormView
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, starts_cases
from web.preferences import language
from web.search import may_search
from web.wiring import parts

bp = Blueprint("start", __name__)
_LONGEST = 100
#: Of a buyer's sentence; a form takes more, but who says more has said what it is about.
_LONGEST_SENTENCE: Final = 500
#: Stands for the sentence where it is asked which fields would take it.
_MARK: Final = "\N{WHITE SQUARE}"
#: Fields in which processes keep what the buyer said, where none says so by what it is prefilled with.
_OWN_WORDS: Final = (
    "description", "raw_message", "first_message", "problem_desc", "complaint_desc", "raw_complaint", "feedback",
    "user_problem", "review_text", "problem_text", "case_summary", "promise_text", "reason",
)  # fmt: skip
#: What a process is for → the heading of its part of the page.
_KINDS: Final = {
    "presale": lazy_gettext("售前"),
    "insale": lazy_gettext("售中"),
    "aftersale": lazy_gettext("售后"),
    "repair": lazy_gettext("维修"),
    "internal": lazy_gettext("内部"),
    "other": lazy_gettext("其他"),
}
#: What an order fills in unseen. The customer's id is what the agent is talking to.
_PERSONAL = masking.MASKED_FIELDS - {"customer_id"}


@bp.get("/start")
@needs(starts_cases)
def index() -> ResponseReturnValue:
    """From an order, a parcel, a buyer (``q``), or from nothing: what can be started, the right ones first."""
    return _start_page(_sought(request.args.get("q", "")))


@bp.post("/start")
@needs(starts_cases)
def suggest() -> ResponseReturnValue:
    """What a buyer's first sentence asks for: a part of the page for scripts, the page for who has none.

    The sentence is personal data and travels in no address: addresses are written into logs.
    """
    sentence = posted.text("sentence", _LONGEST_SENTENCE).replace("\n", " ")
    sought = _sought(request.form.get("q", ""))
    found = parts()
    with found.db.read() as connection:
        suggestions = read_suggestions(connection, found.definitions, actor(), sentence, sought, now=found.clock.now())
    if live.wants_fragment():
        return render_template("start/_suggestions.html", suggestions=suggestions, sentence=sentence)
    return _start_page(sought, sentence=sentence, suggestions=suggestions)


def _sought(typed: str) -> str:
    return " ".join(typed.replace("\x00", "").split())[:_LONGEST]


def _start_page(sought: str, *, sentence: str = "", suggestions: Suggestions | None = None) -> str:
    found = parts()
    with found.db.read() as connection:
        situation = read_situation(connection, found.definitions, actor(), sought, now=found.clock.now())
    return render_template(
        "start/index.html",
        situation=situation,
        sought=sought,
        sentence=sentence,
        suggestions=suggestions,
        kinds=_KINDS,
        person_id=actor().id,
        may_search=may_search(actor()),
    )


@bp.get("/start/<process_id>")
@needs(starts_cases)
def form(process_id: str) -> ResponseReturnValue:
    """The start form; ``order_id`` in the address fills in what the shop knows of the order."""
    return _page(parts().queries.start_form(process_id, actor()))


@bp.post("/start/<process_id>/sentence")
@needs(starts_cases)
def form_for_sentence(process_id: str) -> ResponseReturnValue:
    """The start form with a buyer's first sentence in it, for who has no scripts; nothing is kept."""
    start = parts().queries.start_form(process_id, actor())
    sentence = posted.text("sentence", _LONGEST_SENTENCE).replace("\n", " ")
    return _page(start, sentence=sentence, begun_with=posted.text("order_id", 32))


@bp.post("/start/<process_id>/fields")
@needs(starts_cases)
def fields(process_id: str) -> ResponseReturnValue:
    """The form's fields again, those that the answers so far ask for; nothing is kept."""
    start = parts().queries.start_form(process_id, actor())
    if start.schema is None:
        raise NotFound("the process has no start form")
    raw, focus = edited(start.schema, posted.fields(), posted.edit_of_rows())
    view = _view(start, submission=_check(start, raw), show_errors=False, focus=focus)
    return render_template("forms/fragment.html", view=view, refresh_url=request.path)


@bp.post("/start/<process_id>")
@needs(starts_cases)
def submit(process_id: str) -> ResponseReturnValue:
    """303 to the new case, also for the same submission again; 422 with the form when a field is wrong."""
    start = parts().queries.start_form(process_id, actor())
    subject = drafts.start_subject(process_id)
    with drafts.kept_when_refused(subject, start.schema):
        return _submit(start, subject)


def _submit(start: StartForm, subject: str) -> ResponseReturnValue:
    process_id = start.deployed.process_id
    variables: dict[str, Value] = {}
    key = posted.key()
    if start.schema is not None:
        submission = spoken.judged_here(start.schema, _check(start))
        if submission.errors:
            drafts.keep(subject, start.schema, submission.raw)
            return _page(start, submission=submission, key=posted.sent_key()), 422
        variables = submission.variables
    urgent = request.form.get("_urgent") == "1"
    started = ownership.start_case(
        parts().runtime, process_id, variables, actor(), start_key=key, urgent=urgent, notes=spoken.stood_by()
    )
    parts().worker.wake()
    notes.add(gettext("已发起「%(name)s」,工单号 %(id)s。", name=start.deployed.name, id=started.case_id))
    if started.advice.owner(actor()) != actor().id and started.advice.holder is not None:
        notes.add(gettext("按首问负责,由%(name)s跟进。", name=started.advice.holder.name))
    return drafts.taken(make_response(redirect(url_for("cases.show", case_id=started.case_id), code=303)), subject)


def _context(order_id: Value, schema: formcheck.Schema | None) -> dict[str, Value]:
    """What the form's expressions may read: the order and its parcel, as far as the shop knows them, and people."""
    known = parts().queries.shop_context({"order_id": order_id.strip() if isinstance(order_id, str) else None}, schema)
    return {**(known["order"] or {}), **known}


def _withheld(start: StartForm, context: Variables) -> dict[str, str]:
    """Personal data that the order would fill in: order numbers can be guessed, so nobody reads them by trying.

    The page shows them masked; a field that is left empty takes them.
    """
    schema = start.schema or {}
    known = formcheck.prefill(schema, context, now=parts().clock.now())
    entries = {field.key: formcheck.to_entry(field, known.get(field.key)) for field in formcheck.fields(schema)}
    return {key: entry for key, entry in entries.items() if key in _PERSONAL and isinstance(entry, str) and entry}


def _check(start: StartForm, raw: formcheck.Raw | None = None) -> Submission:
    received = files.receive(start.schema or {}, posted.fields() if raw is None else raw)
    raw = received.raw
    context = _context(raw.get("order_id"), start.schema)
    empty = {key: entry for key, entry in _withheld(start, context).items() if not str(raw.get(key, "")).strip()}
    found = formcheck.check(
        start.schema or {},
        {**raw, **empty},
        context,
        now=parts().clock.now(),
        taken=parts().queries.taken,
        files=files.usable(),
    )
    found = files.with_refused(found, received)
    return replace(found, raw={**found.raw, **dict.fromkeys(empty, "")})


def _sentence_fields(start: StartForm) -> tuple[str, ...]:
    """Fields that begin with what the buyer said: those prefilled with ``description``, else the first of its kind."""
    if start.schema is None:
        return ()
    known = formcheck.prefill(start.schema, {"description": _MARK}, now=parts().clock.now())
    marked = tuple(key for key, value in known.items() if value == _MARK)
    there = {field.key for field in formcheck.fields(start.schema) if field.type in ("textfield", "textarea")}
    return marked or tuple(key for key in _OWN_WORDS if key in there)[:1]


def _view(
    start: StartForm,
    *,
    submission: Submission | None = None,
    show_errors: bool = True,
    focus: str = "",
    sentence: str = "",
    begun_with: str = "",
) -> FormView | None:
    if start.schema is None:
        return None
    order_id: Value = begun_with if submission is None else submission.raw.get("order_id")
    context, now = _context(order_id, start.schema), parts().clock.now()
    withheld = _withheld(start, context)
    known = formcheck.prefill(start.schema, context, now=now)
    said = dict.fromkeys(_sentence_fields(start), sentence) if sentence else {}
    return FormView(
        start.schema,
        submission=submission,
        context=context,
        now=now,
        values={key: value for key, value in known.items() if key not in withheld} | said,
        lang=language(),
        show_errors=show_errors,
        hints={
            key: gettext("店铺已有:%(value)s。留空即采用。", value=masking.mask(key, entry))
            for key, entry in withheld.items()
        },
        labels=labels_for(start.deployed),
        focus=focus,
        scripts=live.wants_fragment(),
        files=files.usable(),
    )


def _page(
    start: StartForm,
    *,
    submission: Submission | None = None,
    key: str | None = None,
    sentence: str = "",
    begun_with: str = "",
) -> str:
    order_id = begun_with or request.args.get("order_id", "")[:32]
    if submission is None:
        subject = of_start(start.deployed.process_id, order_id)
    else:
        subject = drafts.start_subject(start.deployed.process_id)
    draft = drafts.of_subject(subject)
    drafted = None if draft is None or submission is not None else _check(start, draft.fields)
    shown = submission or drafted
    form = _view(start, submission=shown, show_errors=drafted is None, sentence=sentence, begun_with=order_id)
    takers = _sentence_fields(start) if shown is None else ()
    if submission is not None and isinstance(typed := submission.raw.get("order_id"), str):
        order_id = typed.strip()[:32]
    with parts().db.read() as connection:
        advice = read_advice(connection, actor(), order_id, now=parts().clock.now())
    return render_template(
        "start/form.html",
        start=start,
        form=form,
        place=drafts.place_of(subject, draft, fresh=submission is not None),
        order_id=order_id,
        #: A sentence that no field has taken stands above the form.
        sentence="" if takers else sentence,
        sentence_fields=takers,
        takes_sentence=submission is None,
        situation={"advice": advice},
        person_id=actor().id,
        urgent=request.form.get("_urgent") == "1",
        submission_key=key or posted.new_key(),
    )
