"""Sealed streams: known answers, every kind of tampering, and what may be held in memory."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crypto import token
from crypto.chunks import CHUNK, SEALED_CHUNK, chunk_data, decrypt_chunks, encrypt_chunks
from crypto.errors import KeyDestroyed, SealBroken
from crypto.file_seal import open_file, seal_file
from crypto.keys import DataKey, Scope, destroy_data_key, new_data_key
from crypto.material import KeyMaterial
from crypto.seal import Binding, open_batch, seal
from crypto.sealed import Sealed, token_of

KEY = KeyMaterial(bytes(range(32)))
CONTEXT = b"a file"
FIELD = "cases.attachment.file_key"


def sealed(content: bytes, *, context: bytes = CONTEXT, key: KeyMaterial = KEY) -> list[bytes]:
    return list(encrypt_chunks([content], key=key, context=context))


def opened(chunks: list[bytes], *, context: bytes = CONTEXT, key: KeyMaterial = KEY) -> bytes:
    return b"".join(decrypt_chunks(chunks, key=key, context=context))


def test_the_associated_data_is_what_is_written_down():
    assert chunk_data(CONTEXT, 258, last=True).hex() == (
        "737370662f6368756e6b2f763100"  # sspf/chunk/v1 NUL
        "0101"  # version, suite
        "0006612066696c65"  # a file
        "0000000000000102"
        "01"
    )
    place = token.Place("a.b.c", UUID(int=1), UUID(int=2), UUID(int=3), "case", UUID(int=4))
    assert token.file_context(place).hex() == (
        "737370662f66696c652f763100"  # sspf/file/v1 NUL
        "0101"
        + "".join(f"{number:032x}" for number in (1, 2, 3, 4))
        + "000463617365"  # case
        + "0005612e622e63"  # a.b.c
    )


KNOWN_ANSWER = (
    "000102030405060708090a0b8487a57ae58ead76ad27543dc3c90b08eda2cbad606310368785147facc0d1f0c85d"
)


def test_a_sealed_chunk_is_the_same_as_ever():
    nonce = bytes(range(12))
    aad = chunk_data(CONTEXT, 0, last=True)
    chunk = KEY.encrypt("Åsa kom för sent".encode(), aad=aad, nonce=nonce)
    assert chunk.hex() == KNOWN_ANSWER
    assert opened([bytes.fromhex(KNOWN_ANSWER)]).decode() == "Åsa kom för sent"


def test_any_aes_gcm_opens_the_chunks():
    content = bytes(range(256)) * 1024
    plain = b""
    chunks = sealed(content)
    for number, chunk in enumerate(chunks):
        aad = chunk_data(CONTEXT, number, last=number == len(chunks) - 1)
        plain += AESGCM(bytes(range(32))).decrypt(chunk[:12], chunk[12:], aad)
    assert plain == content


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_was_sealed_comes_back_and_only_the_last_chunk_is_shorter(size: int):
    content = bytes(i * 7 % 251 for i in range(size))
    chunks = sealed(content)
    assert len(chunks) == max(1, -(-size // CHUNK))
    assert {len(chunk) for chunk in chunks[:-1]} <= {SEALED_CHUNK}
    assert opened(chunks) == content


@given(cuts=st.lists(st.integers(0, 200_000), max_size=6))
def test_it_does_not_matter_how_the_stream_is_cut(cuts: list[int]):
    content = bytes(200_000)
    borders = [0, *sorted(cuts), len(content)]
    parts = [content[a:b] for a, b in pairwise(borders)]
    whole = b"".join(encrypt_chunks(parts, key=KEY, context=CONTEXT))
    borders = [0, *sorted(cuts), len(whole)]
    assert opened([whole[a:b] for a, b in pairwise(borders)]) == content


A, B, C, D = sealed(bytes(3 * CHUNK + 5))


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([], id="nothing"),
        pytest.param([b""], id="an empty chunk"),
        pytest.param([B, C, D], id="first dropped"),
        pytest.param([A, C, D], id="one dropped"),
        pytest.param([A, B, C], id="end missing"),
        pytest.param([A], id="only the first"),
        pytest.param([D], id="only the end"),
        pytest.param([B, A, C, D], id="swapped"),
        pytest.param([A, B, B, C, D], id="one twice"),
        pytest.param([A, B, C, D, D], id="the end twice"),
        pytest.param([A, B, C, D, A, B, C, D], id="the stream twice"),
        pytest.param([A, B, C, D, b"x"], id="one byte more"),
        pytest.param([A, B, C, D[:-1]], id="one byte less"),
        pytest.param([A, B, C, D[:20]], id="cut inside the tag"),
        pytest.param([A, B, C[:-1], D], id="cut in the middle"),
        pytest.param([A, sealed(bytes(3 * CHUNK), context=b"b file")[1], C, D], id="foreign file"),
        pytest.param(
            [A, sealed(bytes(3 * CHUNK), key=KeyMaterial(bytes(32)))[1], C, D], id="foreign key"
        ),
    ],
)
def test_a_stream_that_is_not_whole_does_not_open(chunks: list[bytes]):
    with pytest.raises(SealBroken):
        opened(chunks)


@pytest.mark.parametrize("number", range(4))
def test_no_changed_byte_goes_through(number: int):
    for place in (0, 11, 12, 20, -17, -16, -1):
        chunks = [A, B, C, D]
        changed = bytearray(chunks[number])
        changed[place] ^= 1
        chunks[number] = bytes(changed)
        with pytest.raises(SealBroken):
            opened(chunks)


def test_nothing_is_given_out_of_a_chunk_that_is_broken():
    stream = decrypt_chunks([A, B[:-1] + b"x", C, D], key=KEY, context=CONTEXT)
    assert next(stream) == bytes(CHUNK)
    with pytest.raises(SealBroken):
        next(stream)
    assert list(stream) == []


def test_no_nonce_is_used_twice():
    nonces = [chunk[:12] for _ in range(3) for chunk in sealed(bytes(4 * CHUNK))]
    assert len(set(nonces)) == 12


def test_a_long_stream_takes_no_more_memory_than_a_few_chunks():
    def source() -> Iterator[bytes]:
        for _ in range(400):
            yield bytes(CHUNK)

    tracemalloc.start()
    try:
        through = encrypt_chunks(source(), key=KEY, context=CONTEXT)
        total = sum(len(piece) for piece in decrypt_chunks(through, key=KEY, context=CONTEXT))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 400 * CHUNK
    assert peak < 12 * SEALED_CHUNK


def test_one_part_that_is_the_whole_file_is_not_copied_whole():
    part = bytes(200 * CHUNK)
    tracemalloc.start()
    try:
        for _ in encrypt_chunks([part], key=KEY, context=CONTEXT):
            pass
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * SEALED_CHUNK


# --- a file under a data key -----------------------------------------------------------------------------


@pytest.fixture
def key(db: None) -> DataKey:
    municipality_id, agency_id = uuid4(), uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
            [str(municipality_id), str(agency_id)],
        )
    return new_data_key(
        municipality_id=municipality_id, agency_id=agency_id, scope=Scope.CASE, scope_id=uuid4()
    )


def of(key: DataKey, row_id: UUID, field: str = FIELD) -> Binding:
    return Binding(field, key.municipality_id, key.agency_id, row_id)


def test_a_file_comes_back(key: DataKey):
    row_id = uuid4()
    file_key, chunks = seal_file([b"one", b"two"], key=key, field=FIELD, row_id=row_id)
    assert b"".join(open_file(file_key, of(key, row_id), chunks)) == b"onetwo"


def test_a_file_key_opens_in_its_own_cell_only(key: DataKey):
    row_id = uuid4()
    file_key, lazy = seal_file([b"x"], key=key, field=FIELD, row_id=row_id)
    chunks = list(lazy)
    for wrong in (
        of(key, uuid4()),
        of(key, row_id, "cases.attachment.name"),
        Binding(FIELD, uuid4(), key.agency_id, row_id),
        Binding(FIELD, key.municipality_id, uuid4(), row_id),
    ):
        with pytest.raises(SealBroken):
            open_file(file_key, wrong, chunks)


def test_the_chunks_of_another_file_do_not_open(key: DataKey):
    row, other_row = uuid4(), uuid4()
    file_key, _chunks = seal_file([b"x"], key=key, field=FIELD, row_id=row)
    _other_key, others = seal_file([b"y"], key=key, field=FIELD, row_id=other_row)
    with pytest.raises(SealBroken):
        list(open_file(file_key, of(key, row), others))


def test_even_the_right_key_does_not_open_chunks_sealed_for_another_row():
    # Whoever could rewrap a file key for another row would still have the chunks' own place against him.
    place = token.Place(FIELD, uuid4(), uuid4(), uuid4(), "case", uuid4())
    elsewhere = token.Place(FIELD, uuid4(), place.agency_id, place.row_id, "case", place.scope_id)
    chunks = sealed(b"x", context=token.file_context(place))
    with pytest.raises(SealBroken):
        opened(chunks, context=token.file_context(elsewhere))


def test_a_file_key_is_no_text_and_a_text_is_no_file_key(key: DataKey):
    row_id = uuid4()
    file_key, _chunks = seal_file([b"x"], key=key, field=FIELD, row_id=row_id)
    with pytest.raises(SealBroken):
        open_batch([(file_key, of(key, row_id))])
    text = seal("x" * 30, key=key, field=FIELD, row_id=row_id)
    with pytest.raises(SealBroken):
        open_file(text, of(key, row_id), [])


def test_a_wrapped_key_opens_behind_its_own_head_only():
    wrapped = KEY.wrap(KeyMaterial(bytes(32)), aad=b"", head=b"\x07")
    assert (
        KEY.unwrap(wrapped, aad=b"", head=b"\x07").fingerprint()
        == KeyMaterial(bytes(32)).fingerprint()
    )
    for head in (b"\x01", b"", b"\x07\0"):
        with pytest.raises(SealBroken):
            KEY.unwrap(wrapped, aad=b"", head=head)


def test_no_bit_of_a_stored_file_key_may_change(key: DataKey):
    row_id = uuid4()
    file_key, _chunks = seal_file([b"x"], key=key, field=FIELD, row_id=row_id)
    stored = token_of(file_key)
    for place in range(18, len(stored)):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            open_file(Sealed(bytes(changed), uid=FIELD), of(key, row_id), [])


def test_a_destroyed_data_key_takes_the_file_with_it(key: DataKey):
    row_id = uuid4()
    file_key, chunks = seal_file([b"x"], key=key, field=FIELD, row_id=row_id)
    destroy_data_key(
        municipality_id=key.municipality_id,
        agency_id=key.agency_id,
        scope=key.scope,
        scope_id=key.scope_id,
    )
    with pytest.raises(KeyDestroyed):
        open_file(file_key, of(key, row_id), chunks)
