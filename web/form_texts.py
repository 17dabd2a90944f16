"""What a form only says: headings, paragraphs, and texts computed from the case and from the answers so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from html.parser import HTMLParser
from typing import Any, Final, TypeAlias

from engine import masking
from engine.errors import FeelError
from engine.formcheck import Field, Submission, texts
from engine.formcheck.schema import hide_text
from engine.formcheck.scope import Scope, compiled
from engine.labels import Labels
from engine.model import Value, Variables
from web import format as words
from web.form_views import BlockView, TextView

#: Says of a name whether personal data are shown as they are.
Reveals: TypeAlias = Callable[[str], bool]
_HUNDREDTH: Final = Decimal("0.01")
#: Digits behind the point of a computed number that says no unit.
_SHORT: Final = Decimal("0.0001")
_LARGEST: Final = 20


def nothing(_: str) -> bool:
    """No personal data are shown."""
    return False


class Texts:
    """The texts of one form as they read now."""

    def __init__(
        self,
        known: Mapping[str, Field],
        submission: Submission,
        context: Variables,
        now: datetime,
        *,
        prefix: str,
        labels: Labels | None = None,
        printed: Variables | None = None,
        reveals: Reveals = nothing,
    ) -> None:
        """Prepare the texts.

        Args:
            known: the fields of the form by key.
            submission: what was entered so far.
            context: what the form's expressions read; personal data are masked here.
            now: aware.
            prefix: begins the ids.
            labels: what the forms of the process call values; None: only this form's own options are known.
            printed: values of the fields that are shown and not entered.
            reveals: says of a name whether the reader sees personal data as they are.
        """
        self._reveals = reveals
        self._known, self._prefix, self._labels = known, prefix, labels
        self._personal = frozenset(key for key, field in known.items() if field.masked)
        entries = {key: submission.variables.get(key) for key in known if key not in submission.readonly}
        computed = {key: submission.variables.get(key) for key, field in known.items() if field.is_computed}
        shown = {key: value for key, value in (printed or {}).items() if key in submission.readonly}
        entered = {**shown, **entries, **computed}
        self._scope = Scope(self._masked(entered), self._masked(context), now)
        #: For conditions, which say nothing: as the check of the form has it.
        self._conditions = Scope(entered, context, now)
        #: Ids of the texts that the answers change.
        self.live: list[str] = []

    def blocks(self, component: Mapping[str, Any], *, concealed: bool, hidden: bool) -> Iterator[BlockView | TextView]:
        """What a component says.

        Args:
            component: of type text, html, separator or spacer; others say nothing.
            concealed: its group is hidden.
            hidden: its own condition hides it.
        """
        kind = component.get("type")
        if kind in ("separator", "spacer"):
            yield BlockView(kind=str(kind), text="", hidden=concealed or hidden)
        elif kind in ("text", "html"):
            text = texts.read(str(component.get("text" if kind == "text" else "content") or ""))
            blocks = tuple(self._paragraphs(text, kind, hidden=concealed or hidden))
            if concealed or not self._is_live(text, component):
                yield from blocks
                return
            self.live.append(f"{self._prefix}-text-{len(self.live) + 1}")
            yield TextView(id=self.live[-1], blocks=blocks, hidden=hidden)

    def hides(self, component: Mapping[str, Any]) -> bool:
        """Whether the component's own condition hides it."""
        text = hide_text(component)
        return text is not None and self._conditions.holds(text)

    def _is_live(self, text: texts.Text, component: Mapping[str, Any]) -> bool:
        condition = hide_text(component)
        try:
            read = text.names | (compiled(condition).names if condition else frozenset())
        except FeelError:
            read = text.names
        return any(key in read for key in self._known)

    def _paragraphs(self, text: texts.Text, kind: str, *, hidden: bool) -> Iterator[BlockView]:
        html = kind == "html"
        said = texts.render(text, self._scope, self._write_html if html else self._write)
        for line in _lines(_without_tags(said) if html else said):
            heading = not html and line.startswith("#")
            yield BlockView(
                kind="heading" if heading else "paragraph",
                text=line.lstrip("#").strip() if heading else line,
                hidden=hidden,
            )

    def _write_html(self, value: Value, unit: str, name: str) -> str:
        return escape(self._write(value, unit, name))

    def _write(self, value: Value, unit: str, name: str) -> str:
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            return written_number(Decimal(value), unit)
        field = self._known.get(name)
        if self._labels is not None and name:
            value = self._labels.value(name, value)
        if field is not None and field.options:
            options = {option.value: option.label for option in field.options}
            several = value if isinstance(value, list | tuple) else [value]
            known = [options.get(("true" if v else "false") if isinstance(v, bool) else str(v), v) for v in several]
            value = known if isinstance(value, list | tuple) else known[0]
        if isinstance(value, str):
            return value
        return words.value(value) if value not in ([], {}) else texts.NOTHING

    def _masked(self, variables: Variables) -> dict[str, Value]:
        return {name: self._seen(name, value) for name, value in variables.items()}

    def _seen(self, name: str, value: Value) -> Value:
        """The value as the reader of the form may see it."""
        declared = name in self._personal or (self._labels is not None and name in self._labels.personal)
        if (declared or masking.is_masked(name)) and value not in (None, "", []):
            if self._reveals(name):
                return value
            return masking.HIDDEN if declared and not masking.is_masked(name) else masking.mask(name, value)
        if isinstance(value, Mapping):
            return {key: self._seen(key, item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._seen("", item) for item in value]
        return value


def written_number(number: Decimal, unit: str) -> str:
    """A number of a text: money with two digits, a percentage with at most two, any other with at most four."""
    if not number.is_finite() or number.adjusted() > _LARGEST:
        return words.number(number)
    if unit == texts.MONEY:
        return f"{number.quantize(_HUNDREDTH, ROUND_HALF_UP) + 0:,.2f}"
    step = _HUNDREDTH if unit == texts.PERCENT else _SHORT
    return words.number(number.quantize(step, ROUND_HALF_UP) + 0)


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line]


class _Words(HTMLParser):
    """Collects the words of a piece of HTML; what a script or a style sheet says is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a new line."""
        self._skipping += tag in ("script", "style")
        self.words.append("\n" if tag in ("p", "br", "div", "li", "h1", "h2", "h3", "tr") else "")

    def handle_endtag(self, tag: str) -> None:
        """Words count again after a script."""
        self._skipping = max(0, self._skipping - (tag in ("script", "style")))

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        if not self._skipping:
            self.words.append(data)


def _without_tags(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.words)
