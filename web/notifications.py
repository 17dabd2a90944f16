"""What the person was told: the bell, the list, and how he wants to be told beside the page."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, notifications
from engine.errors import InvalidValue, NotFound
from engine.notifications import Bell, Choice, Notification, Occasion
from web import errors, live, notes, posted
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, works_on_cases
from web.links import local_target, number
from web.wiring import parts

bp = Blueprint("notifications", __name__)
#: Occasion → what it is called.
OCCASIONS = {
    Occasion.ASSIGNED: lazy_gettext("分派给我的任务"),
    Occasion.MENTIONED: lazy_gettext("评论中提到我"),
    Occasion.COMMENTED: lazy_gettext("新的评论"),
    Occasion.FOLLOW_UP: lazy_gettext("跟进时间到"),
    Occasion.REMINDED: lazy_gettext("任务临近截止"),
    Occasion.ESCALATED: lazy_gettext("任务超时"),
    Occasion.TRANSFER: lazy_gettext("工单转交"),
    Occasion.HAND_OVER: lazy_gettext("交接班"),
    Occasion.INQUIRY: lazy_gettext("内部核实"),
    Occasion.EXCEPTION: lazy_gettext("上报的异常"),
    Occasion.PROMISE: lazy_gettext("承诺买家的时间"),
    Occasion.CALL: lazy_gettext("来电与回电"),
    Occasion.VISIT: lazy_gettext("回访"),
    Occasion.QUALITY: lazy_gettext("质检"),
    Occasion.SCRIPT: lazy_gettext("话术与禁用语"),
    Occasion.INDICATOR: lazy_gettext("绩效"),
    Occasion.EXPORT: lazy_gettext("导出申请"),
    Occasion.NOTICE: lazy_gettext("流程发来的通知"),
    Occasion.PRIVACY: lazy_gettext("查看个人信息"),
    Occasion.FINDING: lazy_gettext("审计发现"),
}
_MOST_AT_ONCE = 200


@bp.get("/notifications")
def index() -> ResponseReturnValue:
    """The list, the newest first; unread ones only where the address says so."""
    unread = request.args.get("unread") == "1"
    with parts().db.read() as connection:
        page = notifications.read_page(
            connection, actor().id, unread=unread, after=request.args.get("after", type=number)
        )
        waiting = notifications.count_unread(connection, actor().id)
    return render_template(
        "notifications/index.html",
        page=page,
        unread=unread,
        waiting=waiting,
        occasions=_words(),
        here=request.full_path,
    )


@bp.get("/notifications/bell")
def bell() -> Response:
    """The inside of the bell, for the poll."""
    return live.fragment(render_template("notifications/_bell.html", bell=_bell(), by_browser=_by_browser()))


@bp.get("/notifications/<int:notification_id>")
def follow(notification_id: int) -> ResponseReturnValue:
    """303 to what it is about; it is read by that."""
    with parts().db.begin() as tx:
        found = notifications.open_one(tx, actor().id, notification_id, at=parts().clock.now())
    return redirect(_target(found), code=303)


@bp.post("/notifications/read")
def read() -> ResponseReturnValue:
    """303 back: one, the chosen ones, or all are read."""
    try:
        chosen = [number(text) for text in request.form.getlist("id")[:_MOST_AT_ONCE]]
    except ValueError as problem:
        raise NotFound("there is no such notification") from problem
    everything = request.form.get("what") == "all"
    with parts().db.begin() as tx:
        notifications.mark_read(tx, actor().id, None if everything else chosen, at=parts().clock.now())
    return redirect(local_target(request.form.get("next"), url_for("notifications.index")), code=303)


def _target(found: Notification) -> str:
    if found.page is not None:
        return local_target(found.page)
    if found.task is not None and works_on_cases(actor()):
        return url_for("desk.task", task_id=found.task)
    return url_for("cases.show", case_id=found.case_id) if found.case_id else url_for("notifications.index")


# --- settings -----------------------------------------------------------------------------------


@bp.get("/notifications/settings")
def settings() -> ResponseReturnValue:
    """How the person wants to be told beside the page."""
    with parts().db.read() as connection:
        choice = notifications.read_choice(connection, actor().id)
    return _settings(choice)


@bp.post("/notifications/settings")
def choose() -> ResponseReturnValue:
    """303 to the settings; 422 with what was typed when the address is none."""
    choice = Choice(
        address=posted.text("address", 300) or None,
        by_mail=_chosen("mail"),
        by_browser=_chosen("browser"),
    )
    try:
        with parts().db.begin() as tx:
            notifications.save_choice(tx, choice, actor(), at=parts().clock.now())
    except InvalidValue as problem:
        return _settings(choice, problem=errors.sentence(problem)), 422
    notes.add(gettext("通知设置已保存。"))
    return redirect(url_for("notifications.settings"), code=303)


def _chosen(name: str) -> frozenset[Occasion]:
    known = {occasion.value for occasion in Occasion}
    return frozenset(Occasion(text) for text in request.form.getlist(name) if text in known)


def _settings(choice: Choice, *, problem: str | None = None) -> str:
    return render_template(
        "notifications/settings.html",
        choice=choice,
        occasions=OCCASIONS,
        mails=parts().mails,
        problem=problem,
        troubles=access.may_manage_users(actor()),
    )


@bp.get("/notifications/mail")
@needs(access.may_manage_users)
def mail() -> ResponseReturnValue:
    """Mails that could not be handed over: whose, when and why; neither their text nor the address."""
    with parts().db.read() as connection:
        troubled = notifications.list_troubled(connection)
    return render_template("notifications/mail.html", troubled=troubled, mails=parts().mails)


# --- the bell of every page ---------------------------------------------------------------------


def _bell() -> Bell:
    with parts().db.read() as connection:
        return notifications.read_bell(connection, actor().id)


def _by_browser() -> frozenset[str]:
    """Of which occasions the person's browser tells."""
    with parts().db.read() as connection:
        chosen = notifications.read_choice(connection, actor().id).by_browser
    return frozenset(occasion.value for occasion in chosen)


def _words() -> dict[str, object]:
    return {occasion.value: word for occasion, word in OCCASIONS.items()}


def install(app: Flask) -> None:
    """Give templates what the bell shows."""
    app.jinja_env.globals.update(bell_now=_bell, bell_by_browser=_by_browser, most_counted=notifications.MOST_COUNTED)
