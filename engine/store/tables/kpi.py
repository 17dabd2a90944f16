"""Indicators: imported figures, scores, targets, formulas and their versions."""

from __future__ import annotations
