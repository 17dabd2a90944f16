"""Proofs for a third party: that an event is in the log under a signed head, that a later log holds an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.audit.log import TreeHead, list_heads, nodes_of
from engine.errors import NotFound
from engine.history import merkle
from engine.store.tables import log_leaf, tree_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Shows that a stream's events up to a number are in the tree of a head."""

    stream: int
    #: The event whose hash the leaf holds, and that hash.
    seq: int
    hash: bytes
    leaf: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Shows that the tree of ``new`` leaves begins with the one of ``old`` leaves."""

    old: int
    new: int
    path: tuple[bytes, ...]


def newest_head(connection: Connection) -> TreeHead | None:
    """The head that was signed last."""
    heads = list_heads(connection, limit=1)
    return heads[0] if heads else None


def prove_inclusion(
    connection: Connection,
    stream: int,
    head: TreeHead,
    *,
    seq: int | None = None,
    nodes: merkle.Nodes | None = None,
) -> Inclusion | None:
    """The proof for a stream's event, or for as much of the stream as the head covers.

    Args:
        connection: to the database.
        stream: an instance's key, or 0.
        head: a signed head of the log.
        seq: an event; the proof is for the first leaf at or behind it. None: the last leaf under the head.
        nodes: of this snapshot, where several proofs are wanted: they share what is read.

    Returns:
        None where the head does not cover the event.
    """
    wanted = select(log_leaf).where(log_leaf.c.stream == stream, log_leaf.c.n < head.size)
    order = log_leaf.c.seq.desc() if seq is None else log_leaf.c.seq
    if seq is not None:
        wanted = wanted.where(log_leaf.c.seq >= seq)
    leaf = connection.execute(wanted.order_by(order).limit(1)).one_or_none()
    if leaf is None:
        return None
    path = merkle.inclusion_proof(leaf.n, head.size, nodes or nodes_of(connection))
    return Inclusion(stream=stream, seq=leaf.seq, hash=leaf.hash, leaf=leaf.n, size=head.size, path=tuple(path))


def prove_consistency(connection: Connection, old: int, new: int, *, nodes: merkle.Nodes | None = None) -> Consistency:
    """The proof between two signed heads, by their sizes; ``nodes`` as for ``prove_inclusion``.

    Raises:
        NotFound: no head of such a size was signed, or the older is the larger one.
    """
    known = set(connection.execute(select(tree_head.c.size).where(tree_head.c.size.in_((old, new)))).scalars())
    if {old, new} - known or not 0 < old <= new:
        raise NotFound(f"no two heads of sizes {old} and {new}, in this order", message_zh="没有这两个签名的树头。")
    path = merkle.consistency_proof(old, new, nodes or nodes_of(connection))
    return Consistency(old=old, new=new, path=tuple(path))
