"""The page of a task and its preview: form with draft, grounds, what comes next, and what stands around."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, render_template

from engine import access, attachments, customers, formcheck
from engine.drafts import Draft, Typed, of_task
from engine.formcheck import Submission
from engine.labels import labels_for
from engine.model import Value
from engine.queries import TaskView
from engine.queries.outlook import NextStep
from web import drafts, files, live, posted
from web.form_files import FileView
from web.forms import FormView
from web.identity import actor, sees_studio
from web.next_words import NextWords, next_words
from web.preferences import language
from web.wiring import parts, surroundings


def check(view: TaskView, raw: formcheck.Raw | None = None) -> Submission:
    """What was posted (or ``raw``) against the task's form, its files taken in."""
    received = files.receive(view.schema or {}, posted.fields() if raw is None else raw)
    found = formcheck.check(
        view.schema or {},
        received.raw,
        view.context,
        now=parts().clock.now(),
        taken=parts().queries.taken,
        files=files.usable(view.row.case_id),
    )
    return files.with_refused(found, received)


def check_progress(view: TaskView) -> Submission:
    """What can be saved of the form as it stands; the rest of it need not be in order yet."""
    schema, now = view.schema or {}, parts().clock.now()
    received = files.receive(schema, posted.fields())
    found = formcheck.check_progress(
        schema,
        received.raw,
        view.context,
        view.progress,
        now=now,
        shown=known(view),
        taken=parts().queries.taken,
        files=files.usable(view.row.case_id),
    )
    return files.with_refused(found, received)


def known(view: TaskView) -> dict[str, Value]:
    """What the form shows before anybody typed: with the progress that was saved."""
    return formcheck.known_progress(
        view.schema or {}, view.context, view.progress, now=parts().clock.now(), saved=view.saved > 0
    )


def form(
    view: TaskView, *, submission: Submission | None = None, typed: Submission | None = None, focus: str = ""
) -> FormView | None:
    """The task's form: with what was posted and is wrong, with what is typed so far, or as it begins."""
    if view.schema is None:
        return None
    person = actor()
    return FormView(
        view.schema,
        submission=submission or typed,
        values=known(view) if view.saved else None,
        context=view.context,
        now=parts().clock.now(),
        lang=language(),
        show_errors=typed is None,
        labels=labels_for(view.deployed),
        focus=focus,
        scripts=live.wants_fragment(),
        reveals=lambda name: access.may_unmask(person, name, own_task=view.row.assignee == person.id),
        files=files.usable(view.row.case_id),
    )


def next_steps(view: TaskView, submission: Submission | None) -> NextWords:
    """What comes behind the task; certain where the form, as it is filled in, could be sent."""
    around = surroundings()
    rehearsed: Sequence[NextStep] = ()
    if submission is None or not submission.errors:
        variables = {} if submission is None else submission.variables
        rehearsed = around.rehearse(view, variables, actor())
    outlook, row = around.outlook(view), view.row
    return next_words(outlook, rehearsed, around.words(view), name=row.name, groups=row.candidate_groups)


def panel(view: TaskView, *, changed: bool = False) -> Response | str:
    """The task beside a list; ``changed`` tells the list to look again."""
    html = render_template("desk/_panel.html", beside=True, **_shown(view, None, None))
    if not changed:
        return html
    answer = make_response(html)
    answer.headers["HX-Trigger"] = "inbox-changed"
    return answer


def page(
    view: TaskView, *, submission: Submission | None = None, key: str | None = None, draft: Draft | None = None
) -> str:
    """The page of a task.

    Args:
        view: the task.
        submission: what was posted and could not be taken.
        key: the submission key that came with it.
        draft: under which it was kept.
    """
    case_id, person = view.row.case_id, actor()
    customer_id = view.context.get("customer_id")
    with parts().db.read() as connection:
        kept = attachments.list_of_case(connection, case_id)
        glance = customers.glance(connection, person, customer_id) if isinstance(customer_id, str) else None
    return render_template(
        "desk/task.html",
        beside=False,
        around=surroundings().beside(case_id, person),
        glance=glance,
        case_files=[FileView.of(file.value, personal=file.personal) for file in kept],
        **_shown(view, submission, key, draft),
    )


def with_progress(view: TaskView, typed: Typed) -> dict[str, str | list[str]]:
    """A draft over the progress that was saved since: what the progress holds is the case's, and newer."""
    fields = formcheck.fields(view.schema or {})
    entries = formcheck.to_entries(fields, known(view)) if view.saved else {}
    drafted = {name.partition(".")[0] for name in typed}
    missing = {name: text for name, text in entries.items() if name.partition(".")[0] in set(view.progress) - drafted}
    return {**missing, **{name: list(text) if isinstance(text, list) else text for name, text in typed.items()}}


def _shown(
    view: TaskView, submission: Submission | None, key: str | None, draft: Draft | None = None
) -> dict[str, Any]:
    fresh, open_to_me = submission is not None, view.status == "open" and view.may_complete and not view.row.suspended
    draft = draft or drafts.of_subject(of_task(view.row.id))
    typed = None
    if draft is not None and not fresh and open_to_me and view.schema is not None:
        typed = check(view, with_progress(view, draft.fields))
    shown = form(view, submission=submission, typed=typed) if open_to_me else None
    reveals = surroundings().reveals(view.row.case_id, actor())
    return {
        "view": view,
        "row": view.row,
        "form": shown,
        "submission": submission,
        "grounds": parts().queries.grounds(view.row),
        "sees_tables": sees_studio(actor()),
        "submission_key": key or posted.new_key(),
        "place": drafts.place_of(of_task(view.row.id), draft, fresh=fresh),
        "unsent": None
        if draft is None or open_to_me
        else drafts.readable(draft, view.schema, labels_for(view.deployed)),
        "coming": next_steps(view, submission or typed or (None if shown is None else shown.submission))
        if open_to_me
        else None,
        "reveals": reveals,
    }
