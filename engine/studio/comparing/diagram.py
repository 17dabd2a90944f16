"""Two diagrams: every thing of one or the other, what it says, how it is connected, where it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from engine import bpmn
from engine.access import GROUPS
from engine.bpmn.lint.supported import NODE_NAMES
from engine.studio.comparing import drawing, words
from engine.studio.comparing.facts import Path, changes_between
from engine.studio.comparing.model import Change, Difference, Kind, Pair, Words
from engine.studio.comparing.outline import FILE, Outline, Thing, outline_of
from engine.studio.comparing.tree import node_of

_MORE_NOUNS: Final = {
    "messageFlow": ("消息流", "message flow"),
    "dataObjectReference": ("数据对象", "data object"),
    "dataStoreReference": ("数据存储", "data store"),
    "group": ("分组框", "group"),
    "category": ("类别", "category"),
}
#: Attributes that hold the id of another thing.
_REFERENCES: Final = frozenset(
    {
        "@sourceRef", "@targetRef", "@attachedToRef", "@default", "@processRef", "@messageRef", "@errorRef",
        "@signalRef", "@escalationRef", "@dataObjectRef", "@dataStoreRef", "@activityRef",
    }
)  # fmt: skip
_IDENTITY: Final = (("@id", ""),)
_EMPTY: Final = Outline({FILE: Thing(id=FILE, tag="definitions", name="", scope=FILE)})


def compare_diagrams(before: bytes | None, after: bytes | None) -> tuple[list[Difference], list[Pair]]:
    """What is different, and which of the new things may be old ones under another id.

    Args:
        before: a BPMN file; None: there is none.
        after: the same.

    Raises:
        XmlRefused: (a DefinitionRefused) one of them is no BPMN.
    """
    both = _Both(*(_EMPTY if xml is None else outline_of(node_of(bpmn.read_xml(xml))) for xml in (before, after)))
    return list(both.differences()), list(both.pairs())


class _Both:
    """Two outlines."""

    def __init__(self, before: Outline, after: Outline) -> None:
        self._before = before
        self._after = after
        was, now = before.things, after.things
        self._added = [one for one in now.values() if one.id not in was]
        self._removed = [one for one in was.values() if one.id not in now]

    def differences(self) -> Iterator[Difference]:
        for thing in self._after.things.values():
            was = self._before.things.get(thing.id)
            if was is None:
                yield self._whole(Kind.ADDED, thing, self._after)
            else:
                yield from self._of(was, thing)
        for thing in self._removed:
            yield self._whole(Kind.REMOVED, thing, self._before)

    def _whole(self, kind: Kind, thing: Thing, outline: Outline) -> Difference:
        """A thing that is on one side only, with all that it says."""
        other = Thing(id=thing.id, tag=thing.tag, name="", scope="")
        sides = (other, thing) if kind is Kind.ADDED else (thing, other)
        changes = [change for change in self._changes(*sides) if change.what != words.say(_IDENTITY)]
        name = outline.name(thing.id)
        return Difference(kind=kind, id=thing.id, noun=_noun(thing.tag), name=name, changes=tuple(changes))

    def _of(self, was: Thing, now: Thing) -> Iterator[Difference]:
        name, noun = self._after.name(now.id), _noun(now.tag)
        if changes := self._changes(was, now):
            yield Difference(kind=Kind.CHANGED, id=now.id, noun=noun, name=name, changes=tuple(changes))
        if drawn := drawing.changes(was.drawn, now.drawn):
            yield Difference(kind=Kind.MOVED, id=now.id, noun=noun, name=name, changes=tuple(drawn))

    def _changes(self, was: Thing, now: Thing) -> list[Change]:
        shown = (partial(self._shown, self._before), partial(self._shown, self._after))
        said = changes_between(was.facts, now.facts, words.say, shown)
        return [*self._places(was, now), *said, *self._ways(was, now)]

    def _places(self, was: Thing, now: Thing) -> Iterator[Change]:
        """Its sort, and in what it lies."""
        if was.tag != now.tag:
            yield Change(what=Words("类型", "Type"), before=was.tag, after=now.tag)
        before, after = self._called(self._before, was.scope), self._called(self._after, now.scope)
        if was.scope != now.scope:
            yield Change(what=Words("所在", "Lies in"), before=before or None, after=after or None)
        if was.lanes != now.lanes:
            lanes = [
                "、".join(self._called(outline, lane) for lane in thing.lanes) or None
                for outline, thing in ((self._before, was), (self._after, now))
            ]
            yield Change(what=Words("泳道", "Lane"), before=lanes[0], after=lanes[1])

    def _ways(self, was: Thing, now: Thing) -> Iterator[Change]:
        """Flows as the element lists them: their order, and what the flows themselves do not say."""
        for end, word in (("outgoing", Words("出线", "Outgoing")), ("incoming", Words("入线", "Incoming"))):
            before, after = getattr(was, end), getattr(now, end)
            honest = all(
                sorted(listed) == outline.flows(end).get(thing.id, [])
                for outline, thing, listed in ((self._before, was, before), (self._after, now, after))
            )
            kept = [one for one in before if one in after] != [one for one in after if one in before]
            if before != after and (kept or not honest):
                sides = ((self._before, before), (self._after, after))
                shown = ["、".join(self._called(outline, one) for one in listed) or None for outline, listed in sides]
                yield Change(what=word, before=shown[0], after=shown[1])

    def _shown(self, outline: Outline, path: Path, value: str) -> str:
        """A value as people read it: ids with names, groups with theirs."""
        if path[-1][0] in _REFERENCES and value in outline.things:
            return self._called(outline, value)
        if path[-1][0] == "@candidateGroups":
            return "、".join(f"{GROUPS[one]}({one})" if one in GROUPS else one for one in value.split(","))
        return value

    def _called(self, outline: Outline, id_: str) -> str:
        name = outline.name(id_)
        return f"{name}({id_})" if name and name != id_ else id_

    def pairs(self) -> Iterator[Pair]:
        """Gone and new things of one sort with one name, the same ends or in one place, where just one fits."""
        left, new = list(self._removed), list(self._added)
        for why, trait in _TRAITS:
            gone, came = _by_trait(left, trait), _by_trait(new, trait)
            for key in [key for key in came if len(came[key]) == 1 and len(gone.get(key, ())) == 1]:
                (was,), (now,) = gone[key], came[key]
                left.remove(was)
                new.remove(now)
                yield self._pair(was, now, why)

    def _pair(self, was: Thing, now: Thing, why: Words) -> Pair:
        changes = [one for one in self._changes(was, now) if one.what != words.say(_IDENTITY)]
        return Pair(before=was.id, after=now.id, noun=_noun(now.tag), name=now.name, why=why, changes=tuple(changes))


def _by_trait(things: list[Thing], trait: Callable[[Thing], object]) -> dict[tuple[str, object], list[Thing]]:
    found: dict[tuple[str, object], list[Thing]] = {}
    for thing in things:
        key = trait(thing)
        if key:
            found.setdefault((thing.tag, key), []).append(thing)
    return found


def _ends(thing: Thing) -> object:
    found = [thing.facts.values.get(((f"@{end}Ref", ""),)) for end in ("source", "target")]
    return tuple(found) if all(found) else None


#: By what a thing under another id is known again, the surest first.
_TRAITS: Final[tuple[tuple[Words, Callable[[Thing], object]], ...]] = (
    (Words("名称相同", "same name"), lambda thing: thing.name),
    (Words("两端相同", "same ends"), _ends),
    (Words("位置相同", "same place"), lambda thing: drawing.place(thing.drawn)),
)


def _noun(tag: str) -> Words:
    return Words(*(NODE_NAMES.get(tag) or _MORE_NOUNS.get(tag) or (tag, tag)))
