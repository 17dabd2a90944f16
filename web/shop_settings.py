"""Shop settings: what texts say of a shop, who leads it and what it does: for every shop, and for those that differ."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, accounts, shop
from engine.errors import InvalidValue
from engine.model import Actor
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("shop_settings", __name__)


def may_edit(person: Actor) -> bool:
    """P24: administrators."""
    return access.may(person, "P24")


@bp.get("/settings")
@needs(may_edit)
def index() -> ResponseReturnValue:
    """What holds for every shop, or for the one that ``shop`` names, with its versions."""
    return _page(_shop())


@bp.post("/settings")
@needs(may_edit)
def save() -> ResponseReturnValue:
    """303 to the page with the new version; 422 with what was typed when something is wrong or stale."""
    name = _shop()
    typed = {setting: request.form.get(setting, "") for setting in shop.ALL_SETTINGS}
    note, seen = request.form.get("note", ""), request.form.get("based_on", "")
    based_on = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0
    try:
        with parts().db.begin() as tx:
            now = parts().clock.now()
            made = shop.save_settings(tx, typed, actor(), now=now, shop=name, note=note, based_on=based_on)
    except InvalidValue as problem:
        return _page(name, typed={**typed, "note": note}, problem=errors.sentence(problem)), 422
    if made is None:
        notes.add(gettext("内容没有变化,没有产生新版本。"))
    else:
        notes.add(gettext("已保存店铺设置第 %(n)s 版,下一条消息起生效。", n=made.version))
    return redirect(url_for("shop_settings.index", shop=name or None), code=303)


def _page(name: str, *, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    with parts().db.read() as connection:
        versions = shop.list_settings(connection, name)
        own = shop.list_shops_with_settings(connection)
        known = shop.list_shops(connection)
        every = shop.read_settings(connection)
        in_force = shop.read_settings(connection, name)
        leaders = accounts.people_of(connection, shop.LEADING)
        people = {account.id: account.name for account in accounts.list_in(connection)}
    return render_template(
        "shop_settings/index.html",
        shop=name,
        shops=own if not name or name in own else (*own, name),
        known=[one for one in known if one not in own],
        settings=shop.SETTINGS,
        manners=shop.MANNERS,
        switches=shop.SWITCHES,
        leaders=shop.LEADERS,
        leading={one["value"]: one["label"] for group in leaders.values() for one in group},
        people=people,
        practices=shop.PRACTICES,
        packs=shop.PACKS,
        switched_on=shop.ON,
        closing_phrase=shop.CLOSING_PHRASE,
        every=every,
        in_force=in_force,
        versions=versions,
        typed=typed or {**(versions[0].values if versions else {}), "note": ""},
        based_on=versions[0].version if versions else 0,
        problem=problem,
        max_length=shop.MAX_LENGTH,
        max_shop=shop.MAX_SHOP,
    )


def _shop() -> str:
    return request.values.get("shop", shop.ANY_SHOP).strip()[: shop.MAX_SHOP]
