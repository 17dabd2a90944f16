"""Registers (台账): all of them, one with its filters, and taking rows of it home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, exports, registers
from engine.errors import InvalidValue, StepError
from engine.exports import ExportFile
from engine.queries.records import RegisterTable
from web import errors, notes, posted
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.wiring import parts, records

bp = Blueprint("registers", __name__)
#: Arguments of a page's address besides the filters of its columns.
_PLAIN: Final = ("text", "since", "until", "sort", "order")
_MOST_ARGUMENTS: Final = 60
FORMATS = {exports.CSV: "CSV", exports.XLSX: "Excel"}
#: What becomes of a request → sign and word.
STATUSES = {
    "waiting": ("", lazy_gettext("待审批")),
    "approved": ("sign-active", lazy_gettext("已同意,可下载")),
    "refused": ("sign-incident", lazy_gettext("未同意")),
    "downloaded": ("sign-done", lazy_gettext("已下载")),
    "expired": ("sign-off", lazy_gettext("已过期")),
}


@bp.get("/registers")
@needs(registers.reads_registers)
def index() -> ResponseReturnValue:
    """The registers that the person may read, with their numbers of rows."""
    return render_template(
        "registers/index.html", registers=records().registers(actor()), exports_open=exports.may_take_home(actor())
    )


@bp.get("/registers/<register>")
@needs(registers.reads_registers)
def show(register: str) -> ResponseReturnValue:
    """A page of a register; filters, order and place stand in the address."""
    return _page(register, _arguments(request.args))


@bp.post("/registers/<register>/file")
@needs(registers.reads_registers)
def take_now(register: str) -> ResponseReturnValue:
    """The rows that the filters leave, as a file; 422 with the page when it cannot be made."""
    arguments = _arguments(request.form)
    found = parts()
    try:
        file = exports.export(
            found.db,
            found.definitions,
            found.clock,
            actor(),
            register,
            arguments,
            form=request.form.get("format", ""),
            unmasked=request.form.get("unmasked") == "1",
            reason=posted.text("reason", 500),
        )
    except InvalidValue as problem:
        return _page(register, arguments, problem=errors.sentence(problem)), 422
    return _sent(file)


@bp.post("/registers/<register>/request")
@needs(registers.reads_registers)
def ask(register: str) -> ResponseReturnValue:
    """303 to the requests; 422 with the page when it cannot be asked for."""
    arguments = _arguments(request.form)
    wanted = {"form": request.form.get("format", ""), "reason": posted.text("reason", 500)}
    found = parts()
    try:
        exports.request(found.db, found.definitions, found.clock, actor(), register, arguments, **wanted)
    except InvalidValue as problem:
        return _page(register, arguments, problem=errors.sentence(problem)), 422
    notes.add(gettext("已提交导出申请,部门经理同意后 24 小时内可下载一次。"))
    return redirect(url_for("registers.requests"), code=303)


@bp.get("/exports")
@needs(exports.may_take_home)
def requests() -> ResponseReturnValue:
    """Requests for exports: one's own, and all of them for who approves."""
    return _requests()


@bp.post("/exports/<export_id>/answer")
@needs(lambda person: access.may(person, "P15"))
def decide(export_id: str) -> ResponseReturnValue:
    """303 to the requests; 422 when a refusal has no answer, 409 when somebody has decided."""
    approve = request.form.get("what") == "approve"
    try:
        exports.decide(
            parts().db, parts().clock, actor(), export_id, approve=approve, answer=posted.text("answer", 500)
        )
    except (InvalidValue, StepError) as problem:
        return _requests(problem=errors.sentence(problem)), 422 if isinstance(problem, InvalidValue) else 409
    notes.add(gettext("已同意该导出申请。") if approve else gettext("已退回该导出申请。"))
    return redirect(url_for("registers.requests"), code=303)


@bp.post("/exports/<export_id>/file")
@needs(exports.may_take_home)
def take(export_id: str) -> ResponseReturnValue:
    """The approved file, once; 409 with the requests when there is none to fetch."""
    found = parts()
    try:
        file = exports.take(found.db, found.definitions, found.clock, actor(), export_id)
    except (InvalidValue, StepError) as problem:
        return _requests(problem=errors.sentence(problem)), 422 if isinstance(problem, InvalidValue) else 409
    return _sent(file)


def _requests(*, problem: str | None = None) -> str:
    found = parts()
    views = exports.list_requests(found.db, found.definitions, found.clock, actor())
    return render_template(
        "registers/exports.html", requests=views, statuses=STATUSES, formats=FORMATS, problem=problem
    )


def _page(register: str, arguments: Mapping[str, str], *, problem: str | None = None) -> str:
    after = request.args.get("after")
    table = records().register(register, actor(), arguments, after=after)
    person = actor()
    return render_template(
        "registers/register.html",
        table=table,
        query=arguments,
        after=after,
        sorts=_sorts(table, arguments),
        more=sum(1 for name in arguments if "." in name),
        formats=FORMATS,
        limit=exports.LIMIT,
        may_export=registers.may_export(person, register),
        may_ask=registers.may_ask_for_export(person, register),
        may_unmask=access.may(person, "P15"),
        problem=problem,
        most=registers.MOST_COUNTED,
        people_columns=registers.PEOPLE,
    )


def _sorts(table: RegisterTable, arguments: Mapping[str, str]) -> dict[str, tuple[dict[str, str], str]]:
    """Column ("" is the time of the row's opening) → arguments that sort by it, and how it is sorted now."""
    plain = {name: text for name, text in arguments.items() if name not in ("sort", "order")}
    found: dict[str, tuple[dict[str, str], str]] = {}
    for name in ["", *(column.id for column in table.columns if column.findable)]:
        now = "" if table.asked.sort != name else "descending" if table.asked.descending else "ascending"
        first = "desc" if not name else "asc"
        order = {"ascending": "desc", "descending": "asc"}.get(now, first)
        found[name] = ({**plain, **({"sort": name} if name else {}), "order": order}, now)
    return found


def _arguments(given: Any) -> dict[str, str]:
    """Filters and order among what came with an address or a form; empty ones are left out."""
    names = [name for name in given if name in _PLAIN or name.partition(".")[0] in ("is", "from", "to")]
    found = {name: str(given[name]).strip()[:64] for name in names[:_MOST_ARGUMENTS]}
    return {name: text for name, text in found.items() if text}


def _sent(file: ExportFile) -> Response:
    return send_file(file.content, mimetype=file.mimetype, as_attachment=True, download_name=file.name)
