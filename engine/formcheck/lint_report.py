"""Collects the findings of one form file."""

from __future__ import annotations

from engine.errors import FeelError
from engine.formcheck.scope import compiled
from engine.model import Finding, Severity


class Report:
    """The findings of one file."""

    def __init__(self, file: str) -> None:
        self.findings: list[Finding] = []
        self._file = file

    def error(self, rule: str, element: str | None, zh: str, en: str) -> None:
        """The file cannot be deployed."""
        self._add(rule, Severity.ERROR, element, zh, en)

    def warning(self, rule: str, element: str | None, zh: str, en: str) -> None:
        """The file works and could be better."""
        self._add(rule, Severity.WARNING, element, zh, en)

    def check_feel(self, element: str | None, what: str, text: object) -> None:
        """A FEEL text: begins with "=" and parses."""
        if not isinstance(text, str) or not text.startswith("="):
            self.error(
                "form.feel",
                element,
                f"{what} 须为以 = 开头的 FEEL 表达式",
                f"{what} must be a FEEL expression that begins with =",
            )
            return
        self.check_text(element, what, text)

    def check_text(self, element: str | None, what: str, text: str) -> None:
        """A text that is FEEL when it begins with "="; then it has to parse."""
        try:
            compiled(text)
        except FeelError as problem:
            self.error(
                "form.feel", element, f"{what} 无法解析:{problem.message_zh}", f"{what} does not parse: {problem}"
            )

    def _add(self, rule: str, severity: Severity, element: str | None, zh: str, en: str) -> None:
        where_zh, where_en = (f"{element}:", f"{element}: ") if element else ("", "")
        self.findings.append(
            Finding(rule=rule, severity=severity, element=element, zh=where_zh + zh, en=where_en + en, file=self._file)
        )
