"""What the page of the inbox has around its rows: links that add and drop filters, and what to drop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import request, url_for

from engine.errors import NotFound
from engine.queries import InboxPage
from engine.saved_filters import (
    Asked,
    Due,
    FollowUp,
    InboxScope,
    Priority,
    Problem,
    SavedFilter,
    list_filters,
    read,
    read_query,
)
from web.i18n import lazy_gettext
from web.identity import actor
from web.inbox_words import NAMES, SCOPES, group_word, process_names, shown
from web.links import number
from web.wiring import parts

SIZES: Final = (25, 50, 100)
_DEFAULT_SIZE: Final = 50
_BESIDE: Final = frozenset({"after", "before", "task", "size"})
#: Ready-made filters beside the list.
QUICK: Final[Mapping[str, tuple[object, Asked]]] = {
    "quick:overdue": (lazy_gettext("已超时"), Asked(due=Due.OVERDUE)),
    "quick:risk": (lazy_gettext("临近超时"), Asked(due=Due.RISK)),
    "quick:urgent": (lazy_gettext("加急"), Asked(priority=Priority.URGENT)),
    "quick:follow_up": (lazy_gettext("跟进到期"), Asked(follow_up=FollowUp.DUE)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A word that leads to a list, with the number of tasks there."""

    id: str
    name: object
    href: str
    count: int | None = None
    current: bool = False
    #: Of a filter that somebody else shares.
    by: str | None = None
    #: Parts of it that are no more.
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One part of the question, and the list without it."""

    name: object
    value: object
    href: str
    #: How many tasks there would be without it; only looked up when there is none with it.
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One question to the inbox with its answer, as the page shows it."""

    asked: Asked
    page: InboxPage
    problems: tuple[Problem, ...]
    size: int
    chosen: int | None
    saved: tuple[SavedFilter, ...]
    #: Parts of the address beside the question: where the page begins.
    place: Mapping[str, str]
    #: Id → name of every process.
    names: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The address of this very page."""
        return {**self.here, **self.place}

    @property
    def here(self) -> dict[str, str]:
        """The address of its first page."""
        return {"scope": self.asked.scope.value, **_parts(self.asked, self.size)}

    def to(self, **changes: Any) -> str:
        """The address of the same list with some parts changed (None: dropped), from its first page."""
        return address(replace(self.asked, **changes), self.size)

    def page_at(self, **place: str) -> str:
        """The address of another page of the same list."""
        parts_of_address: dict[str, Any] = {**self.here, **place}
        return url_for("inbox.show", **parts_of_address)

    @property
    def scopes(self) -> list[Link]:
        """The three scopes; who chooses one keeps the filters."""
        return [
            Link(
                id=scope.value,
                name=SCOPES[scope.value],
                href=self.to(scope=scope),
                count=self.page.counts[scope.value],
                current=self.asked.scope is scope,
            )
            for scope in map(InboxScope, SCOPES)
            if scope.value in self.page.counts
        ]

    @property
    def quick(self) -> list[Link]:
        """Ready-made filters within the scope; one that holds is dropped by a second press."""
        found = []
        for key, (name, one) in QUICK.items():
            given = {part: getattr(one, part) for part in one.filters()}
            holds = all(getattr(self.asked, part) == value for part, value in given.items())
            href = self.to(**(dict.fromkeys(given) if holds else given))
            found.append(Link(id=key, name=name, href=href, count=self.page.counts.get(key, 0), current=holds))
        return found

    @property
    def kept(self) -> list[Link]:
        """Filters that people keep."""
        found = []
        for one in self.saved:
            asked, problems = read_kept(one, self.names)
            found.append(
                Link(
                    id=str(one.id),
                    name=one.name,
                    href=address(asked, self.size),
                    count=self.page.counts.get(f"saved:{one.id}", 0),
                    current=asked == self.asked,
                    by=None if one.own else one.owner_name,
                    stale=tuple(problem.value for problem in problems),
                )
            )
        return found

    @property
    def processes(self) -> list[Link]:
        """Processes with open tasks in the scope."""
        prefix, names = "process:", self.names
        counted = {name.removeprefix(prefix): n for name, n in self.page.counts.items() if name.startswith(prefix)}
        return [
            Link(
                id=process,
                name=names.get(process, process),
                href=self.to(process=None if self.asked.process == process else process, step=None),
                count=count,
                current=self.asked.process == process,
            )
            for process, count in sorted(counted.items())
        ]

    @property
    def process_options(self) -> list[tuple[str, str]]:
        """Every process, for the filter."""
        return list(self.names.items())

    @staticmethod
    def group_options(groups: Iterable[str]) -> list[tuple[str, str]]:
        """Groups with their names, for a choice."""
        return [(group, group_word(group)) for group in groups]

    @property
    def chips(self) -> list[Chip]:
        """The filters that hold."""
        return [self._chip(part) for part in self.asked.filters()]

    @property
    def drops(self) -> list[Chip]:
        """Of a list that is empty: the filters without which it would not be, the best first."""
        alone = {part: self.asked.without(part) for part in self.asked.filters()}
        if not alone:
            return []
        counts = parts().queries.inbox(actor(), self.asked, also=alone, limit=1).counts
        found = [replace(self._chip(part), count=counts[part]) for part in alone if counts[part]]
        return sorted(found, key=lambda chip: -(chip.count or 0))

    def _chip(self, part: str) -> Chip:
        value = getattr(self.asked, part)
        return Chip(name=NAMES[part], value=shown(part, value, self.asked), href=self.to(**{part: None}))

    @property
    def steps(self) -> dict[str, str]:
        """Steps of the process, for the filter."""
        process = self.asked.process
        try:
            deployed = parts().definitions.latest(process) if process else None
        except NotFound:
            deployed = None
        elements = deployed.definition.elements.values() if deployed else ()
        return {one.id: one.name or one.id for one in elements if one.kind == "userTask"}


def read_listing() -> Listing:
    """What the address of this request asks, with the answer.

    Raises:
        NotFound: it begins at a place that no page gave.
    """
    names = process_names()
    asked, problems = _asked_here(names)
    place = {name: request.args[name] for name in ("after", "before") if request.args.get(name)}
    saved = tuple(one for one in kept_filters() if one.pinned)
    also = {key: replace(one, scope=asked.scope) for key, (_, one) in QUICK.items()}
    also |= {f"saved:{one.id}": read_kept(one, names)[0] for one in saved}
    size = _size()
    page = parts().queries.inbox(actor(), asked, also=also, limit=size, **place)
    chosen = request.args.get("task", type=number)
    return Listing(
        asked=asked,
        page=page,
        problems=problems,
        size=size,
        chosen=chosen,
        saved=saved,
        place=place,
        names=names,
    )


def asked_here() -> tuple[Asked, tuple[Problem, ...]]:
    """What the address of this request asks, and what of it was left out."""
    return _asked_here(process_names())


def _asked_here(names: Mapping[str, str]) -> tuple[Asked, tuple[Problem, ...]]:
    return read({name: text for name, text in request.args.items() if name not in _BESIDE}, names)


def kept_filters() -> list[SavedFilter]:
    """Filters that the person keeps or is shown."""
    with parts().db.read() as connection:
        return list_filters(connection, actor())


def read_kept(one: SavedFilter, names: Mapping[str, str] | None = None) -> tuple[Asked, tuple[Problem, ...]]:
    """What a kept filter asks today, and what of it is no more; ``names`` of processes where they are known."""
    return read_query(one.query, process_names() if names is None else names)


def address(asked: Asked, size: int = _DEFAULT_SIZE) -> str:
    """The list that a question asks for."""
    parts_of_address: dict[str, Any] = dict(_parts(asked, size))
    return url_for("inbox.show", **parts_of_address)


def _parts(asked: Asked, size: int) -> dict[str, str]:
    return asked.parts() | ({} if size == _DEFAULT_SIZE else {"size": str(size)})


def _size() -> int:
    size = request.args.get("size", type=int)
    return size if size in SIZES else _DEFAULT_SIZE
