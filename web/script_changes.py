"""Changing scripts and message texts: at once, or proposed and approved (P21)."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import outbox, scripts, shop
from engine.errors import DefinitionRefused, InvalidValue, NotFound
from engine.model import Actor, Finding, Severity
from engine.outbox.texts import MAX_LENGTH
from engine.queries.scripts import Script as Letter
from engine.store import text_versions
from engine.store.text_versions import TextVersion
from engine.wording import Hit
from web import errors, notes, posted, script_forms, spoken
from web.i18n import english, gettext
from web.identity import actor, needs
from web.script_forms import Typed
from web.script_proposals import tell_of_text
from web.wiring import parts, records

bp = Blueprint("script_changes", __name__)
_PRESALE = "售前"


def may_write(person: Actor) -> bool:
    """P21: edits at once, or proposes."""
    return scripts.may_edit(person) or scripts.may_propose(person)


@bp.get("/scripts/new")
@needs(may_write)
def new() -> ResponseReturnValue:
    """An empty form for a script of the shop's own."""
    with parts().db.read() as connection:
        code = scripts.next_code(connection)
    return _form(Typed(code=code), is_new=True)


@bp.post("/scripts/new")
@needs(may_write)
def create() -> ResponseReturnValue:
    """303 to the new script, or to the proposals; 422 with the form when something is wrong."""
    with parts().db.read() as connection:
        code = scripts.next_code(connection)
    return _save_script(script_forms.of_request(code), None, is_new=True)


@bp.get("/scripts/<code>/edit")
@needs(may_write)
def edit(code: str) -> ResponseReturnValue:
    """The form of a script or a message text."""
    entry = _entry(code)
    if entry is None:
        return _letter_form(code, _letter(code).text, _based_on(scripts.TEMPLATE, code))
    return _form(script_forms.of_script(entry.script, entry.version, retired=entry.retired))


@bp.post("/scripts/<code>/edit")
@needs(may_write)
def save(code: str) -> ResponseReturnValue:
    """303 to the text, or to the proposals; 422 with the form when something is wrong."""
    entry = _entry(code)
    if entry is None:
        return _save_letter(code)
    return _save_script(script_forms.of_request(code), entry.script)


@bp.post("/scripts/<code>/restore")
@needs(may_write)
def restore(code: str) -> ResponseReturnValue:
    """303: what an old version says becomes a new version, or a proposal."""
    key = request.form.get("version", "")
    with parts().db.read() as connection:
        old = text_versions.get(connection, int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0)
    if old.id != code or old.version is None:
        raise NotFound(f"{code[:20]} has no version {key[:20]}", message_zh="没有这个版本。")
    reason = gettext("恢复第 %(n)s 版", n=old.version)
    entry = _entry(code)
    try:
        if old.kind == scripts.KIND and entry is not None:
            wanted = replace(scripts.read_script(old.content), code=code)
            made = _write_script(wanted, entry.version, reason)
        elif old.kind == scripts.TEMPLATE:
            made = _write_letter(code, str(old.content["text"]), _based_on(scripts.TEMPLATE, code), reason)
        else:
            raise NotFound(f"there is no text {code[:20]!r}", message_zh="没有这个话术。")
    except (InvalidValue, DefinitionRefused) as problem:
        notes.add(errors.sentence(problem), "warn")
        return redirect(url_for("message_templates.show", code=code), code=303)
    return _done(made)


# --- inside --------------------------------------------------------------------------------------


def _entry(code: str) -> scripts.Entry | None:
    with parts().db.read() as connection:
        return scripts.find_script(connection, actor(), code, now=parts().clock.now())


def _save_script(typed: Typed, before: scripts.Script | None, *, is_new: bool = False) -> ResponseReturnValue:
    try:
        wanted = script_forms.script_of(typed, before, parts().definitions.all_latest())
        promises = () if wanted.forbidden else _check_words(wanted)
        if not spoken.confirmed(list(promises)):
            return _form(typed, is_new=is_new, promises=promises), 422
        made = _write_script(wanted, typed.based_on, typed.reason, retired=typed.retired)
    except InvalidValue as problem:
        return _form(typed, is_new=is_new, problem=errors.sentence(problem)), 422
    return _done(made)


