"""The index by which cases are found."""

from __future__ import annotations
