"""审计检索: questions to all cases, random samples, findings; the pages of one blueprint, a module a subject."""

from __future__ import annotations

from web import inspection_findings, inspection_questions, inspection_samples
from web.inspection_pages import bp

__all__ = ["bp", "inspection_findings", "inspection_questions", "inspection_samples"]
