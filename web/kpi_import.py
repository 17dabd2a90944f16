"""Figures of chat and shop systems: a file is looked at with its mistakes by line and column, then taken as a whole."""

from __future__ import annotations

import io
from typing import Final

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.errors import InvalidValue, NotFound
from engine.exports import CSV, XLSX
from engine.kpi import intake
from engine.kpi.figures import CHANNELS, COLUMNS, KIND_NAMES, FigureKind
from engine.queries.base import keyset
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("kpi_import", __name__)
_PAGE: Final = 20
_TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/kpi/import")
@needs(kpi.enters_figures)
def index() -> ResponseReturnValue:
    """Upload, templates, and what was imported before."""
    return _index()


@bp.post("/kpi/import")
@needs(kpi.enters_figures)
def upload() -> ResponseReturnValue:
    """303 to the preview; 422 when the file cannot be read as a whole."""
    sent, word = request.files.get("file"), request.form.get("kind", "")
    if word not in set(FigureKind):
        return _index(problem=gettext("请选择是哪种数据。")), 422
    kind = FigureKind(word)
    content = sent.stream.read(intake.MAX_BYTES + 1) if sent is not None else b""
    try:
        with parts().db.begin() as tx:
            name = (sent.filename or "") if sent is not None else ""
            upload_id = intake.upload(tx, kind, name, content, actor(), now=parts().clock.now())
            circle = kpi.circle_of(tx.connection, actor(), "P17")
            intake.preview_of(tx.connection, upload_id, actor(), circle, now=parts().clock.now())
    except InvalidValue as problem:
        return _index(problem=errors.sentence(problem), kind=kind), 422
    return redirect(url_for("kpi_import.preview", upload_id=upload_id), code=303)


@bp.get("/kpi/import/<upload_id>")
@needs(kpi.enters_figures)
def preview(upload_id: str) -> ResponseReturnValue:
    """What the file would do, or what is wrong in it."""
    return _preview(upload_id)


@bp.post("/kpi/import/<upload_id>")
@needs(kpi.enters_figures)
def take(upload_id: str) -> ResponseReturnValue:
    """303 when the whole file is taken, or thrown away; 422 with the preview when something is wrong."""
    now = parts().clock.now()
    if request.form.get("what") == "discard":
        with parts().db.begin() as tx:
            intake.throw_away(tx, upload_id, actor())
        return redirect(url_for("kpi_import.index"), code=303)
    try:
        with parts().db.begin() as tx:
            circle = kpi.circle_of(tx.connection, actor(), "P17")
            made = intake.take(tx, upload_id, actor(), circle, now=now)
    except InvalidValue as problem:
        return _preview(upload_id, problem=errors.sentence(problem)), 422
    if made is None:
        notes.add(gettext("这些数据都已导入过,没有变化。"))
    else:
        text = gettext(
            "已导入 %(rows)s 行:新增 %(added)s 个数,替换 %(replaced)s 个数。",
            rows=made.rows,
            added=made.added,
            replaced=made.replaced,
        )
        notes.add(text)
    return redirect(url_for("kpi_import.index"), code=303)


@bp.get("/kpi/import/template")
@needs(kpi.enters_figures)
def template() -> ResponseReturnValue:
    """An empty file with the headings."""
    kind, form = _kind(request.args.get("kind", FigureKind.CHAT)), request.args.get("format", CSV)
    if form not in _TYPES:
        raise NotFound("no such format")
    name = f"{KIND_NAMES[kind]}-模板.{form}"
    return send_file(
        io.BytesIO(intake.template(kind, form)), mimetype=_TYPES[form], as_attachment=True, download_name=name
    )


@bp.get("/kpi/imports/<int:key>")
@needs(kpi.enters_figures)
def past(key: int) -> ResponseReturnValue:
    """The numbers that an import replaced."""
    with parts().db.read() as connection:
        circle = kpi.circle_of(connection, actor(), "P17")
        found = next(iter(intake.list_imports(connection, before=key + 1, limit=1)), None)
        if found is None or found.key != key:
            raise NotFound(f"there is no import {key}", message_zh="没有这次导入。")
        rows = [row for row in intake.past_of(connection, key) if circle.everybody or row.person in circle.members]
    return render_template(
        "kpi/past.html", found=found, rows=rows, circle=circle, labels=_labels(), channels=CHANNELS, period=None,
        own_only=False, may_enter=True, may_set=kpi.sets_rules(actor()), money=_MONEY,
    )  # fmt: skip


_MONEY: Final = frozenset({"paid_amount"})


def _labels() -> dict[str, str]:
    return {column.name: column.label for columns in COLUMNS.values() for column in columns}


def _kind(text: str) -> FigureKind:
    try:
        return FigureKind(text)
    except ValueError:
        raise NotFound("no such kind of figures") from None


def _index(*, problem: str | None = None, kind: FigureKind = FigureKind.CHAT) -> str:
    before = keyset(request.args.get("after"))
    with parts().db.read() as connection:
        found = intake.list_imports(connection, before=before, limit=_PAGE + 1)
    return render_template(
        "kpi/import.html", imports=found[:_PAGE], next_after=found[_PAGE - 1].key if len(found) > _PAGE else None,
        after=before, kinds=KIND_NAMES, columns=COLUMNS, problem=problem, kind=kind, most_rows=intake.MAX_ROWS,
        period=None, own_only=False, may_enter=True, may_set=kpi.sets_rules(actor()),
    )  # fmt: skip


def _preview(upload_id: str, *, problem: str | None = None) -> str:
    with parts().db.read() as connection:
        circle = kpi.circle_of(connection, actor(), "P17")
        seen = intake.preview_of(connection, upload_id, actor(), circle, now=parts().clock.now())
    return render_template(
        "kpi/preview.html", seen=seen, kinds=KIND_NAMES, columns=COLUMNS[seen.kind], channels=CHANNELS, problem=problem,
        names={key: one.name for key, one in circle.members.items()}, period=None, own_only=False, may_enter=True,
        may_set=kpi.sets_rules(actor()), money=_MONEY, shown=10,
    )  # fmt: skip
