"""Moves the virtual clock of a demonstration; on the machine's own clock these pages do not exist."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web import format as words
from web import notes
from web.i18n import gettext
from web.links import local_target
from web.wiring import parts

bp = Blueprint("clock", __name__)
_STEPS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24)}


@bp.post("/clock")
def advance() -> ResponseReturnValue:
    """303 back to the page, after the worker has done what fell due; 404 on the machine's own clock."""
    clock = parts().virtual_clock
    if clock is None:
        raise NotFound("the clock is the machine's own")
    by = request.form.get("by", "")
    if by == "next":
        due = parts().runner.next_due()
        if due is None:
            notes.add(gettext("没有等待中的定时。"), "warn")
            return redirect(local_target(request.form.get("next")), code=303)
        clock.advance_to(due)
    elif by in _STEPS:
        clock.advance(_STEPS[by])
    else:
        raise NotFound("no such step of the clock")
    parts().worker.wake()
    notes.add(gettext("时钟拨到 %(now)s,到期的定时正在处理。", now=words.exact(clock.now())))
    return redirect(local_target(request.form.get("next")), code=303)
