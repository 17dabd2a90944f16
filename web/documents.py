"""Papers (E16): the archive with its filters, one paper with its versions, filing and taking."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import customers
from engine.customers import archive, documents, filing, words
from engine.customers.filing import DocumentProblem, StaleDocument
from engine.errors import InvalidValue
from engine.model import Actor
from engine.queries.base import Names
from web import customer_words, errors, notes, posted
from web.calls import sent_file, upload
from web.customers import tabs
from web.i18n import gettext
from web.identity import actor, needs
from web.links import number
from web.wiring import parts

bp = Blueprint("documents", __name__)
_FIELDS = ("title", "category", "access_group", "customer_id", "order_id", "note")


def files_papers(person: Actor) -> bool:
    """Whether the person enters papers of some category."""
    return bool(documents.categories_of(person))


@bp.get("/documents")
@needs(customers.reads_papers)
def index() -> ResponseReturnValue:
    """The papers that the person may read, the last changed first; filters stand in the address."""
    query = {name: request.args.get(name, "").strip()[:64] for name in ("category", "text")}
    query = {name: text for name, text in query.items() if text}
    after = request.args.get("after")
    with parts().db.read() as connection:
        page = documents.list_documents(
            connection, actor(), category=query.get("category", ""), text=query.get("text", ""), after=after
        )
        counts = documents.count_documents(connection, actor())
        people = Names(connection, parts().definitions, [one.created_by for one in page.rows])
    return render_template(
        "documents/index.html",
        page=page,
        query=query,
        after=after,
        counts=counts,
        people=people,
        may_file=files_papers(actor()),
        tabs=_tabs(),
    )


@bp.get("/documents/new")
@needs(files_papers)
def new() -> ResponseReturnValue:
    """The form; ``customer`` (key) in the address fills it in."""
    typed = {}
    key = request.args.get("customer", type=number)
    if key is not None and customers.may_read(actor()):
        with parts().db.read() as connection:
            typed["customer_id"] = archive.get(connection, key).customer_id
    return _form(typed)


@bp.post("/documents")
@needs(files_papers)
def add() -> ResponseReturnValue:
    """303 to the paper, also for the same submission again; 422 with the form when something is wrong."""
    typed = {name: posted.text(name, 600) for name in _FIELDS}
    key = posted.key()
    try:
        file = upload("file") or posted.text("kept_file", 40)
        if not file:
            raise DocumentProblem(
                "file", "Please choose a file (a picture or a PDF).", message_zh="请选择文件(图片或 PDF)。"
            )
        typed["kept_file"] = file
        with parts().db.begin() as tx:
            made = filing.add(tx, typed, file, actor(), now=parts().clock.now(), submission_key=key)
    except InvalidValue as problem:
        field = problem.field if isinstance(problem, DocumentProblem) else "file"
        return _form(typed, problem=errors.sentence(problem), field=field, key=posted.sent_key()), 422
    notes.add(gettext("已归档。"))
    return redirect(url_for("documents.show", document_id=made.id), code=303)


@bp.get("/documents/<int:document_id>")
@needs(customers.reads_papers)
def show(document_id: int) -> ResponseReturnValue:
    """One paper with its versions."""
    return _page(document_id)


@bp.post("/documents/<int:document_id>/versions")
@needs(files_papers)
def add_version(document_id: int) -> ResponseReturnValue:
    """303 to the paper with the newer version; 422 without a file, 409 when somebody was faster."""
    based_on = posted.number("version") or 0
    note = posted.text("note", 600)
    with parts().db.read() as connection:
        documents.get(connection, document_id, actor())  # before anything is kept
    try:
        file = upload("file")
        if not file:
            raise DocumentProblem(
                "file", "Please choose a file (a picture or a PDF).", message_zh="请选择文件(图片或 PDF)。"
            )
        with parts().db.begin() as tx:
            filing.add_version(tx, document_id, file, note, actor(), now=parts().clock.now(), based_on=based_on)
    except InvalidValue as problem:
        return _page(document_id, problem=errors.sentence(problem), note=note), 422
    except StaleDocument as problem:
        return _page(document_id, problem=errors.sentence(problem), note=note), 409
    notes.add(gettext("已上传新版本,旧版本保留。"))
    return redirect(url_for("documents.show", document_id=document_id), code=303)


@bp.post("/documents/<int:document_id>/withdrawal")
@needs(files_papers)
def withdraw(document_id: int) -> ResponseReturnValue:
    """303 to the archive without the paper; 422 without a reason."""
    try:
        with parts().db.begin() as tx:
            filing.withdraw(tx, document_id, posted.text("reason", 600), actor(), now=parts().clock.now())
    except InvalidValue as problem:
        return _page(document_id, problem=errors.sentence(problem)), 422
    notes.add(gettext("已停用,不再列出;版本和下载记录保留。"))
    return redirect(url_for("documents.index"), code=303)


@bp.get("/documents/<int:document_id>/versions/<int:number>")
@needs(customers.reads_papers)
def take(document_id: int, number: int) -> ResponseReturnValue:
    """The file of a version, to be saved; taking it is logged."""
    with parts().db.begin() as tx:
        kept = filing.open_version(tx, document_id, number, actor(), now=parts().clock.now())
    return sent_file(kept)


def _tabs() -> dict[str, int]:
    return tabs() if customers.may_read(actor()) else {}


def _form(
    typed: Mapping[str, str], *, problem: str | None = None, field: str | None = None, key: str | None = None
) -> str:
    return render_template(
        "documents/new.html",
        typed=typed,
        problem=problem,
        field=field,
        categories={code: customer_words.CATEGORIES[code] for code in documents.categories_of(actor())},
        confidential=words.CONFIDENTIAL,
        max_title=filing.MAX_TITLE,
        max_note=filing.MAX_NOTE,
        submission_key=key or posted.new_key(),
        tabs=_tabs(),
    )


def _page(document_id: int, *, problem: str | None = None, note: str = "") -> str:
    with parts().db.read() as connection:
        document = documents.get(connection, document_id, actor())
        versions = documents.versions_of(connection, document_id)
        people = Names(connection, parts().definitions, [one.added_by for one in versions])
        key = archive.find_key(connection, document.customer_id) if document.customer_id else None
    return render_template(
        "documents/document.html",
        document=document,
        versions=versions,
        people=people,
        customer_key=key if customers.may_read(actor()) else None,
        may_keep=documents.may_keep(actor(), document.category),
        max_note=filing.MAX_NOTE,
        problem=problem,
        note=note,
        tabs=_tabs(),
    )
