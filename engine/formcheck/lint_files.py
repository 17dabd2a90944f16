"""The lint of a filepicker: which files, how many, how large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.formcheck.files import KINDS, MAX_FILES, count_bounds, number_of, size_of, words_of
from engine.formcheck.lint_report import Report
from engine.formcheck.schema import FILE_TYPE, Field


def is_files_property(key: str, value: Any, kind: str) -> bool:
    """Whether a custom property is one of a filepicker: ``min`` and ``max`` files, ``max_size`` in MB."""
    if kind != FILE_TYPE or isinstance(value, bool):
        return False
    text = str(value)
    if key in ("min", "max"):
        return number_of(text) is not None
    return key == "max_size" and size_of(text) is not None


def check_files_field(component: Mapping[str, Any], field: Field, name: str | None, report: Report) -> None:
    """Report what a filepicker says that cannot hold."""
    if not field.is_files:
        return
    if not isinstance(component.get("multiple", False), bool):
        report.error("form.attribute", name, "multiple 须为 true 或 false", "multiple must be true or false")
    accept = component.get("accept", "")
    if not isinstance(accept, str) or any(word not in KINDS for word in words_of(accept)):
        known = ", ".join(KINDS)
        report.error(
            "form.attribute", name, f"accept 只支持 {known}(以逗号分隔)", f"accept takes {known}, joined by commas"
        )
    least, most = count_bounds(field)
    if most == 0 or least > most:
        report.error(
            "form.property",
            name,
            f"文件数 min、max 须满足 min ≤ max,max 为 1 到 {MAX_FILES};不可多选(multiple 不为 true)时 max 为 1",
            f"The counts of files are min ≤ max, and max is 1 to {MAX_FILES}; 1 where multiple is not true",
        )
