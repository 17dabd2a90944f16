"""Quality checks of cases, objections, surveys and feedback to departments."""

from __future__ import annotations
