"""Changes and their drafts as they are read; times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.errors import StepError


class Status(StrEnum):
    """What has become of a change."""

    OPEN = "open"
    #: Somebody else is asked to look at it.
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DEPLOYED = "deployed"
    WITHDRAWN = "withdrawn"


#: A change in one of these can still be worked on.
ALIVE = frozenset({Status.OPEN, Status.SUBMITTED, Status.APPROVED})


class Standing(StrEnum):
    """How a draft stands to what is in force."""

    #: There is nothing of its kind and id in force.
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    #: Something else was put in force after the draft was begun.
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """A draft without its content."""

    key: int
    kind: str
    id: str
    #: Hash of the content.
    hash: str
    #: Hash of what was in force when the draft was begun; None: nothing was.
    base_hash: str | None
    #: Hash of what is in force now; None: nothing is.
    current_hash: str | None
    revision: int
    size: int
    saved_by: str
    saved_at: datetime

    @property
    def standing(self) -> Standing:
        """How it stands to what is in force."""
        if self.hash == self.current_hash:
            return Standing.UNCHANGED
        if self.base_hash != self.current_hash:
            return Standing.MOVED
        return Standing.NEW if self.current_hash is None else Standing.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was done with a change."""

    n: int
    #: opened, edited, restores, rebased, submitted, approved, returned, reopened, withdrawn or deployed.
    kind: str
    at: datetime
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Work on what is in force, from the first draft until it is deployed or given up."""

    key: int
    title: str
    why: str
    status: Status
    #: Grows with every save of one of its drafts.
    revision: int
    opened_by: str
    opened_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    reviewed_revision: int | None
    #: Number of the deployment that put it in force.
    deployment: int | None
    closed_at: datetime | None
    #: By kind, then id.
    drafts: tuple[DraftHead, ...]
    entries: tuple[Entry, ...]

    @property
    def alive(self) -> bool:
        """Whether it can still be worked on."""
        return self.status in ALIVE

    @property
    def approved(self) -> bool:
        """Whether somebody has approved of exactly what its drafts say now."""
        return self.status is Status.APPROVED and self.reviewed_revision == self.revision

    @property
    def seen_by_another(self) -> bool:
        """Whether that was none of its authors: while one person was enough, it may have been."""
        return self.approved and self.reviewed_by not in self.authors

    @property
    def authors(self) -> frozenset[str]:
        """Who wrote something of it, or asked for its review."""
        return frozenset(entry.actor for entry in self.entries if entry.kind in ("edited", "rebased", "submitted"))

    @property
    def effective(self) -> tuple[DraftHead, ...]:
        """The drafts that change something."""
        return tuple(draft for draft in self.drafts if draft.standing is not Standing.UNCHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A change in a list."""

    key: int
    title: str
    status: Status
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    deployment: int | None
    #: How many drafts it has.
    drafts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft with its content, as an editor needs it."""

    key: int
    change: int
    kind: str
    id: str
    content: bytes
    revision: int
    base_hash: str | None
    saved_by: str
    saved_at: datetime
    #: False: the change is closed, or who reads may not write.
    editable: bool


class ChangeClosed(StepError):
    """The change is deployed or withdrawn; nothing of it can be changed any more. Don't retry."""

    code = "change_closed"
    message_zh = "该变更已发布或已撤回,不能再修改。"
    message_en = "This change has been deployed or withdrawn and cannot be altered any more."


class DraftConflict(StepError):
    """Somebody saved the draft in between; nothing was written. Look at ``draft``, then save on its revision."""

    code = "draft_conflict"
    message_zh = "这份草稿刚被别人保存过,您的修改没有保存。"
    message_en = "Somebody else has saved this draft meanwhile, and your changes were not saved."

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"draft {draft.key} is at revision {draft.revision}")
        self.draft = draft


class ChangeMoved(StepError):
    """The change is not what the page has shown any more; nothing was done. Reload, look, then decide."""

    code = "change_moved"
    message_zh = "这项变更在您打开页面以后又有修改,请先看过最新内容,再做决定。"
    message_en = "This change was altered after you opened the page. Please look at it again, then decide."
