"""Writes the list of built-in functions in docs/feel.md from the catalogue that the editor's completion uses."""

from __future__ import annotations

from pathlib import Path

from engine.feel.static.catalogue import CATALOGUE, CATEGORIES, Entry

REFERENCE = Path(__file__).parents[1] / "docs" / "feel.md"
MARK = "<!-- functions: written by scripts/write_feel_reference.py -->\n"


def functions() -> str:
    """All functions by category, in Chinese."""
    parts = []
    for category, (zh, _) in CATEGORIES.items():
        rows = [_row(entry) for entry in CATALOGUE.values() if entry.category == category]
        parts.append("\n".join([f"## 函数:{zh}", "| 函数 | 用途 | 例 |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry) -> str:
    calls = "<br>".join(f"`{signature.shown(entry.name)}`" for signature in entry.signatures)
    source, result = entry.example
    return f"| {calls} | {entry.zh} | `{_cell(source)}` → `{_cell(result)}` |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def written(text: str) -> str:
    """The reference with the list of functions anew."""
    head, _, _ = text.partition(MARK)
    return f"{head}{MARK}\n{functions()}"


if __name__ == "__main__":
    REFERENCE.write_text(written(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
