"""An archive opens for its reader only, as the part it is, whole or not at all."""

import pytest

from crypto.archive import HEADER_SIZE, Reader, open_archive, seal_archive
from crypto.chunks import CHUNK, SEALED_CHUNK
from crypto.errors import SealBroken

READER = Reader(bytes(range(32)))
PLACE = b"20261122T031500Z/content"
CONTENT = bytes(range(256)) * (3 * CHUNK // 256) + b"the end"


def sealed(content: bytes = CONTENT) -> bytes:
    return b"".join(seal_archive([content], reader=READER.public_key, context=PLACE))


def opened(
    archive: bytes, *, reader: Reader = READER, context: bytes = PLACE, step: int = 1000
) -> bytes:
    pieces = (archive[i : i + step] for i in range(0, len(archive), step))
    return b"".join(open_archive(pieces, reader=reader, context=context))


@pytest.mark.parametrize("content", [b"", b"x", CONTENT[:CHUNK], CONTENT])
@pytest.mark.parametrize("step", [1, 80, 100_000])
def test_what_was_sealed_opens_however_it_is_cut(content: bytes, step: int):
    if step == 1 and len(content) > CHUNK:
        content = content[:1000]
    assert opened(sealed(content), step=step) == content


def test_two_archives_of_the_same_share_nothing():
    one, other = sealed(), sealed()
    assert one[1:HEADER_SIZE] != other[1:HEADER_SIZE]
    assert one[HEADER_SIZE:] != other[HEADER_SIZE:]
    assert CONTENT[:64] not in one


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda a: b"\x02" + a[1:], id="version"),
        pytest.param(lambda a: a[:1] + bytes([a[1] ^ 1]) + a[2:], id="ephemeral key"),
        pytest.param(lambda a: a[:60] + bytes([a[60] ^ 1]) + a[61:], id="sent key"),
        pytest.param(lambda a: a[:-1] + bytes([a[-1] ^ 1]), id="last bit"),
        pytest.param(lambda a: a[:-1], id="one byte short"),
        pytest.param(lambda a: a[: HEADER_SIZE + 2 * SEALED_CHUNK], id="last chunks gone"),
        pytest.param(lambda a: a[:HEADER_SIZE], id="only the header"),
        pytest.param(lambda a: a[:40], id="half a header"),
        pytest.param(lambda a: a[:0], id="empty"),
        pytest.param(lambda a: a + b"\0", id="one byte more"),
        pytest.param(
            lambda a: (
                a[:HEADER_SIZE]
                + a[HEADER_SIZE + SEALED_CHUNK : HEADER_SIZE + 2 * SEALED_CHUNK]
                + a[HEADER_SIZE : HEADER_SIZE + SEALED_CHUNK]
                + a[HEADER_SIZE + 2 * SEALED_CHUNK :]
            ),
            id="two chunks exchanged",
        ),
        pytest.param(lambda a: sealed()[:HEADER_SIZE] + a[HEADER_SIZE:], id="another's header"),
    ],
)
def test_a_changed_archive_does_not_open(damage):
    with pytest.raises(SealBroken):
        opened(damage(sealed()))


def test_it_opens_for_nobody_else_and_in_no_other_place():
    archive = sealed()
    with pytest.raises(SealBroken):
        opened(archive, reader=Reader(bytes(32)))
    with pytest.raises(SealBroken):
        opened(archive, context=b"20261122T031500Z/keys")


def test_a_reader_prints_nothing_and_refuses_a_short_key():
    assert repr(READER) == str(READER) == "‹läsarnyckel›"
    with pytest.raises(ValueError, match="32 bytes"):
        Reader(b"short")
