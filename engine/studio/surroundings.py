"""What editors offer to choose from: forms, decisions, processes, job types, names; drafts before what is in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from engine import access, bpmn, dmn, formcheck, shop
from engine.connectors import CONNECTORS, RESULTS
from engine.definitions.bundle import BPMN, DECISION, FORM, PUBLISH_MESSAGE, TEMPLATE, process_names
from engine.definitions.words import PLATFORM
from engine.errors import EngineError
from engine.labels import DERIVED
from engine.studio.kinds import resource_of


def surroundings(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What stands around a draft, as plain values for JSON.

    Args:
        files: as ``files_around`` gives them.
    """
    kinds: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        found = resource_of(name)
        if found is not None:
            kinds.setdefault(found[0], {})[found[1]] = content
    diagrams, forms = kinds.get(BPMN, {}), kinds.get(FORM, {})
    return {
        "forms": [dict(_form(form_id, content)) for form_id, content in sorted(forms.items())],
        "decisions": [
            dict(one) for _, content in sorted(kinds.get(DECISION, {}).items()) for one in _decisions(content)
        ],
        "processes": _processes(diagrams),
        "groups": [{"id": group, "name": name} for group, name in access.GROUPS.items()],
        "jobTypes": [
            {"id": job_type, "results": sorted(RESULTS.get(job_type, ()))}
            for job_type in sorted({*CONNECTORS, PUBLISH_MESSAGE})
        ],
        "messages": _messages(diagrams.values(), forms),
        "templates": sorted(kinds.get(TEMPLATE, {})),
        "facts": sorted({*PLATFORM, *shop.START_FACTS}),
        "variables": sorted({name for xml in diagrams.values() for name in bpmn.said_by(xml).variables}),
        "derived": sorted(DERIVED),
    }


@lru_cache(maxsize=4096)
def _form(form_id: str, content: bytes) -> Mapping[str, Any]:
    try:
        schema = json.loads(content)
        found = formcheck.fields(schema)
        title = schema.get("title") or _heading(schema)
    except (EngineError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"id": form_id, "title": "", "fields": []}  # the lint says what is wrong with it
    fields = [{"key": field.key, "label": field.label, "type": field.type} for field in found]
    return {"id": form_id, "title": str(title), "fields": fields}


def _heading(schema: Mapping[str, Any]) -> str:
    """The first line of the first text of a form, without the signs of its markup."""
    texts = (part.get("text") for part in schema.get("components", ()) if part.get("type") == "text")
    first = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    return first.strip().splitlines()[0].lstrip("# ")[:60] if first else ""


@lru_cache(maxsize=1024)
def _decisions(content: bytes) -> tuple[Mapping[str, Any], ...]:
    """Of one file, which is read once: reading takes longer than all the rest of an editor's page."""
    try:
        found = dmn.load(content).decisions
    except (EngineError, ValueError):
        return ()
    return tuple(
        {
            "id": decision_id,
            "name": decision.name,
            "inputs": sorted(decision.names),
            "outputs": [clause.name for clause in decision.outputs if clause.name],
        }
        for decision_id, decision in found.items()
    )


def _processes(diagrams: Mapping[str, bytes]) -> list[dict[str, str]]:
    named = {name: process_names(xml) or {name: ""} for name, xml in sorted(diagrams.items())}
    return [{"id": one, "name": name or one} for found in named.values() for one, name in found.items()]


def _messages(diagrams: Iterable[bytes], forms: Iterable[str]) -> list[str]:
    said = [bpmn.said_by(xml) for xml in diagrams]
    with_forms = {form.removeprefix("messages.") for form in forms if form.startswith("messages.")}
    return sorted(with_forms.union(*(one.sent for one in said), *(one.awaited for one in said)))
