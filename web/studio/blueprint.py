"""The subject that all pages of the studio belong to."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("studio", __name__)
