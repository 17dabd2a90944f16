"""Deployments and versions as they are told; times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who deployed when and why."""

    number: int
    at: datetime
    actor: str
    reason: str
    #: Key of the change that it put in force, and its title.
    change: int | None
    change_title: str | None
    #: Number of the deployment to which it went back; None: it went forward.
    restores: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLine:
    """A deployment that changed a resource."""

    told: Told
    #: Hash of what was in force before; None: nothing was.
    before: str | None
    after: str
    #: Number of the deployment that went back behind it; None: none did.
    undone_by: int | None
    #: Whether this is what is in force.
    current: bool
    #: Cases under way whose version of their process uses it.
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A resource that a deployment, or a version of a process, has otherwise than the one before."""

    kind: str
    id: str
    #: Hashes; None: it was not there, or is not there any more.
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version of a process with what made it another one."""

    key: int
    process_id: str
    version: int
    name: str
    #: Hash of its diagram.
    diagram: str
    at: datetime
    actor: str
    #: The deployment that made it; None: it is older than the record of deployments.
    told: Told | None
    undone_by: int | None
    current: bool
    running: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """A deployment with what it changed and the versions that it made."""

    told: Told
    parts: tuple[Part, ...]
    #: (process id, version, key, name).
    versions: tuple[tuple[str, int, int, str], ...]
    #: How many of its parts a later deployment took back.
    undone: int
