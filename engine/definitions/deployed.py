"""What a deployment is and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn import Definition
from engine.model import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A version of a process: its diagram, forms and decisions as they were, and compiled."""

    key: int
    process_id: str
    version: int
    name: str
    #: SHA-256 of the manifest.
    hash: str
    #: {"bpmn": hash, "forms": {id: hash}, "decisions": {id: hash}}.
    manifest: Mapping[str, Any]
    deployed_at: datetime
    deployed_by: str
    xml: bytes
    definition: Definition
    #: form-js schemas by form id.
    forms: Mapping[str, Mapping[str, Any]]

    @property
    def start_schema(self) -> Mapping[str, Any] | None:
        """The form of the none start event."""
        return self.forms.get(self.definition.start_form) if self.definition.start_form else None

    def element_name(self, element: str | None) -> str:
        """An element's Chinese name, or its id where the diagram gives none."""
        found = self.definition.elements.get(element) if element else None
        return (found.name or found.id) if found else (element or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedVersion:
    """A version that a deployment made."""

    process_id: str
    version: int
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a deployment found and made; ``versions`` is empty when nothing changed."""

    findings: tuple[Finding, ...]
    versions: tuple[DeployedVersion, ...]
    #: 1, 2, 3 …; None: nothing changed, so that there was no deployment.
    number: int | None = None
