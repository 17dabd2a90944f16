"""The parts of a form, ready to be printed: what the templates read."""

from __future__ import annotations

from dataclasses import dataclass

from web.form_files import FilesView


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a choice, as it is printed."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field, ready to be printed."""

    key: str
    #: Begins the ids of all parts of the field.
    base: str
    #: Id of the input; of the first option where there are several. The error summary links here.
    id: str
    #: input, textarea, checkbox, radio, select, checks, files; static and static_files are shown and not entered.
    kind: str
    label: str
    help: str
    error: str
    #: Contents of an input; the printed value of a static field.
    value: str
    choices: tuple[Choice, ...]
    required: bool
    #: A choice that may be left open; one with a default never is.
    may_be_open: bool
    #: Not shown while scripts run; without scripts it is shown, and judged after the submit.
    hidden: bool
    #: Its change may show or hide other fields.
    refreshes: bool
    #: The ``type`` of an input.
    input_type: str
    #: The ``inputmode`` of an input, or "".
    input_mode: str
    #: Bootstrap column class.
    column: str
    #: Ids of help and error, for aria-describedby.
    described_by: str
    #: The keyboard goes on here: its row is new.
    focused: bool = False
    #: Of a field for files.
    files: FilesView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """Something that is only shown: a heading, a paragraph, a line, a gap."""

    #: heading, paragraph, separator or spacer.
    kind: str
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """A text that the answers change: shown anew while somebody types."""

    id: str
    blocks: tuple[BlockView, ...]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRowView:
    """One row of a list."""

    #: Counted from 1.
    number: int
    fields: tuple[FieldView, ...]
    #: What the button that removes it sends, or "" where rows stay.
    remove: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A list of rows, ready to be printed."""

    key: str
    id: str
    label: str
    help: str
    error: str
    required: bool
    hidden: bool
    rows: tuple[ListRowView, ...]
    #: Empty rows that only who has no scripts sees.
    spare: tuple[ListRowView, ...]
    #: What the button that adds a row sends, or "" where none may be added.
    add: str
    #: The keyboard goes on at this button: a row was removed.
    focus_add: bool
    described_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """Fields side by side."""

    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A titled part of the form."""

    label: str
    id: str
    items: tuple[RowView | BlockView | TextView | ListView | GroupView, ...]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """A line of the error summary; ``href`` is "" for an error of the form as a whole."""

    href: str
    text: str
