"""What is compared with what: two sides, the drafts of a change, two versions of a process."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.errors import NotFound
from engine.studio.history import parts_between, version_resources
from engine.studio.history_lines import VersionLine
from engine.studio.sides import Side, empty_side, read_side
from engine.studio.values import Change

#: Calls the side of what is not there.
NOTHING = "none"


def read_pair(connection: Connection, left: str, right: str) -> tuple[Side, Side]:
    """Two sides; one of them may be ``none``.

    Raises:
        NotFound: there is no such side.
    """
    if left == right == NOTHING:
        raise NotFound("there is nothing to compare", message_zh="没有要对比的内容。")
    if NOTHING in (left, right):
        there = read_side(connection, right if left == NOTHING else left)
        nothing = empty_side(there.kind, there.id)
        return (nothing, there) if left == NOTHING else (there, nothing)
    return read_side(connection, left), read_side(connection, right)


def pairs_of_change(connection: Connection, change: Change) -> list[tuple[Side, Side]]:
    """Every draft with what it would come in the place of; of a change that is over, with what it was begun from."""
    found = []
    for draft in change.drafts:
        before = draft.current_hash if change.alive else draft.base_hash
        left = empty_side(draft.kind, draft.id) if before is None else read_side(connection, before)
        found.append((left, read_side(connection, f"draft:{change.key}:{draft.kind}:{draft.id}")))
    return found


def pairs_of_versions(
    connection: Connection, left: int, right: int
) -> tuple[tuple[VersionLine, VersionLine], str, list[tuple[Side, Side]]]:
    """Two versions of a process by their keys, the id of its later one, and all that they have otherwise.

    Raises:
        NotFound: there is no such version.
    """
    (one, was), (other, now) = (version_resources(connection, key) for key in (left, right))
    pairs = []
    for part in parts_between(was, now):
        before, after = (
            empty_side(part.kind, part.id) if digest is None else read_side(connection, digest)
            for digest in (part.before, part.after)
        )
        pairs.append((before, after))
    return (one, other), other.process_id, pairs
