"""Message texts (话术) in force: where they are used, what their placeholders mean, and how they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, select

from engine import access, accounts, canonical, outbox, shop
from engine.access import Reach
from engine.clock import from_microseconds
from engine.definitions.words import PLATFORM, names_in_diagram, names_in_forms
from engine.errors import NotFound
from engine.labels import DERIVED, Labels, labels_for, labels_of
from engine.model import Actor, Finding, Value
from engine.queries.base import RUNNING, Names
from engine.queries.visibility import check_case
from engine.store.tables import current_resource, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

_TEMPLATE: Final = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An element that sends the text."""

    process_id: str
    process_name: str
    element: str
    element_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A name in the text; one that no process knows reads 暂无 for ever."""

    name: str
    label: str
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A text in force."""

    code: str
    text: str
    deployed_at: datetime
    deployed_by: str
    deployed_by_name: str
    uses: tuple[Use, ...]
    placeholders: tuple[Placeholder, ...]
    findings: tuple[Finding, ...]

    @property
    def for_customers(self) -> bool:
        """Codes of texts to couriers begin with C."""
        return not self.code.startswith("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A text filled in; ``source`` is sample, case or order."""

    script: Script
    text: str
    source: str
    #: Settings of the shop that the text names and nobody has made: it reads 暂无 there.
    unset: tuple[str, ...] = ()


def may_read(actor: Actor) -> bool:
    """P21 in any degree; and P01: who talks with customers looks texts up."""
    return access.reach(actor, "P21") is not Reach.NO or access.may(actor, "P01")


def read_scripts(connection: Connection, definitions: Definitions, actor: Actor) -> tuple[Script, ...]:
    """All texts by code.

    Raises:
        NotFound: the actor may not read them.
    """
    _check(actor)
    versions = definitions.all_latest()
    rows = connection.execute(
        select(current_resource).where(current_resource.c.kind == _TEMPLATE).order_by(current_resource.c.id)
    ).all()
    names = Names(connection, definitions, {row.deployed_by for row in rows})
    texts, world = definitions.templates(), _World(versions)
    return tuple(_script(row, texts[row.id], world, names) for row in rows if row.id in texts)


def preview_script(
    connection: Connection, definitions: Definitions, actor: Actor, code: str, of: str | None
) -> Preview:
    """A text with the values of a case or order, or with the names of its placeholders.

    Args:
        connection: a snapshot.
        definitions: what is deployed.
        actor: who looks.
        code: the text's.
        of: a case's or an order's number; None: samples.

    Raises:
        NotFound: there is no such text, or no such case or order that the actor may see.
    """
    found = [script for script in read_scripts(connection, definitions, actor) if script.code == code]
    if not found:
        raise NotFound(f"there is no template {code[:20]!r}", message_zh="没有这个话术。")
    (script,) = found
    if not of:
        settings = shop.read_settings(connection)
        return Preview(script=script, text=_sampled(script, settings), source="sample", unset=_unset(script, settings))
    variables, labels, source = _values(connection, definitions, actor, of)
    settings = shop.read_settings(connection, variables.get("shop"))
    text = outbox.render(script.text.strip(), {**variables, **dict.fromkeys(shop.SETTINGS), **settings}, labels)
    return Preview(script=script, text=text, source=source, unset=_unset(script, settings))


def _unset(script: Script, settings: Mapping[str, str]) -> tuple[str, ...]:
    named = [one for one in script.placeholders if one.name in shop.SETTINGS]
    return tuple(one.label for one in named if one.name not in settings)


def _check(actor: Actor) -> None:
    if not may_read(actor):
        raise NotFound(f"{actor.id} may not read message texts", message_zh="没有找到,或您没有权限。")


class _World:
    """What the processes in force say, read once."""

    def __init__(self, versions: Sequence[Deployed]) -> None:
        self.uses: dict[str, list[Use]] = {}
        self.senders: dict[str, list[Labels]] = {}
        known: set[str] = {*PLATFORM, *DERIVED}
        forms: dict[str, Mapping[str, Any]] = {}
        for deployed in versions:
            known |= names_in_diagram(deployed.xml) | names_in_forms(deployed.forms.values())
            forms |= deployed.forms
            for element in deployed.definition.elements.values():
                code = element.headers.get(_TEMPLATE)
                if code:
                    self.uses.setdefault(code, []).append(_use(deployed, element.id))
                    self.senders.setdefault(code, []).append(labels_for(deployed))
        self.known = frozenset(known)
        self.labels = labels_of(forms, outcomes=[deployed.definition.outcomes for deployed in versions])

    def placeholder(self, code: str, name: str) -> Placeholder:
        """A name in a text, as the processes that send it call it, else as others do."""
        first, last = name.split(".")[0], name.split(".")[-1]
        senders = (labels for labels in self.senders.get(code, ()) if last in labels.names)
        label = next(senders, self.labels).name(last)
        return Placeholder(name=name, label=label, known=first in self.known)


def _use(deployed: Deployed, element: str) -> Use:
    return Use(
        process_id=deployed.process_id,
        process_name=deployed.name,
        element=element,
        element_name=deployed.element_name(element),
    )


def _script(row: Row[Any], found: tuple[str, str], world: _World, names: Names) -> Script:
    _, text = found
    return Script(
        code=row.id,
        text=text,
        deployed_at=from_microseconds(row.deployed_at),
        deployed_by=row.deployed_by,
        deployed_by_name=names.person(row.deployed_by),
        uses=tuple(world.uses.get(row.id, ())),
        placeholders=tuple(world.placeholder(row.id, name) for name in outbox.placeholders(text)),
        findings=tuple(outbox.check_template(text.encode(), f"{row.id}.txt", world.known)),
    )


def _sampled(script: Script, settings: dict[str, str]) -> str:
    """Every placeholder shows its label, which is no personal datum; the shop's settings show what is set."""
    labels = {one.name: f"〔{one.label}〕" for one in script.placeholders} | settings
    return outbox.replaced(script.text.strip(), lambda name: labels[name])


def _values(
    connection: Connection, definitions: Definitions, actor: Actor, of: str
) -> tuple[Mapping[str, Value], Labels, str]:
    """The values of a case that the actor may see, else those of an order that the actor could open a case about."""
    rows = connection.execute(
        select(process_instance).where(process_instance.c.case_id == of).order_by(process_instance.c.key)
    ).all()
    if rows:
        check_case(connection, of, actor)
        variables: dict[str, Value] = {"case_id": of}
        forms: dict[str, Any] = {}
        for row in rows:
            deployed = definitions.get(row.definition)
            forms |= deployed.forms
            if row.parent is None or row.status in RUNNING:
                variables |= {
                    name: value for name, value in canonical.decode(row.variables).items() if value is not None
                }
        root = definitions.get(rows[0].definition)
        labels = labels_of(forms, root.definition.start_form) if forms else labels_for(root)
        return variables, accounts.named(connection, labels, variables), "case"
    order = shop.order_facts(connection, of) if access.may(actor, "P01") else None
    if order is None:
        raise NotFound(f"there is no case or order {of[:20]!r}", message_zh="没有这个工单或订单,或您没有权限。")
    return {**order, "order_id": of, "order": order}, _World(definitions.all_latest()).labels, "order"
