"""The Merkle tree over all streams: roots, and proofs that a leaf is in it and that a later tree holds an earlier one.

Source: RFC 9162 §2.1 (SHA-256). A tree is read through ``Nodes``: the hashes of its complete subtrees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

#: Root of the tree without leaves.
EMPTY_ROOT: Final = sha256(b"").digest()
#: (level, index) → hash of the complete subtree of 2**level leaves that begins at leaf index × 2**level.
Nodes: TypeAlias = Callable[[int, int], bytes]


def leaf_data(stream: int, seq: int, hash_: bytes) -> bytes:
    """What a leaf says: the hash of a stream's event, which covers all before it. ASCII, ``stream seq hash``."""
    return b"%d %d %s" % (stream, seq, hash_.hex().encode())


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf (§2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees side by side (§2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a tree: enough to append leaves and to know the root."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """``peaks``: hashes of the complete subtrees that make up the tree, the largest first."""
        if size < 0 or size.bit_count() != len(peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def of(cls, size: int, nodes: Nodes) -> Frontier:
        """The edge of a stored tree."""
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, [nodes(level, (size >> level) - 1) for level in levels])

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash; gives the subtrees that are complete now as (level, index, hash), the leaf first."""
        made, hash_, level = [(0, self.size, leaf)], leaf, 0
        while self.size >> level & 1:
            hash_ = node_hash(self._peaks.pop(), hash_)
            level += 1
            made.append((level, self.size >> level, hash_))
        self._peaks.append(hash_)
        self.size += 1
        return made

    @property
    def root(self) -> bytes:
        """Hash of the whole tree."""
        if not self._peaks:
            return EMPTY_ROOT
        hash_ = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_


def range_hash(start: int, end: int, nodes: Nodes) -> bytes:
    """Hash of the subtree over the leaves start … end - 1 of a tree that is split as §2.1.1 says."""
    width = end - start
    if width & (width - 1) == 0 and start % width == 0:
        level = width.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(width)
    return node_hash(range_hash(start, middle, nodes), range_hash(middle, end, nodes))


def inclusion_proof(leaf: int, size: int, nodes: Nodes) -> list[bytes]:
    """Hashes that lead from a leaf to the root of the tree of the first ``size`` leaves, nearest first (§2.1.3.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= leaf < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {leaf}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            proof.append(range_hash(middle, end, nodes))
            end = middle
        else:
            proof.append(range_hash(start, middle, nodes))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """Hashes that show that the tree of ``new`` leaves begins with the one of ``old`` leaves (§2.1.4.1).

    Raises:
        ValueError: the older tree is empty or larger.
    """
    if not 0 < old <= new:
        raise ValueError(f"no tree of {old} leaves precedes one of {new}")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while end > old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_hash(middle, end, nodes))
            end = middle
        else:
            proof.append(range_hash(start, middle, nodes))
            start, whole = middle, False
    return ([] if whole else [range_hash(start, end, nodes)]) + proof[::-1]


def root_by_inclusion(leaf: int, size: int, hash_: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's hash and its proof lead to; None: the proof has the wrong length (§2.1.3.2)."""
    if not 0 <= leaf < size:
        return None
    index, last = leaf, size - 1
    for other in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            hash_ = node_hash(other, hash_)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, other)
        index, last = index >> 1, last >> 1
    return hash_ if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree with the new root begins with the one with the old root (§2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, other)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(width: int) -> int:
    """The largest power of two below a width of two or more."""
    return 1 << (width - 1).bit_length() - 1
