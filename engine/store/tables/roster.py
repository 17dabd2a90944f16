"""Teams, shifts, absences, transfers and hand-overs."""

from __future__ import annotations
