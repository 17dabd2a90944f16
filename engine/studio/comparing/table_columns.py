"""The columns of two decision tables: which is which, what came, went, moved or says something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, changes_between
from engine.studio.comparing.model import Column, Kind
from engine.studio.comparing.sequences import kept_order, merged
from engine.studio.comparing.tree import Node, flatten

_ROLES: Final = {"input": "input", "output": "output", "annotation": "note"}
#: Places (before, after; -1: none) of each column that is shown.
Order: TypeAlias = list[tuple[int, int]]


@dataclass(slots=True, eq=False)
class Pillar:
    """A column with all that the file says of it."""

    role: str
    id: str
    title: str
    #: The formula of an input, the name of an output.
    name: str
    facts: Facts


def pillars_of(table: Node) -> list[Pillar]:
    """Inputs, outputs and annotations, and one more where rules have a description, in the order of their cells."""
    found = [_pillar(node) for tag in _ROLES for node in table.named(tag)]
    notes = sum(one.role == "note" for one in found)
    most = max((len(rule.named("annotationEntry")) for rule in table.named("rule")), default=0)
    found += [Pillar("note", "", "", f"annotation {n + 1}", Facts()) for n in range(notes, most)]
    if any(rule.named("description") for rule in table.named("rule")):
        found.append(Pillar("note", "", "", "description", Facts()))
    return found


def _pillar(node: Node) -> Pillar:
    facts = Facts()
    flatten(node, facts)
    if node.tag == "input":
        inner = node.named("inputExpression")
        name = inner[0].child_text("text") if inner else ""
    else:
        name = node.attributes.get("name", "")
    title = node.attributes.get("label") or name
    return Pillar(_ROLES[node.tag], node.id, title, name, facts)


def compare_columns(before: Sequence[Pillar], after: Sequence[Pillar]) -> tuple[list[Column], Order]:
    """The columns in the order in which both are shown together, and where each stood."""
    pairs = _pairs(before, after)
    order = _in_roles(before, after, list(merged(before, after, pairs)))
    steady = kept_order([before[n].role + str(n) for n in pairs.values()], _walk(before, pairs))
    return [_column(before, after, was, now, steady) for was, now in order], order


def _walk(before: Sequence[Pillar], pairs: dict[int, int]) -> list[str]:
    return [before[pairs[n]].role + str(pairs[n]) for n in sorted(pairs)]


def _pairs(before: Sequence[Pillar], after: Sequence[Pillar]) -> dict[int, int]:
    """Place after → place before: by id, then by formula or name, then by title."""
    found: dict[int, int] = {}
    for key in ("id", "name", "title"):
        left = [n for n in range(len(before)) if n not in set(found.values())]
        for place, pillar in enumerate(after):
            wanted = getattr(pillar, key)
            if place in found or not wanted:
                continue
            fits = [n for n in left if before[n].role == pillar.role and getattr(before[n], key) == wanted]
            if fits:
                found[place] = fits[0]
                left.remove(fits[0])
    return found


def _in_roles(before: Sequence[Pillar], after: Sequence[Pillar], order: Order) -> Order:
    """What is gone stays among those of its role."""
    roles = list(_ROLES.values())
    return sorted(order, key=lambda at: roles.index((after[at[1]] if at[1] >= 0 else before[at[0]]).role))


def _column(before: Sequence[Pillar], after: Sequence[Pillar], was: int, now: int, steady: set[object]) -> Column:
    one, other = (before[was] if was >= 0 else None), (after[now] if now >= 0 else None)
    shown = other or one
    if shown is None:
        raise AssertionError("a column stands on one side at least")
    empty = Facts()
    changes = changes_between(one.facts if one else empty, other.facts if other else empty, words.say)
    if one is None or other is None:
        kind: Kind | None = Kind.ADDED if one is None else Kind.REMOVED
    elif changes:
        kind = Kind.CHANGED
    else:
        kind = None if one.role + str(was) in steady else Kind.MOVED
    return Column(
        role=shown.role,
        kind=kind,
        title=shown.title,
        title_before=one.title if one else "",
        changes=tuple(changes),
    )
