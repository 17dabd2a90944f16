"""The case that a call opens: a complaint by telephone becomes a rights claim with what was said (SLA-26)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access, customers, formcheck
from engine.customers import calling, calls
from engine.customers.calls import Call
from engine.errors import NotFound
from engine.formcheck import Submission
from engine.labels import labels_for
from engine.masking import MASKED_FIELDS
from engine.model import Value
from engine.queries import StartForm
from web import files, live, notes, posted
from web.forms import FormView
from web.i18n import gettext
from web.identity import actor, needs
from web.preferences import language
from web.wiring import parts

bp = Blueprint("call_cases", __name__)
#: 维权流程.
PROCESS: Final = "p13_rights_protection"
#: What nobody reads by trying order numbers.
_PERSONAL: Final = MASKED_FIELDS - {"customer_id"}


@bp.get("/calls/<int:call_id>/case")
@needs(customers.may_edit)
def form(call_id: int) -> ResponseReturnValue:
    """The start form of the claim, filled in with what the call says."""
    call, start = _read(call_id)
    if call.case_id is not None:
        return redirect(url_for("calls.show", call_id=call_id), code=303)
    return _page(call, start)


@bp.post("/calls/<int:call_id>/case")
@needs(customers.may_edit)
def submit(call_id: int) -> ResponseReturnValue:
    """303 to the new case, which the call names from now on; 422 with the form when a field is wrong.

    A call opens one case: whoever sends the form again comes to the first one.
    """
    call, start = _read(call_id)
    if call.case_id is not None:
        return redirect(url_for("calls.show", call_id=call_id), code=303)
    submission = _check(start)
    if submission.errors:
        return _page(call, start, submission=submission), 422
    found = parts()
    started = found.runtime.start(PROCESS, submission.variables, actor(), start_key=f"call-{call.id}")
    with found.db.begin() as tx:
        calling.link_case(tx, call.id, started.case_id, actor(), now=found.clock.now())
    found.worker.wake()
    notes.add(gettext("已发起「%(name)s」,工单号 %(id)s。", name=start.deployed.name, id=started.case_id))
    return redirect(url_for("cases.show", case_id=started.case_id), code=303)


def _read(call_id: int) -> tuple[Call, StartForm]:
    with parts().db.read() as connection:
        call = calls.get(connection, call_id)
    access.check_own_case(actor(), call.customer_id)
    if call.kind != "complaint":
        raise NotFound(f"call {call_id} is no complaint", message_zh="只有投诉来电才发起维权流程。")
    return call, parts().queries.start_form(PROCESS, actor())


def _context(order_id: Value, schema: formcheck.Schema | None) -> dict[str, Value]:
    known = parts().queries.shop_context({"order_id": order_id.strip() if isinstance(order_id, str) else None}, schema)
    return {**(known["order"] or {}), **known}


def _said(call: Call) -> dict[str, Value]:
    """What the call says for the form."""
    source = {"phone": "phone", "walk_in": "walk_in"}.get(call.source)
    said = {
        "order_id": call.order_id,
        "customer_id": call.customer_id,
        "channel": source,
        "shop": call.shop,
        "description": call.details.get("note"),
        "complaint_source": "phone" if call.source == "phone" else None,
    }
    return {name: value for name, value in said.items() if value}


def _check(start: StartForm) -> Submission:
    received = files.receive(start.schema or {}, posted.fields())
    found = formcheck.check(
        start.schema or {},
        received.raw,
        _context(received.raw.get("order_id"), start.schema),
        now=parts().clock.now(),
        taken=parts().queries.taken,
        files=files.usable(),
    )
    return files.with_refused(replace(found), received)


def _page(call: Call, start: StartForm, *, submission: Submission | None = None) -> str:
    order_id: Any = call.order_id if submission is None else submission.raw.get("order_id")
    context, now = _context(order_id, start.schema), parts().clock.now()
    known = formcheck.prefill(start.schema or {}, context, now=now)
    values = {name: value for name, value in known.items() if name not in _PERSONAL}
    view = FormView(
        start.schema or {},
        submission=submission,
        context={**context, **_said(call)},
        now=now,
        values={**values, **_said(call)},
        lang=language(),
        labels=labels_for(start.deployed),
        scripts=live.wants_fragment(),
        files=files.usable(),
    )
    return render_template("calls/case.html", call=call, start=start, form=view)
