"""Finds the bundled scripts and styles by their plain names; pages work without them."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask, url_for


def install(app: Flask) -> None:
    """Give templates ``bundle(name)``: the address of a bundled file, or None when the bundle was not built."""
    manifest = _manifest(Path(app.static_folder or "") / "dist" / "manifest.json")

    def bundle(name: str) -> str | None:
        file = manifest.get(name)
        return url_for("static", filename=f"dist/{file}") if file else None

    app.jinja_env.globals["bundle"] = bundle


def _manifest(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {str(name): str(file) for name, file in content.items()}
