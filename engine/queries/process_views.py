"""What can be started, and what is deployed: frozen rows, already named in Chinese.

Times are aware UTC. Names of processes and elements come from the version that the row is pinned to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.definitions import Deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOption:
    """A process that the person may start by hand."""

    process_id: str
    name: str
    version: int
    form_id: str | None
    documentation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartForm:
    """The newest version of a process with the form that starts it."""

    deployed: Deployed
    form_id: str | None
    schema: Mapping[str, Any] | None
    documentation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version of a process."""

    key: int
    version: int
    deployed_at: datetime
    deployed_by: str
    deployed_by_name: str
    hash: str
    #: Instances of it that have not ended.
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessView:
    """A process with its versions, newest first."""

    process_id: str
    name: str
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView:
    """A decision, form or template in force."""

    kind: str
    id: str
    hash: str
    deployed_at: datetime
    deployed_by: str
    deployed_by_name: str
    #: Process ids whose newest version uses it.
    used_by: tuple[str, ...]
