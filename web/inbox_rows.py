"""The rows of the inbox as HTML, remembered: each stands in many people's lists, who ask every ten seconds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from flask import render_template
from markupsafe import Markup

from engine.clock import SHANGHAI
from engine.queries import InboxRow
from engine.saved_filters import InboxScope
from web.format import is_soon
from web.i18n import language
from web.inbox_view import Listing
from web.wiring import parts

#: About a kilobyte each.
_MOST: Final = 4_096
_MINUTE: Final = timedelta(minutes=1)


def drawn(row: InboxRow, listing: Listing, me: str, picked: Collection[str]) -> Markup:
    """A row of the list.

    Args:
        row: what stands in it.
        listing: the list in which it stands.
        me: id of who looks.
        picked: ids, as text, of the tasks that were ticked.
    """
    own = row.owner == me and listing.asked.scope is not InboxScope.MINE
    now = parts().clock.now()
    return _drawn(row, own, row.id == listing.chosen, str(row.id) in picked, language(), _told_by(row, now))


@lru_cache(maxsize=_MOST)
def _drawn(row: InboxRow, own: bool, chosen: bool, picked: bool, _language: str, _time: tuple[object, ...]) -> Markup:
    """Whatever the template reads stands among the arguments, so that what is remembered is what would be drawn."""
    html = render_template("inbox/_row.html", row=row, own=own, chosen=chosen, picked=picked)
    return Markup(html)  # noqa: S704  # the template has escaped it


def _told_by(row: InboxRow, now: datetime) -> tuple[object, ...]:
    """What the time of day changes in a row: its due clock, its age, its follow-up, and which days are near."""
    due = row.due_at
    return (
        None if due is None else (due < now, abs(due - now) // _MINUTE, is_soon(due, row.due, now)),
        (now - row.created_at) // _MINUTE,
        row.follow_up_at is not None and row.follow_up_at <= now,
        now.astimezone(SHANGHAI).date(),
    )
