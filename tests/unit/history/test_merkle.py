"""The tree is RFC 9162's: known roots, brute force by its definition, and no proof that shows what is not so."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.history import merkle

#: Leaves and roots that implementations of certificate transparency are compared by.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = st.integers(1, 70)


def root_by_definition(leaves: list[bytes]) -> bytes:
    """MTH of §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\1" + root_by_definition(leaves[:middle]) + root_by_definition(leaves[middle:])).digest()


def grown(leaves: list[bytes]) -> tuple[merkle.Frontier, dict[tuple[int, int], bytes]]:
    tree, nodes = merkle.Frontier(), {}
    for leaf in leaves:
        for level, n, hash_ in tree.append(merkle.leaf_hash(leaf)):
            assert (level, n) not in nodes
            nodes[level, n] = hash_
    return tree, nodes


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_data(n % 7, n, bytes([n % 256]) * 32) for n in range(size)]


def test_known_leaves_give_the_known_roots() -> None:
    tree = merkle.Frontier()
    assert tree.root == merkle.EMPTY_ROOT == sha256(b"").digest()
    for leaf, root in zip(INPUTS, ROOTS, strict=True):
        tree.append(merkle.leaf_hash(bytes.fromhex(leaf)))
        assert tree.root.hex() == root


@given(SIZES)
def test_the_root_is_the_definitions_and_a_stored_tree_goes_on_where_it_was(size: int) -> None:
    tree, nodes = grown(leaves_of(size))
    assert tree.root == root_by_definition(leaves_of(size))
    again = merkle.Frontier.of(size, lambda level, n: nodes[level, n])
    assert again.root == tree.root
    assert again.append(b"x" * 32) == tree.append(b"x" * 32)
    assert again.root == tree.root


@given(SIZES, st.data())
def test_every_leaf_is_shown_to_be_in_the_tree_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    leaf = data.draw(st.integers(0, size - 1))
    tree, nodes = grown(leaves_of(size))
    proof = merkle.inclusion_proof(leaf, size, lambda level, n: nodes[level, n])
    hash_ = merkle.leaf_hash(leaves_of(size)[leaf])
    assert merkle.root_by_inclusion(leaf, size, hash_, proof) == tree.root
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != leaf)) if size > 1 else None
    if other is not None:
        assert merkle.root_by_inclusion(other, size, hash_, proof) != tree.root
    assert merkle.root_by_inclusion(leaf, size, bytes(32), proof) != tree.root
    assert merkle.root_by_inclusion(leaf, size, hash_, [*proof, bytes(32)]) is None
    if proof:
        assert merkle.root_by_inclusion(leaf, size, hash_, proof[:-1]) != tree.root
        bad = list(proof)
        place = data.draw(st.integers(0, len(bad) - 1))
        bad[place] = bytes(32)
        assert merkle.root_by_inclusion(leaf, size, hash_, bad) != tree.root


@given(SIZES, st.data())
def test_a_later_tree_is_shown_to_begin_with_an_earlier_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    _, nodes = grown(leaves_of(size))
    proof = merkle.consistency_proof(old, size, lambda level, n: nodes[level, n])
    first, second = root_by_definition(leaves_of(old)), root_by_definition(leaves_of(size))
    assert merkle.is_consistent(old, first, size, second, proof)
    assert not merkle.is_consistent(old, bytes(32), size, second, proof)
    assert not merkle.is_consistent(old, first, size, bytes(32), proof)
    assert not merkle.is_consistent(old, first, size, second, [*proof, bytes(32)])
    assert not merkle.is_consistent(old, second, size, first, proof) or old == size
    for place in range(len(proof)):
        assert not merkle.is_consistent(old, first, size, second, proof[:place] + proof[place + 1 :])
        bad = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not merkle.is_consistent(old, first, size, second, bad)


@given(SIZES, st.data())
def test_a_tree_with_an_older_leaf_changed_is_not_consistent(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    changed = leaves_of(size)
    changed[data.draw(st.integers(0, old - 1))] = b"forged"
    _, nodes = grown(changed)
    proof = merkle.consistency_proof(old, size, lambda level, n: nodes[level, n])
    first = root_by_definition(leaves_of(old))
    assert not merkle.is_consistent(old, first, size, root_by_definition(changed), proof)


def test_a_hash_is_never_taken_for_a_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.node_hash(left, right) != merkle.leaf_hash(left + right)


@pytest.mark.parametrize(("leaf", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_what_the_tree_does_not_have(leaf: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(leaf, size, lambda *_: bytes(32))
    assert merkle.root_by_inclusion(leaf, size, bytes(32), []) is None


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_there_is_no_proof_of_an_empty_or_later_tree(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="precedes"):
        merkle.consistency_proof(old, new, lambda *_: bytes(32))
    assert not merkle.is_consistent(old, bytes(32), new, bytes(32), [])


def test_an_edge_has_as_many_peaks_as_its_size_has_ones() -> None:
    with pytest.raises(ValueError, match="peaks"):
        merkle.Frontier(5, [bytes(32)])
