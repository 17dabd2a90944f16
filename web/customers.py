"""Customers: the list, the search, and one customer with all that the shop knows (P25)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import customers, shop
from engine.clock import SHANGHAI
from engine.customers import archive, calls, finding, visiting, visits, words
from engine.customers.archive import StaleCustomer
from engine.customers.visits import VisitProblem
from engine.errors import InvalidValue, NotFound
from engine.masking import mask_within
from engine.queries.base import Names
from web import customer_words, errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("customers", __name__)


bp.add_app_template_filter(customers.may_read, "reads_archive")
bp.add_app_template_filter(customers.may_edit, "keeps_archive")
bp.add_app_template_filter(mask_within, "without_numbers")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    """The words of the archive, for the fragments that other subjects' pages take in."""
    return {"customer_words": customer_words}


@bp.get("/customers")
@needs(customers.may_read)
def index() -> ResponseReturnValue:
    """The customers, the last seen first; level and page stand in the address."""
    query = {name: request.args.get(name, "").strip()[:20] for name in ("level", "good")}
    query = {name: text for name, text in query.items() if text}
    after = request.args.get("after")
    with parts().db.read() as connection:
        page = finding.list_customers(
            connection, level=query.get("level", ""), good=query.get("good") == "1", after=after
        )
    return render_template("customers/index.html", page=page, query=query, after=after, tabs=tabs())


@bp.post("/customers/search")
@needs(customers.may_edit)
def search() -> ResponseReturnValue:
    """303 to the customer whom an id, an order or a waybill names; else those who bear the name or number.

    A name and a telephone number stand in no address, so this is posted.
    """
    sought = posted.text("text", 64)
    with parts().db.begin() as tx:
        named = finding.customer_named(tx.connection, sought)
        if named is not None:
            key = archive.find_key(tx.connection, named) or archive.enter(tx, named, seen_at=parts().clock.now())
            return redirect(url_for("customers.show", key=key), code=303)
        found = finding.customers_called(tx.connection, sought)
    return render_template("customers/found.html", found=found, sought=sought, tabs=tabs())


@bp.get("/customers/of-case/<case_id>")
@needs(customers.may_read)
def of_case(case_id: str) -> ResponseReturnValue:
    """303 to the customer of a case that the person may see."""
    with parts().db.begin() as tx:
        key = finding.enter_of_case(tx, case_id, actor(), now=parts().clock.now())
    return redirect(url_for("customers.show", key=key), code=303)


@bp.get("/customers/<int:key>")
@needs(customers.may_read)
def show(key: int) -> ResponseReturnValue:
    """What people say of a customer, and all that the shop knows."""
    return _page(key)


@bp.post("/customers/<int:key>")
@needs(customers.may_edit)
def change(key: int) -> ResponseReturnValue:
    """303 to the customer; 422 with what was typed when something is wrong, 409 when somebody was faster."""
    typed = {name: posted.text(name, 2000) for name in ("level", "tags", "address_as", "note", "good")}
    revision = posted.version("revision")
    try:
        with parts().db.begin() as tx:
            archive.change(tx, key, typed, actor(), now=parts().clock.now(), revision=revision)
    except (InvalidValue, StaleCustomer) as problem:
        status = 409 if isinstance(problem, StaleCustomer) else 422
        return _page(key, typed=typed, problem=errors.sentence(problem)), status
    notes.add(gettext("已保存客户档案。"))
    return redirect(url_for("customers.show", key=key), code=303)


@bp.post("/customers/<int:key>/visits")
@needs(customers.may_edit)
def arrange(key: int) -> ResponseReturnValue:
    """303 to the customer with a visit planned; 422 when the time is past."""
    try:
        due_at = typed_time(request.form.get("due_at", ""))
        with parts().db.begin() as tx:
            visiting.arrange(tx, key, due_at, actor(), now=parts().clock.now())
    except VisitProblem as problem:
        return _page(key, visit_problem=errors.sentence(problem)), 422
    notes.add(gettext("已安排回访。"))
    return redirect(url_for("customers.show", key=key), code=303)


def typed_time(text: str) -> datetime:
    """The instant of a ``datetime-local`` field, on the shop's clock.

    Raises:
        VisitProblem: it is none.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError as problem:
        raise VisitProblem(
            "due_at", "Please fill in the date and the time.", message_zh="请填日期和时间。"
        ) from problem


def shown_time(instant: datetime) -> str:
    """An instant as a ``datetime-local`` field takes it, on the shop's clock."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def tabs() -> dict[str, int]:
    """What the subject's tabs count: callers who wait, and one's own visits that are due."""
    with parts().db.read() as connection:
        today = parts().clock.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        due = today + timedelta(days=1)
        return {
            "calls": calls.count_waiting(connection),
            "visits": visits.count_open(connection, assignee=actor().id, due_before=due),
        }


def _page(
    key: int, *, typed: Mapping[str, str] | None = None, problem: str | None = None, visit_problem: str | None = None
) -> str:
    with parts().db.read() as connection:
        known = archive.get(connection, key)
        profile = customers.profile(connection, actor(), known.customer_id, parts().definitions)
        people = Names(connection, parts().definitions, [one.changed_by for one in profile.changes] if profile else [])
    if profile is None:
        raise NotFound(f"{actor().id} may not read the archive")
    plain = {
        "level": known.level,
        "tags": "、".join(known.tags),
        "address_as": known.address_as,
        "note": known.note,
        "good": "1" if known.good_since else "",
    }
    may_edit = customers.may_edit(actor()) and known.customer_id not in actor().customer_ids
    now = parts().clock.now()
    return render_template(
        "customers/customer.html",
        customer=known,
        profile=profile,
        glance=profile.glance,
        people=people,
        typed=typed or plain,
        problem=problem,
        visit_problem=visit_problem,
        may_edit=may_edit,
        order_stages=shop.ORDER_STAGES,
        tomorrow=shown_time(now + timedelta(days=1)),
        earliest=shown_time(now),
        max_note=archive.MAX_NOTE,
        good_days=words.GOOD_EVERY.days,
        tabs=tabs(),
    )
