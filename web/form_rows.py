"""Lists of rows on a page: which rows are shown, and what the buttons that add and remove one do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.formcheck import Field, Schema, fields
from engine.formcheck.rows import put_together, row_name, take_apart

#: Empty rows for who has no scripts.
SPARE_ROWS: Final = 3
_EDIT: Final = re.compile(r"(add|remove):([A-Za-z][A-Za-z0-9_]*)(?::([0-9]{1,4}))?")


def count_rows(raw: Mapping[str, str | list[str]], field: Field, *, filled: bool = False) -> int:
    """How many rows of a list were sent; with ``filled``, up to the last in which something is."""
    _, lists = take_apart((field,), raw)
    rows = lists[field.key]
    while filled and rows and not any("".join(text).strip() for text in rows[-1].values()):
        rows.pop()
    return len(rows)


def edited(schema: Schema, raw: Mapping[str, str | list[str]], edit: str) -> tuple[dict[str, str | list[str]], str]:
    """What was typed after a row was added or removed, and where the keyboard goes on.

    Args:
        schema: of the form.
        raw: what was posted.
        edit: ``add:<list>`` or ``remove:<list>:<row>``; anything else changes nothing.

    Gives the name of the first field of a new row, or the list's key where a row was removed, else "".
    """
    known = fields(schema)
    asked = _EDIT.fullmatch(edit)
    field = next((f for f in known if asked and f.key == asked[2] and f.is_rows and f.grows), None)
    if field is None or asked is None:
        return dict(raw), ""
    rest, lists = take_apart(known, raw)
    rows = lists[field.key]
    if asked[1] == "add":
        if len(rows) >= field.most_rows:
            return dict(raw), ""
        rows.append({field.columns[0].key: ""})
        focus = row_name(field.key, len(rows) - 1, field.columns[0].key)
    else:
        number = int(asked[3] or -1)
        if not 0 <= number < len(rows):
            return dict(raw), ""
        del rows[number]
        focus = field.key
    return {**rest, **put_together(lists)}, focus
