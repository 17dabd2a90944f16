"""A task: claim it, fill it in, complete it."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.drafts import of_task
from engine.errors import DuplicateSubmission, FourEyes, NotAllowed, NotFound, NotYourTurn, TaskNotOpen
from engine.formcheck import Submission
from engine.model import Value
from engine.queries import TaskView
from web import drafts, live, notes, posted, spoken, task_page
from web.form_rows import edited
from web.i18n import gettext
from web.identity import actor, needs, works_on_cases
from web.wiring import parts

bp = Blueprint("desk", __name__)


# --- a task --------------------------------------------------------------------------------------


@bp.get("/tasks/<int:task_id>")
@needs(works_on_cases)
def task(task_id: int) -> ResponseReturnValue:
    """The task's page; a part of it for the preview beside the list."""
    view = parts().queries.task(task_id, actor())
    if live.wants_fragment():
        return task_page.panel(view)
    return task_page.page(view)


@bp.post("/tasks/<int:task_id>/claim")
@needs(works_on_cases)
def claim(task_id: int) -> ResponseReturnValue:
    """303 to the task, which is the person's from now on; 409 when somebody was faster."""
    parts().queries.task(task_id, actor())
    parts().runtime.claim(task_id, actor())
    return _back_to(task_id)


@bp.post("/tasks/<int:task_id>/unclaim")
@needs(works_on_cases)
def unclaim(task_id: int) -> ResponseReturnValue:
    """303 to the task, which is its group's again."""
    view = parts().queries.task(task_id, actor())
    if any(posted.fields().values()):  # the button stands in the form
        drafts.keep(of_task(task_id), view.schema, posted.fields())
    parts().runtime.unclaim(task_id, actor())
    return _back_to(task_id)


@bp.post("/tasks/<int:task_id>/fields")
@needs(works_on_cases)
def fields(task_id: int) -> ResponseReturnValue:
    """The form's fields again, those that the answers so far ask for; nothing is kept."""
    view = parts().queries.task(task_id, actor())
    if view.schema is None:
        raise NotFound("the task has no form")
    raw, focus = edited(view.schema, posted.fields(), posted.edit_of_rows())
    shown = task_page.form(view, typed=task_page.check(view, raw), focus=focus)
    return render_template("forms/fragment.html", view=shown, refresh_url=request.path)


@bp.post("/tasks/<int:task_id>/next")
@needs(works_on_cases)
def next_steps(task_id: int) -> ResponseReturnValue:
    """What the form, as it is filled in now, would lead to, and what its button says; nothing is kept."""
    view = parts().queries.task(task_id, actor())
    _check_may_complete(view)
    submission = None if view.schema is None else task_page.check(view)
    return render_template("desk/_coming.html", row=view.row, coming=task_page.next_steps(view, submission), alone=True)


@bp.post("/tasks/<int:task_id>")
@needs(works_on_cases)
def complete(task_id: int) -> ResponseReturnValue:
    """303 to the inbox when done, also for the same submission again; 422 with the form when a field is wrong.

    TaskNotOpen and DuplicateSubmission become 409, FourEyes 403, NotAllowed 404 in the app's error handlers.
    """
    view = parts().queries.task(task_id, actor())
    with drafts.kept_when_refused(of_task(task_id), view.schema):
        return _complete(view)


def _complete(view: TaskView) -> ResponseReturnValue:
    key, task_id = posted.key(), view.row.id  # who changes an answer and sends it again is told that it was not taken
    if view.status != "open":
        _check_repetition(view, key)
        return _done(view)
    _check_may_complete(view)
    variables: dict[str, Value] = {}
    if view.schema is not None:
        submission = spoken.judged_task(view, task_page.check(view))
        if submission.errors:
            return _again(view, submission), 422
        variables = submission.variables
    parts().runtime.complete(task_id, variables, actor(), submission_key=key, notes=spoken.stood_by(task_id))
    parts().worker.wake()
    return _done(view)


@bp.post("/tasks/<int:task_id>/progress")
@needs(works_on_cases)
def save_progress(task_id: int) -> ResponseReturnValue:
    """303 to the task, whose progress is the case's now; 422 with the form when a field of it is wrong.

    StaleProgress and TaskNotOpen become 409, FourEyes 403, NotAllowed 404 in the app's error handlers.
    """
    view = parts().queries.task(task_id, actor())
    if not view.progress:
        raise NotFound("the task has no progress to save")
    with drafts.kept_when_refused(of_task(task_id), view.schema):
        return _save_progress(view)


def _save_progress(view: TaskView) -> ResponseReturnValue:
    task_id = view.row.id
    if view.status != "open":
        raise TaskNotOpen
    _check_may_complete(view)
    submission = spoken.judged_task(view, task_page.check_progress(view))
    if submission.errors:
        return _again(view, submission), 422
    if submission.variables:
        parts().runtime.save_progress(
            task_id,
            submission.variables,
            actor(),
            submission_key=posted.key(),
            seen=posted.seen(),
            notes=spoken.stood_by(task_id),
        )
        parts().worker.wake()
        notes.add(gettext("进度已保存,任务仍由您办理。"))
    else:
        notes.add(gettext("没有可以保存的变化。"))
    rest = {name: text for name, text in submission.raw.items() if name.partition(".")[0] not in view.progress}
    if any(rest.values()):  # what was typed besides is no progress of the case, and must not be lost either
        drafts.keep(of_task(task_id), view.schema, rest)
        return redirect(url_for("desk.task", task_id=task_id), code=303)
    return drafts.taken(make_response(redirect(url_for("desk.task", task_id=task_id), code=303)), of_task(task_id))


def _again(view: TaskView, submission: Submission) -> str:
    """The form with what is wrong; what was typed is kept, whatever becomes of the page."""
    draft = drafts.keep(of_task(view.row.id), view.schema, submission.raw)
    return task_page.page(view, submission=submission, key=posted.sent_key(), draft=draft)


def _check_repetition(view: TaskView, key: str | None) -> None:
    """A closed task takes only the submission that closed it."""
    if view.status == "completed" and key is not None and view.submission_key == key:
        return
    if view.status == "completed":
        raise DuplicateSubmission
    raise TaskNotOpen


def _check_may_complete(view: TaskView) -> None:
    """Before anything is said about the form; the runtime asks again in its transaction."""
    if view.may_complete:
        return
    if view.row.suspended:
        raise TaskNotOpen(
            "The case is suspended; its tasks can be done when it is resumed.",
            message_zh="该工单已暂停,恢复后才能办理。",
        )
    if view.row.assignee not in (None, actor().id):
        raise TaskNotOpen(
            "Somebody else has claimed the task. Please reload the inbox.", message_zh="该任务已由他人认领,请刷新待办。"
        )
    access.check_own_case(actor(), view.context.get("customer_id"))
    if view.ahead is not None:
        raise NotYourTurn(*view.ahead)
    if view.four_eyes:
        raise FourEyes
    raise NotAllowed("somebody else has to do the task")


def _done(view: TaskView) -> ResponseReturnValue:
    notes.add(
        gettext("已完成「%(name)s」。", name=view.row.name),
        href=url_for("cases.show", case_id=view.row.case_id),
        link=gettext("查看工单"),
        case_id=view.row.case_id,
    )
    return drafts.taken(make_response(redirect(url_for("inbox.show"), code=303)), of_task(view.row.id))


def _back_to(task_id: int) -> ResponseReturnValue:
    if live.wants_fragment():
        return task_page.panel(parts().queries.task(task_id, actor()), changed=True)
    return redirect(url_for("desk.task", task_id=task_id), code=303)
