"""The tree is that of RFC 6962, by its test vectors and against the definition written out."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.auditctl import Tree

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