def _write_script(wanted: scripts.Script, based_on: int, reason: str, *, retired: bool = False) -> TextVersion:
    now = parts().clock.now()
    with parts().db.begin() as tx:
        return scripts.save_script(
            tx,
            wanted,
            actor(),
            at=now,
            note=reason,
            based_on=based_on,
            channels=shop.CHANNELS,
            tell=tell_of_text,
            retired=retired,
        )


def _check_words(script: scripts.Script) -> tuple[Hit, ...]:
    """The promises of a script's texts.

    Raises:
        InvalidValue: one says something that is banned.
    """
    context = "presale" if _PRESALE in script.tags else "aftersale"
    texts = "\n".join((script.text, *(variant.text for variant in script.variants)))
    return _checked(texts, context)


def _checked(text: str, context: str = "") -> tuple[Hit, ...]:
    found = spoken.check(text, context=context)
    if found.blocked:
        raise InvalidValue(spoken.blocked_en(found.blocked[0]), message_zh=found.blocked[0].sentence)
    return tuple(found.warned)


def _form(typed: Typed, *, is_new: bool = False, problem: str | None = None, promises: tuple[Hit, ...] = ()) -> str:
    with parts().db.read() as connection:
        shops = shop.list_shops(connection)
    return render_template(
        "scripts/edit.html",
        typed=typed,
        is_new=is_new,
        problem=problem,
        promises=promises,
        mark=spoken.mark_of(list(promises)),
        variants=script_forms.variants_shown(typed),
        channels=shop.CHANNELS,
        shops=shops,
        conditions=scripts.CONDITIONS,
        sources=scripts.SOURCES,
        processes=[(deployed.process_id, deployed.name) for deployed in parts().definitions.all_latest()],
        proposes=not scripts.may_edit(actor()),
    )


def _letter(code: str) -> Letter:
    """The message text in force; NotFound: there is none."""
    found = next((script for script in records().scripts(actor()) if script.code == code), None)
    if found is None:
        raise NotFound(f"there is no text {code[:20]!r}", message_zh="没有这个话术。")
    return found


def _based_on(kind: str, code: str) -> int:
    with parts().db.read() as connection:
        newest = text_versions.newest(connection, kind, code)
    return 0 if newest is None else newest.version or 0


def _save_letter(code: str) -> ResponseReturnValue:
    text, reason = posted.text("text", MAX_LENGTH * 2), posted.text("reason", 400)
    sent = request.form.get("based_on", "")
    based_on = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0
    _letter(code)
    try:
        findings = parts().definitions.check({f"{code}.txt": text.encode()})
        if any(finding.severity is Severity.ERROR for finding in findings):
            return _letter_form(code, text, based_on, reason=reason, findings=findings), 422
        promises = () if code.startswith("C") else _checked(text)
        if not spoken.confirmed(list(promises)):
            return _letter_form(code, text, based_on, reason=reason, findings=findings, promises=promises), 422
        made = _write_letter(code, text, based_on, reason)
    except InvalidValue as problem:
        return _letter_form(code, text, based_on, reason=reason, problem=errors.sentence(problem)), 422
    return _done(made)


def _write_letter(code: str, text: str, based_on: int, reason: str) -> TextVersion:
    found, person = parts(), actor()
    in_force = _letter(code)
    return scripts.save_template(
        found.db,
        found.clock,
        person,
        code,
        text,
        deployed=in_force.text,
        deployed_by=in_force.deployed_by,
        note=reason,
        based_on=based_on,
        deploy=lambda files: found.definitions.deploy(files, person),
        tell=tell_of_text,
    )


def _letter_form(
    code: str,
    text: str,
    based_on: int,
    *,
    reason: str = "",
    problem: str | None = None,
    findings: list[Finding] | None = None,
    promises: tuple[Hit, ...] = (),
) -> str:
    return render_template(
        "scripts/edit_letter.html",
        code=code,
        text=text,
        based_on=based_on,
        reason=reason,
        problem=problem,
        findings=findings or [],
        promises=promises,
        mark=spoken.mark_of(list(promises)),
        names=outbox.placeholders(text),
        most=MAX_LENGTH,
        proposes=not scripts.may_edit(actor()),
        english=english(),
    )


def _done(made: TextVersion) -> ResponseReturnValue:
    if made.version is None:
        notes.add(gettext("已提交,部门经理同意后生效。"))
        return redirect(url_for("script_proposals.proposals"), code=303)
    notes.add(gettext("已保存为第 %(n)s 版,立即生效。", n=made.version))
    return redirect(url_for("message_templates.show", code=made.id), code=303)
