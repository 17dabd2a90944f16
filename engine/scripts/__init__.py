"""The library of scripts (话术) in versions, and flag notes (备注旗子)."""

from engine.scripts.editing import (
    KINDS,
    TEMPLATE,
    approve,
    may_approve,
    may_edit,
    may_propose,
    may_read_versions,
    refuse,
    save_script,
    save_template,
)
from engine.scripts.filling import SOURCES, Filled, Piece, brand_of, fill
from engine.scripts.flag_notes import (
    ACTION_OF,
    ACTIONS,
    FlagNote,
    compose_flag_note,
    difference,
    notes_of,
    problem_of,
    short_name,
    today,
    write_flag_note,
)
from engine.scripts.library import (
    KIND,
    Entry,
    Page,
    Wanted,
    find_script,
    get_script,
    has_scripts,
    import_library,
    list_beside,
    list_scripts,
    list_tags,
    next_code,
)
from engine.scripts.model import CODE, CONDITIONS, MARK, Blank, Script, Variant, checked, content_of, read_script
from engine.scripts.using import count_use, set_favourite

__all__ = [
    "ACTIONS", "ACTION_OF", "CODE", "CONDITIONS", "KIND", "KINDS", "MARK", "SOURCES", "TEMPLATE", "Blank", "Entry",
    "Filled", "FlagNote", "Page", "Piece", "Script", "Variant", "Wanted", "approve", "brand_of", "checked",
    "compose_flag_note", "content_of", "count_use", "difference", "fill", "find_script", "get_script", "has_scripts",
    "import_library", "list_beside", "list_scripts", "list_tags", "may_approve", "may_edit", "may_propose",
    "may_read_versions", "next_code", "notes_of", "problem_of", "read_script", "refuse", "save_script",
    "save_template", "set_favourite", "short_name", "today", "write_flag_note",
]  # fmt: skip
