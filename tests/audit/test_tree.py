"""The tree is that of RFC 6962, by its test vectors and against the definition written out."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.auditctl import (
    Tree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    root_by_inclusion,
    roots_of,
)

# The leaves and roots of Certificate Transparency's reference implementation.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word; slow and recursive."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


def grown(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@pytest.mark.parametrize("size", range(9))
def test_the_vectors(size):
    leaves = [sha256(b"\x00" + leaf).digest() for leaf in LEAVES[:size]]
    assert grown(leaves).root().hex() == ROOTS[size]
    assert by_definition(leaves).hex() == ROOTS[size]


@given(st.integers(0, 300), st.binary(min_size=1, max_size=4))
def test_it_equals_the_definition(size, salt):
    leaves = [sha256(salt + number.to_bytes(2, "big")).digest() for number in range(size)]
    assert grown(leaves).root() == by_definition(leaves)


@given(st.integers(0, 200), st.integers(0, 200))
def test_it_goes_on_growing_from_its_frontier(first, more):
    leaves = [sha256(number.to_bytes(2, "big")).digest() for number in range(first + more)]
    begun = grown(leaves[:first])
    again = Tree(begun.size, begun.frontier())
    for leaf in leaves[first:]:
        again.append(leaf)
    assert again.root() == grown(leaves).root()
    assert again.frontier() == grown(leaves).frontier()


def test_a_frontier_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="frontier"):
        Tree(3, bytes(32))


def test_many_leaves_at_once_are_the_same_as_one_by_one():
    leaves = [sha256(number.to_bytes(2, "big")).digest() for number in range(70)]
    for first in range(36):
        for more in range(34):
            tree = grown(leaves[:first])
            tree.extend(iter(leaves[first : first + more]))
            assert tree.size == first + more
            assert tree.frontier() == grown(leaves[: first + more]).frontier()


# RFC 6962 §2.1.1 and §2.1.2, word for word: the independent implementation the proofs are held against.


def path_by_definition(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = largest_power_below(len(leaves))
    if index < split:
        return [*path_by_definition(index, leaves[:split]), by_definition(leaves[split:])]
    return [*path_by_definition(index - split, leaves[split:]), by_definition(leaves[:split])]


def proof_by_definition(old: int, leaves: list[bytes], *, complete: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if complete else [by_definition(leaves)]
    split = largest_power_below(len(leaves))
    if old <= split:
        rest = proof_by_definition(old, leaves[:split], complete=complete)
        return [*rest, by_definition(leaves[split:])]
    rest = proof_by_definition(old - split, leaves[split:], complete=False)
    return [*rest, by_definition(leaves[:split])]


def largest_power_below(number: int) -> int:
    power = 1
    while power * 2 < number:
        power *= 2
    return power


SIZES = range(1, 131)
MANY = [sha256(b"\x00" + number.to_bytes(2, "big")).digest() for number in range(SIZES[-1])]
GROWN = [by_definition(MANY[:size]) for size in range(SIZES[-1] + 1)]


def wrong_paths(path: list[bytes]) -> list[list[bytes]]:
    """Paths that prove nothing: one hash changed, left out, added, or put elsewhere."""
    wrong = [[*path[:at], MANY[-1], *path[at + 1 :]] for at in range(len(path))]
    wrong += [path[:at] + path[at + 1 :] for at in range(len(path))]
    wrong += [[*path[:at], MANY[-1], *path[at:]] for at in range(len(path) + 1)]
    return wrong + [
        path[:at] + path[at : at + 2][::-1] + path[at + 2 :] for at in range(len(path) - 1)
    ]


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_is_that_of_the_definition_and_holds(size):
    leaves, root = MANY[:size], GROWN[size]
    for index in range(size):
        path = inclusion_proof(index, size, roots_of(leaves))
        assert path == path_by_definition(index, leaves)
        assert root_by_inclusion(leaves[index], index, size, path) == root


@pytest.mark.parametrize("size", SIZES)
def test_every_consistency_proof_is_that_of_the_definition_and_holds(size):
    leaves = MANY[:size]
    for old in range(1, size + 1):
        path = consistency_proof(old, size, roots_of(leaves))
        assert path == proof_by_definition(old, leaves)
        assert is_consistent(old, GROWN[old], size, GROWN[size], path)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 17, 33])
def test_no_wrong_inclusion_proof_holds(size):
    leaves, root = MANY[:size], GROWN[size]
    for index in range(size):
        path = path_by_definition(index, leaves)
        for wrong in wrong_paths(path):
            assert root_by_inclusion(leaves[index], index, size, wrong) != root
        for other in {*range(-1, size + 2)} - {index}:
            assert root_by_inclusion(leaves[index], other, size, path) != root
        assert root_by_inclusion(MANY[-1], index, size, path) != root


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 17, 33])
def test_no_wrong_consistency_proof_holds(size):
    for old in range(1, size + 1):
        path = proof_by_definition(old, MANY[:size])
        for wrong in wrong_paths(path):
            assert not is_consistent(old, GROWN[old], size, GROWN[size], wrong)
        assert not is_consistent(old, MANY[-1], size, GROWN[size], path)
        assert not is_consistent(old, GROWN[old], size, MANY[-1], path)
        for other in {*range(-1, size + 2)} - {old}:
            assert not is_consistent(other, GROWN[old], size, GROWN[size], path)


def test_every_tree_continues_the_empty_one_and_none_a_larger():
    for size in range(9):
        assert consistency_proof(0, size, roots_of(MANY)) == []
        assert is_consistent(0, GROWN[0], size, GROWN[size], [])
        assert not is_consistent(0, GROWN[1], size, GROWN[size], [])
        assert not is_consistent(0, GROWN[0], size, GROWN[size], [GROWN[size]])
        assert not is_consistent(size + 1, GROWN[size + 1], size, GROWN[size], [])
    assert not is_consistent(0, GROWN[0], 0, GROWN[1], [])
    with pytest.raises(ValueError, match="smaller"):
        consistency_proof(3, 2, roots_of(MANY))
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(2, 2, roots_of(MANY))


# Proofs of Certificate Transparency's reference implementation over the eight leaves above.
CT_PATHS = [
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip
CT_PROOFS = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("index", "size", "path"), CT_PATHS)
def test_the_inclusion_vectors(index, size, path):
    leaves = [sha256(b"\x00" + leaf).digest() for leaf in LEAVES[:size]]
    assert [node.hex() for node in inclusion_proof(index, size, roots_of(leaves))] == path


@pytest.mark.parametrize(("old", "size", "path"), CT_PROOFS)
def test_the_consistency_vectors(old, size, path):
    leaves = [sha256(b"\x00" + leaf).digest() for leaf in LEAVES[:size]]
    assert [node.hex() for node in consistency_proof(old, size, roots_of(leaves))] == path
