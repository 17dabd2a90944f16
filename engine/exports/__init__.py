"""Registers as files: who may take them home, what is asked for and approved, and how a file is written."""

from engine.exports.content import LIMIT, ExportFile
from engine.exports.files import CSV, FORMATS, XLSX, Sheet, safe_text, write_csv, write_xlsx
from engine.exports.requests import VALID_FOR, decide, export, request, take
from engine.exports.views import ExportStatus, ExportView, list_requests, may_take_home

__all__ = [
    "CSV",
    "FORMATS",
    "LIMIT",
    "VALID_FOR",
    "XLSX",
    "ExportFile",
    "ExportStatus",
    "ExportView",
    "Sheet",
    "decide",
    "export",
    "list_requests",
    "may_take_home",
    "request",
    "safe_text",
    "take",
    "write_csv",
    "write_xlsx",
]
