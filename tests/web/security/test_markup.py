"""Markup in every text that people type stays text, on every page, for everybody who sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from lxml import html

from tests.sample import EVERY, some
from tests.web.security.estate import Estate
from tests.web.security.matrix import OPEN, Asker, lines
from tests.web.security.test_matrix import TABLE

#: Some ask every route in everybody's name; a busy machine needs its time.
pytestmark = pytest.mark.timeout(600)

#: Ends an attribute of either quote, an element and a script, and begins an element with a handler.
MARK = "\"'><i data-planted onclick=p()>{{41*1307}}"
#: Pages on which such texts stand, at the least.
SEEN = (
    *("/cases/<case_id>", "/cases/<case_id>/comments", "/inbox", "/calls", "/documents", "/search", "/inquiries"),
    *("/audit/findings", "/roster/absences", "/studio/changes", "/transfers", "/hand-over/<int:key>"),
)
#: Who sees most, and who works.
PEOPLE = ("wang", "sun", "chen", "luo", "zhao", "cang", "qian", "kuai", "zhong", "zhou", "zheng", "admin")
SHORT = ("wang", "sun", "chen", "zhao", "zhou", "zheng", "admin")
#: Blocks that no browser runs.
_DATA = frozenset({"application/json", "application/xml", "text/plain"})
_URLS = frozenset({"href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href"})


def problems(page: html.HtmlElement) -> Iterator[str]:
    """Where text has become markup, or an address that runs something or leads elsewhere."""
    for element in page.iter():
        if not isinstance(element.tag, str):
            if "planted" in (element.text or ""):
                yield "in a comment"
            continue
        for name, value in element.attrib.items():
            if "planted" in name or name.startswith("on") or (name == "style" and "planted" in value):
                yield f"<{element.tag} {name}>"
            if name in _URLS and not value.startswith(("/", "#", "?", "mailto:")) and value:
                yield f"<{element.tag} {name}={value!r}>"
        if element.tag in ("script", "style") and element.text and element.get("type") not in _DATA:
            yield f"<{element.tag}> with text"


@pytest.fixture(scope="module")
def pages(estate: Estate, asker: Asker) -> dict[tuple[str, str], str]:
    """Person and route → the page, of all that somebody sees; in the short run of two who see it."""
    found = {}
    for line in lines(estate.app):
        if line.verb != "GET" or line.rule.endpoint == "static":
            continue
        seers = [person for person in SHORT if OPEN in TABLE[line.name][person]]
        for person in PEOPLE if EVERY else some(seers, len(seers) if line.rule.rule in SEEN else 2):
            answer = asker.ask(person, line, estate.second if person in ("sun", "luo", "zhong") else estate.first)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found[person, line.name] = answer.text
    return found


def test_nothing_that_was_typed_became_markup(pages: dict[tuple[str, str], str]) -> None:
    wrong = {
        (*where, said) for where, page in pages.items() if page.strip() for said in problems(html.fromstring(page))
    }
    assert not wrong


def test_nothing_that_was_typed_is_evaluated(pages: dict[tuple[str, str], str]) -> None:
    assert not [where for where, page in pages.items() if "53587" in page.replace("{{41*1307}}", "")]


def test_the_texts_were_really_there(pages: dict[tuple[str, str], str]) -> None:
    shown = Counter(name for (_, name), page in pages.items() if "data-planted" in page)
    for path in SEEN:
        assert shown[f"GET {path}"], path
    assert len(shown) > 50


@pytest.mark.parametrize(
    "planted", ["<i data-planted>", "<b onclick=p()>", '<a href="javascript:p()">', "<!--planted-->"]
)
def test_the_check_sees_what_it_looks_for(planted: str) -> None:
    assert list(problems(html.fromstring(f"<main><p>{planted}x</p></main>")))
