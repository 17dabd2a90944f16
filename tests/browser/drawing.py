"""Deeds within the editor of processes."""

from __future__ import annotations

import difflib
from typing import Any

from playwright.sync_api import Locator, Page, expect


def open_editor(page: Page, key: int, process_id: str = "p10_courier_query") -> None:
    page.goto(f"/studio/changes/{key}/edit/bpmn/{process_id}")
    expect(page.locator("[data-bpmn-editor][data-ready]")).to_be_visible()


def on(page: Page, element: str, deed: str, value: object = None) -> Any:
    """Run a line of script on an element; ``get`` gives services, ``value`` is what was handed over."""
    script = (
        "async ([id, value]) => { const get = (name) => kefuflowBpmn.editor.get(name); "
        f"const element = get('elementRegistry').get(id); {deed} }}"
    )
    return page.evaluate(script, [element, value])


def select(page: Page, element: str) -> None:
    on(page, element, "get('selection').select(element);")


def selected(page: Page) -> list[str]:
    found: list[str] = on(page, "", "return get('selection').get().map(({ id }) => id);")
    return found


def rename(page: Page, element: str, name: str) -> None:
    on(page, element, "get('modeling').updateProperties(element, { name: value });", name)


def first_of(page: Page, kind: str) -> str:
    """The id of the first element of a kind."""
    found: str = on(page, "", "return get('elementRegistry').find(({ type }) => type === value).id;", kind)
    return found


def say(page: Page, element: str, extension: str, **attributes: str) -> None:
    """Write attributes of an extension, past the panel."""
    deed = (
        "const found = element.businessObject.extensionElements.values.find(({ $type }) => $type === value.extension); "
        "get('modeling').updateModdleProperties(element, found, value.attributes);"
    )
    on(page, element, deed, {"extension": extension, "attributes": attributes})


def field(page: Page, group: str, entry: str) -> Locator:
    """An entry of the panel, its group opened."""
    head = page.locator(f"[data-group-id=group-{group}] > .bio-properties-panel-group-header").first
    expect(head).to_be_visible()
    if "open" not in (head.get_attribute("class") or "").split():
        head.click()
    return page.locator(f"[data-entry-id='{entry}']")


def pad(page: Page, action: str) -> None:
    """Press a button of the context pad."""
    page.locator(f".djs-context-pad .entry[data-action='{action}']").click()


def finding(page: Page, rule: str) -> Locator:
    """Lines of the list of problems that a rule has written."""
    return page.locator(f"[data-test=problems] li[data-rule='{rule}']")


def changed_lines(before: str, after: str) -> list[str]:
    """Lines that only one of two texts has, with their sign."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in compared if line[0] in "+-" and not line.startswith(("+++", "---"))]
