"""Teams (小组) and the couriers of courier accounts: what administrators keep beside the accounts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, accounts, roster
from engine.errors import InvalidValue
from web import errors, notes, posted
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("teams", __name__)


@bp.get("/admin/teams")
@needs(access.may_manage_users)
def index() -> ResponseReturnValue:
    """All teams with their people, and a form for a new one."""
    return _page()


@bp.post("/admin/teams")
@needs(access.may_manage_users)
def add() -> ResponseReturnValue:
    """303 to the list with the new team; 422 with the form when something is not acceptable."""
    return _save(None)


@bp.get("/admin/teams/<int:team_id>")
@needs(access.may_manage_users)
def team(team_id: int) -> ResponseReturnValue:
    """One team, to be changed."""
    return _page(team_id=team_id)


@bp.post("/admin/teams/<int:team_id>")
@needs(access.may_manage_users)
def change(team_id: int) -> ResponseReturnValue:
    """303 to the list; 422 with the form when something is not acceptable."""
    return _save(team_id)


@bp.post("/admin/teams/<int:team_id>/deletion")
@needs(access.may_manage_users)
def delete(team_id: int) -> ResponseReturnValue:
    """303 to the list; the people of the team are in none then."""
    with parts().db.begin() as tx:
        roster.delete_team(tx, team_id, actor(), at=parts().clock.now())
    notes.add(gettext("小组已解散,成员不再属于任何小组。"))
    return redirect(url_for("teams.index"), code=303)


@bp.post("/admin/users/<user_id>/couriers")
@needs(access.may_manage_users)
def set_couriers(user_id: str) -> ResponseReturnValue:
    """303 back to the account, which does the tasks of these couriers only; 422 when a name is not acceptable."""
    wanted = request.form.get("couriers", "").splitlines()
    try:
        with parts().db.begin() as tx:
            before = accounts.set_couriers(tx, user_id, wanted)
            value = {"user": user_id, "before": sorted(before), "after": sorted({one.strip() for one in wanted} - {""})}
            accounts.record(tx, "user.couriers_changed", value, actor=actor(), at=parts().clock.now())
    except InvalidValue as problem:
        notes.add(errors.sentence(problem), "bad")
    else:
        notes.add(gettext("已保存。该账号需要重新登录。"))
    return redirect(url_for("admin.user", user_id=user_id), code=303)


def _save(team_id: int | None) -> ResponseReturnValue:
    people = request.form.getlist("people")
    try:
        with parts().db.begin() as tx:
            roster.save_team(
                tx,
                team_id,
                posted.text("name", 100),
                people,
                actor(),
                at=parts().clock.now(),
                shop=posted.text("shop", 100),
            )
    except InvalidValue as problem:
        return _page(team_id=team_id, problem=errors.sentence(problem), posted_=True), 422
    notes.add(gettext("小组已保存。"))
    return redirect(url_for("teams.index"), code=303)


def _page(*, team_id: int | None = None, problem: str | None = None, posted_: bool = False) -> str:
    with parts().db.read() as connection:
        teams = roster.list_teams(connection)
        one = None if team_id is None else roster.get_team(connection, team_id)
    mine = {person for person, _ in one.people} if one is not None else set()
    elsewhere = {person: other.name for other in teams if other.id != team_id for person, _ in other.people}
    return render_template(
        "teams/index.html",
        teams=teams,
        team=one,
        accounts=[account for account in accounts.list_accounts(parts().db) if account.active or account.id in mine],
        elsewhere=elsewhere,
        name=request.form.get("name", "") if posted_ else one.name if one is not None else "",
        shop=request.form.get("shop", "") if posted_ else one.shop if one is not None else "",
        chosen=set(request.form.getlist("people")) if posted_ else mine,
        problem=problem,
    )
