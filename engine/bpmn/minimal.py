"""Writes an edited diagram so that only what was edited differs from the text it came from.

A modeler writes the whole file anew: other order of attributes, no comments, nothing that equals a default. An owner
who renames one task should see one line in the comparison, so what stands unchanged keeps the text that it had.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from engine.bpmn.snippets import LABEL, Element, Meaning, NotRead, in_any_order, meant, read_text
from engine.bpmn.xml import BPMNDI, XmlRefused, read_xml

#: What bpmn-moddle leaves out because it says nothing new.
_DEFAULTS: Final = frozenset(
    {
        ("gatewayDirection", "Unspecified"), ("instantiate", "false"), ("eventGatewayType", "Exclusive"),
        ("mustUnderstand", "false"), ("textFormat", "text/plain"), ("isInterrupting", "true"),
        ("parallelMultiple", "false"), ("cancelActivity", "true"), ("waitForCompletion", "true"),
        ("isCollection", "false"), ("isUnlimited", "true"), ("isForCompensation", "false"), ("startQuantity", "1"),
        ("completionQuantity", "1"), ("triggeredByEvent", "false"), ("isSequential", "false"), ("behavior", "All"),
        ("testBefore", "false"), ("cancelRemainingInstances", "true"), ("minimum", "0"), ("maximum", "1"),
        ("expressionLanguage", "http://www.w3.org/1999/XPath"), ("typeLanguage", "http://www.w3.org/2001/XMLSchema"),
        ("messageVisibleKind", "initiating"), ("propagateAllParentVariables", "true"), ("bindingType", "latest"),
    }
)  # fmt: skip


def keep_unchanged(original: bytes, saved: bytes) -> bytes:
    """Give a document that means what ``saved`` means, in the words of ``original`` wherever they mean the same.

    Whatever goes wrong, ``saved`` comes back as it is: a file that cannot be read, other prefixes, or a merge of which
    a second reading says that it means something else.
    """
    try:
        before, after = read_xml(original), read_xml(saved)
        if meaning(before) == meaning(after):
            return original
        merged = _merged(read_text(original.decode()), read_text(saved.decode())).encode()
        return merged if meaning(read_xml(merged)) == meaning(after) else saved
    except (XmlRefused, NotRead):
        return saved


def meaning(element: etree._Element) -> Meaning:
    """What an element says, however it is written."""
    attributes = frozenset((name, value) for name, value in _texts(element) if (name, value) not in _DEFAULTS)
    inner = [meaning(child) for child in element if isinstance(child.tag, str) and not _is_nothing(child)]
    return meant(str(element.tag), attributes, "" if inner else element.text or "", inner)


def _is_nothing(element: etree._Element) -> bool:
    return element.tag == f"{{{BPMNDI}}}{LABEL}" and not element.attrib and not len(element)


def _texts(element: etree._Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        yield str(name), str(value)


def _merged(before: Element, after: Element) -> str:
    """The text of two elements of the same name and id, with all that stands around the first."""
    return f"{before.lead}{_inside(before, after)}{before.trail}"


def _inside(before: Element, after: Element) -> str:
    if _same(before, after):
        return before.whole
    start = _start(before, after)
    if not after.children:
        if before.children or before.closed or after.closed:
            return f"{start}{before.gap if before.closed else after.gap}/>" if after.closed else after.whole
        return f"{start}>{before.inner if before.said == after.said else after.inner}{before.end}"
    if not before.children:
        return f"{start}>{after.inner}{after.end}"
    return f"{start}>{''.join(_children(before, after))}{before.tail}{before.end}"


def _same(before: Element, after: Element) -> bool:
    return before.meaning(_DEFAULTS) == after.meaning(_DEFAULTS)


def _start(before: Element, after: Element) -> str:
    """The start tag without its last sign: attributes in their old order, new ones behind them."""
    wanted = dict(after.attributes)
    written = [f"<{before.name}"]
    for name, (value, raw) in before.attributes.items():
        now = wanted.pop(name, None)
        if name.startswith("xmlns"):
            if now is not None and now[0] != value:
                raise NotRead
            written.append(raw)
        elif now is not None:
            written.append(raw if now[0] == value else _space(raw) + now[1].lstrip())
        elif (name, value) in _DEFAULTS:
            written.append(raw)
    written.extend(raw for _, raw in wanted.values())
    return "".join(written)


def _space(raw: str) -> str:
    return raw[: len(raw) - len(raw.lstrip())]


def _children(before: Element, after: Element) -> Iterator[str]:
    """The children that are there now, each with what stood before it."""
    now = [child for child in after.children if not child.is_nothing]
    old = _partners(before.children, now)
    for place in _order(now, old, before.name):
        child = now[place]
        if old[place] < 0:
            yield child.lead + child.whole
        else:
            kept = before.children[old[place]]
            yield kept.lead + _inside(kept, child)


def _partners(before: Sequence[Element], after: Sequence[Element]) -> list[int]:
    """Which old child each new one is, -1 for none: the one of its id, else one that says the same, else the next."""
    found = [-1] * len(after)
    left: dict[Meaning | tuple[str, str], deque[int]] = {}
    for index, child in enumerate(before):
        left.setdefault(child.key or child.meaning(_DEFAULTS), deque()).append(index)
    for place, child in enumerate(after):
        same = left.get(child.key or child.meaning(_DEFAULTS))
        if same:
            found[place] = same.popleft()
    taken = set(found)
    others: dict[str, deque[int]] = {}
    for index, child in enumerate(before):
        if index not in taken and not child.key:
            others.setdefault(child.name, deque()).append(index)
    for place, child in enumerate(after):
        if found[place] < 0 and not child.key and others.get(child.name):
            found[place] = others[child.name].popleft()
    return found


def _order(after: Sequence[Element], old: Sequence[int], parent: str) -> list[int]:
    """Places in ``after``, in the old order where only children of other names have changed places."""
    last: dict[str, int] = {}
    for place, child in enumerate(after):
        if old[place] < 0 or in_any_order(parent, child.name):
            continue
        if old[place] < last.get(child.name, -1):
            return list(range(len(after)))
        last[child.name] = old[place]
    kept = sorted((place for place in range(len(after)) if old[place] >= 0), key=lambda place: old[place])
    return list(_with_new(kept, old))


def _with_new(kept: Sequence[int], old: Sequence[int]) -> Iterator[int]:
    """New children come behind the one that stands before them now."""
    followers: dict[int, list[int]] = {}
    leader = -1
    for place, index in enumerate(old):
        if index >= 0:
            leader = place
        else:
            followers.setdefault(leader, []).append(place)
    yield from followers.get(-1, ())
    for place in kept:
        yield place
        yield from followers.get(place, ())
