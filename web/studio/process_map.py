"""All processes with their calls and messages, and where something stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import current_app, render_template, url_for

from engine.process_map import Box, Drawn, LinkKind, Network, Node, Wanted, lay_out, read_network
from web.i18n import gettext
from web.identity import needs, sees_studio
from web.studio.blueprint import bp
from web.wiring import parts

#: Characters of a process's name that fit its box.
_FITS: Final = 8
#: What a long name does without first: what it says in brackets, and that it is a process.
_SPARED: Final = re.compile("[((].*|流程$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A process on the map and in the list."""

    node: Node
    box: Box
    #: As much of its name as fits.
    short: str
    starts: tuple[str, ...]
    calls: tuple[Node, ...]
    callers: tuple[Node, ...]
    opens: tuple[Node, ...]
    openers: tuple[Node, ...]
    #: (message, process).
    sends: tuple[tuple[str, Node], ...]
    receives: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link as it is drawn."""

    kind: LinkKind
    source: Node
    target: Node
    name: str
    path: str
    label: Box | None


@bp.get("/studio/map")
@needs(sees_studio)
def process_map() -> str:
    """The map, drawn here, and the same as a list."""
    with parts().db.read() as connection:
        network = read_network(connection, parts().definitions)
    layout = lay_out(
        [node.id for node in network.nodes],
        [
            Wanted(source=one.source, target=one.target, label=one.name if one.kind is LinkKind.MESSAGE else "")
            for one in network.links
        ],
    )
    by_id = {node.id: node for node in network.nodes}
    return render_template(
        "studio/process_map.html",
        layout=layout,
        shapes=[_shape(node, network, by_id, layout.nodes[node.id]) for node in network.nodes],
        lines=[
            Line(
                kind=link.kind, source=by_id[link.source], target=by_id[link.target], name=link.name,
                path=_path(drawn), label=drawn.label,
            )
            for link, drawn in zip(network.links, layout.lines, strict=True)
        ],
        history=history_of,
    )  # fmt: skip


def history_of(kind: str, resource_id: str) -> str | None:
    """The address of a resource's versions, where there is such a page."""
    if "studio.history" not in current_app.view_functions:
        return None
    return url_for("studio.history", kind=kind, id=resource_id)


def _shape(node: Node, network: Network, by_id: dict[str, Node], box: Box) -> Shape:
    calls = [one for one in network.links if one.kind is LinkKind.CALL]
    opened = [one for one in network.links if one.kind is LinkKind.OPEN]
    messages = [one for one in network.links if one.kind is LinkKind.MESSAGE]
    return Shape(
        node=node,
        box=box,
        short=_short(node.name),
        starts=tuple(_starts(node)),
        calls=_once(by_id[one.target] for one in calls if one.source == node.id),
        callers=_once(by_id[one.source] for one in calls if one.target == node.id),
        opens=_once(by_id[one.target] for one in opened if one.source == node.id),
        openers=_once(by_id[one.source] for one in opened if one.target == node.id),
        sends=tuple((one.name, by_id[one.target]) for one in messages if one.source == node.id),
        receives=tuple((one.name, by_id[one.source]) for one in messages if one.target == node.id),
    )


def _short(name: str) -> str:
    """As much of a name as fits its box."""
    while len(name) > _FITS:
        shorter = _SPARED.sub("", name, count=1)
        if shorter in ("", name):
            return f"{name[: _FITS - 1]}…"
        name = shorter
    return name


def _starts(node: Node) -> Iterable[str]:
    """In which ways the process begins."""
    if node.by_form:
        yield gettext("表单")
    if node.by_messages:
        yield gettext("消息")
    if node.by_clock:
        yield gettext("定时")
    if node.is_called:
        yield gettext("被调用")


def _once(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(dict.fromkeys(nodes))


def _path(drawn: Drawn) -> str:
    """Path data: curves between columns, straight lines across them."""
    if not drawn.points:
        return ""
    (x, y), *others = drawn.points
    said = [f"M{x:g} {y:g}"]
    for n, (to_x, to_y) in enumerate(others):
        if n % 2:
            said.append(f"L{to_x:g} {to_y:g}")
        else:
            middle = (x + to_x) / 2
            said.append(f"C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
    return "".join(said)
