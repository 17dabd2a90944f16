"""The customer archive: calls, visits, documents."""

from __future__ import annotations
