"""The inbox and its tasks: find, claim, fill in, complete."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, formcheck
from engine.errors import DuplicateSubmission, FourEyes, NotAllowed, NotFound, NotYourTurn, TaskNotOpen
from engine.formcheck import Submission
from engine.labels import labels_for
from engine.model import Value
from engine.queries import InboxPage, TaskView
from web import files, live, notes, posted
from web.form_rows import edited
from web.forms import FormView
from web.i18n import gettext
from web.identity import actor, needs, sees_studio, works_on_cases
from web.links import number
from web.preferences import language
from web.wiring import parts

bp = Blueprint("desk", __name__)
_SCOPES = ("groups", "mine", "all")


# --- the list ------------------------------------------------------------------------------------


@bp.get("/inbox")
@needs(works_on_cases)
def inbox() -> ResponseReturnValue:
    """The person's open tasks, with a task beside them when ``task`` names one."""
    query = _query()
    page = _page(query)
    chosen = request.args.get("task", type=number)
    panel = _panel(parts().queries.task(chosen, actor())) if chosen is not None else None
    return render_template(
        "desk/inbox.html",
        page=page,
        query=query,
        chosen=chosen,
        panel=panel,
        processes=_processes(page),
        seconds=live.SECONDS,
    )


@bp.get("/inbox/list")
@needs(works_on_cases)
def inbox_list() -> Response:
    """The list and the counts, for the poll."""
    query = _query()
    page = _page(query)
    chosen = request.args.get("task", type=number)
    html = render_template("desk/_live.html", page=page, query=query, chosen=chosen, processes=_processes(page))
    return live.fragment(html)


def _query() -> dict[str, str]:
    """The filters of the address; unknown scopes are the person's groups."""
    given = {name: request.args.get(name, "").strip()[:64] for name in ("scope", "process", "text", "after")}
    if given["scope"] not in _SCOPES:
        given["scope"] = "groups"
    return {name: text for name, text in given.items() if text}


def _page(query: dict[str, str]) -> InboxPage:
    return parts().queries.inbox(
        actor(),
        scope=query["scope"],
        process_id=query.get("process"),
        text=query.get("text"),
        after=query.get("after"),
    )


def _processes(page: InboxPage) -> list[tuple[str, str, int]]:
    """Process id, name and number of open tasks, for the filter."""
    counted = {name.removeprefix("process:"): n for name, n in page.counts.items() if name.startswith("process:")}
    named = {deployed.process_id: deployed.name for deployed in parts().definitions.all_latest()}
    return [(process_id, named.get(process_id, process_id), n) for process_id, n in sorted(counted.items()) if n]


# --- a task --------------------------------------------------------------------------------------


@bp.get("/tasks/<int:task_id>")
@needs(works_on_cases)
def task(task_id: int) -> ResponseReturnValue:
    """The task's page; a part of it for the preview beside the list."""
    view = parts().queries.task(task_id, actor())
    if live.wants_fragment():
        return _panel(view)
    return _task_page(view)


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
    parts().queries.task(task_id, actor())
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
    shown = _form(view, typed=_check(view, raw), focus=focus)
    return render_template("forms/fragment.html", view=shown, refresh_url=request.path)


@bp.post("/tasks/<int:task_id>")
@needs(works_on_cases)
def complete(task_id: int) -> ResponseReturnValue:
    """303 to the inbox when done, also for the same submission again; 422 with the form when a field is wrong.

    TaskNotOpen and DuplicateSubmission become 409, FourEyes 403, NotAllowed 404 in the app's error handlers.
    """
    view = parts().queries.task(task_id, actor())
    key = posted.key()  # who comes back, changes an answer and sends it again is told that it was not taken
    if view.status != "open":
        _check_repetition(view, key)
        return _done(view)
    _check_may_complete(view)
    variables: dict[str, Value] = {}
    if view.schema is not None:
        submission = _check(view)
        if submission.errors:
            return _task_page(view, submission=submission, key=posted.sent_key()), 422
        variables = submission.variables
    parts().runtime.complete(task_id, variables, actor(), submission_key=key)
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
    if view.status != "open":
        raise TaskNotOpen
    _check_may_complete(view)
    submission = _check_progress(view)
    if submission.errors:
        return _task_page(view, submission=submission, key=posted.sent_key()), 422
    if submission.variables:
        parts().runtime.save_progress(
            task_id, submission.variables, actor(), submission_key=posted.key(), seen=posted.seen()
        )
        parts().worker.wake()
        notes.add(gettext("进度已保存,任务仍由您办理。"))
    else:
        notes.add(gettext("没有可以保存的变化。"))
    return redirect(url_for("desk.task", task_id=task_id), code=303)


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
        raise TaskNotOpen("the case is suspended", message_zh="该工单已暂停,恢复后才能办理。")
    if view.row.assignee not in (None, actor().id):
        raise TaskNotOpen("somebody else has claimed the task", message_zh="该任务已由他人认领,请刷新待办。")
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
    return redirect(url_for("desk.inbox"), code=303)


def _back_to(task_id: int) -> ResponseReturnValue:
    if live.wants_fragment():
        return _panel(parts().queries.task(task_id, actor()), changed=True)
    return redirect(url_for("desk.task", task_id=task_id), code=303)


def _check(view: TaskView, raw: formcheck.Raw | None = None) -> Submission:
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


def _check_progress(view: TaskView) -> Submission:
    """What can be saved of the form as it stands; the rest of it need not be in order yet."""
    schema, now = view.schema or {}, parts().clock.now()
    received = files.receive(schema, posted.fields())
    found = formcheck.check_progress(
        schema,
        received.raw,
        view.context,
        view.progress,
        now=now,
        shown=_known(view),
        taken=parts().queries.taken,
        files=files.usable(view.row.case_id),
    )
    return files.with_refused(found, received)


def _known(view: TaskView) -> dict[str, Value]:
    """What the form shows before anybody typed: with the progress that was saved."""
    return formcheck.known_progress(
        view.schema or {}, view.context, view.progress, now=parts().clock.now(), saved=view.saved > 0
    )


def _form(
    view: TaskView, *, submission: Submission | None = None, typed: Submission | None = None, focus: str = ""
) -> FormView | None:
    if view.schema is None:
        return None
    person = actor()
    return FormView(
        view.schema,
        submission=submission or typed,
        values=_known(view) if view.saved else None,
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


def _shown(view: TaskView, submission: Submission | None, key: str | None) -> dict[str, Any]:
    return {
        "view": view,
        "row": view.row,
        "form": _form(view, submission=submission),
        "submission": submission,
        "grounds": parts().queries.grounds(view.row),
        "sees_tables": sees_studio(actor()),
        "submission_key": key or posted.new_key(),
    }


def _panel(view: TaskView, *, changed: bool = False) -> Response | str:
    html = render_template("desk/_panel.html", beside=True, **_shown(view, None, None))
    if not changed:
        return html
    answer = make_response(html)
    answer.headers["HX-Trigger"] = "inbox-changed"
    return answer


def _task_page(view: TaskView, *, submission: Submission | None = None, key: str | None = None) -> str:
    queries, person = parts().queries, actor()
    case = queries.case(view.row.case_id, person)
    others = queries.cases(person, text=view.row.order_id).rows if view.row.order_id else ()
    return render_template(
        "desk/task.html",
        beside=False,
        case=case,
        others=[other for other in others if other.case_id != case.case_id],
        **_shown(view, submission, key),
    )
