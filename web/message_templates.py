"""The library (话术): what people say in a situation, and what processes say; one text with its versions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import access, scripts, shop
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import Names
from engine.queries.scripts import Script, may_read
from engine.store import text_versions
from engine.store.text_versions import TextVersion
from web import errors
from web.differences import differences
from web.identity import actor, needs, sees_studio
from web.wiring import parts, records

bp = Blueprint("message_templates", __name__)


@bp.get("/scripts")
@needs(may_read)
def index() -> ResponseReturnValue:
    """Scripts, the most used first, then the texts that processes send; filters stand in the address."""
    query = _query()
    person, now = actor(), parts().clock.now()
    wanted = scripts.Wanted(
        text=query.get("text", ""),
        tag=query.get("tag", ""),
        process_id=query.get("process", ""),
        favourites="favourites" in query,
        retired="retired" in query,
    )
    with parts().db.read() as connection:
        page = scripts.list_scripts(connection, person, wanted, now=now, after=request.args.get("after"))
        tags = scripts.list_tags(connection)
        waiting = len(text_versions.list_open(connection, (*scripts.KINDS, "words"))) if _decides(person) else 0
    plain = not {"tag", "favourites", "retired"} & query.keys() and not request.args.get("after")
    return render_template(
        "message_templates/index.html",
        page=page,
        tags=tags,
        query=query,
        letters=_letters(person, query) if plain else (),
        processes=[(deployed.process_id, deployed.name) for deployed in parts().definitions.all_latest()],
        waiting=waiting,
        conditions=scripts.CONDITIONS,
        writes=scripts.may_edit(person) or scripts.may_propose(person),
        reads_versions=scripts.may_read_versions(person),
    )


@bp.get("/scripts/<code>")
@needs(may_read)
def show(code: str) -> ResponseReturnValue:
    """One text; a message text filled in with a case's or an order's values, else with the names of its placeholders.

    404 with the page where there is no such case or order for the person.
    """
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        entry = scripts.find_script(connection, person, code, now=now)
    if entry is not None:
        return render_template(
            "scripts/show.html",
            entry=entry,
            script=entry.script,
            filled=scripts.fill(entry.script, {}),
            names={deployed.process_id: deployed for deployed in parts().definitions.all_latest()},
            conditions=scripts.CONDITIONS,
            labels_channel=shop.CHANNELS,
            **kept_versions(scripts.KIND, code),
        )
    return _letter(code, person)


def _letter(code: str, person: Actor) -> ResponseReturnValue:
    of = request.args.get("of", "").strip()[:40]
    problem, status = None, 200
    try:
        preview = records().preview(code, person, of or None)
    except NotFound as missing:
        preview = records().preview(code, person)  # no such text either: 404 without the page
        problem, status = errors.sentence(missing), 404
    page = render_template(
        "message_templates/show.html",
        preview=preview,
        script=preview.script,
        of=of,
        problem=problem,
        may_open_file=sees_studio(person),
        may_deploy=access.may_deploy(person),
        may_set=access.may(person, "P24"),
        **kept_versions(scripts.TEMPLATE, code),
    )
    return page, status


def kept_versions(kind: str, code: str) -> dict[str, Any]:
    """What a page shows of a text's versions: (version, its text, what it changed), the newest first."""
    person = actor()
    with parts().db.read() as connection:
        found = text_versions.list_of(connection, kind, code) if scripts.may_read_versions(person) else ()
        people = {one for version in found for one in (version.made_by, version.decided_by)}
        names = Names(connection, parts().definitions, people)
    texts = {version.version: said(version) for version in found if version.version is not None}
    shown = [(version, differences(texts.get(version.based_on, ""), said(version))) for version in found]
    newest = next((version.version for version in found if version.version is not None), 0)
    return {
        "versions": shown,
        "people": names,
        "newest": newest,
        "writes": scripts.may_edit(person) or scripts.may_propose(person),
        "writes_at_once": scripts.may_edit(person),
        "decides": scripts.may_approve(person),
        "reads_versions": scripts.may_read_versions(person),
    }


def said(version: TextVersion) -> str:
    """A version as one text, to be compared: of a script all that people edit."""
    content = version.content
    if version.kind != scripts.KIND:
        return str(content.get("text", ""))
    script = scripts.read_script(content)
    lines = [script.situation, script.text]
    lines += [f"[{variant.channel} {variant.shop}] {variant.text}" for variant in script.variants]
    lines += [" ".join(script.tags), script.note] + (["停用"] if content.get("retired") is True else [])
    return "\n".join(filter(None, lines))


def _decides(person: Actor) -> bool:
    return scripts.may_approve(person) or scripts.may_propose(person)


def _query() -> dict[str, str]:
    names = ("text", "tag", "process", "favourites", "retired")
    given = {name: request.args.get(name, "").strip()[:64] for name in names}
    return {name: text for name, text in given.items() if text}


def _letters(person: Actor, query: dict[str, str]) -> tuple[Script, ...]:
    """The texts that processes send whose code or words hold what is sought."""
    sought, process = query.get("text", "").casefold(), query.get("process")
    return tuple(
        script
        for script in records().scripts(person)
        if sought in f"{script.code}\n{script.text}".casefold()
        and (process is None or process in {use.process_id for use in script.uses})
    )
