"""The byte format: known answers, padding classes, and an encoding that no two places share."""

import hashlib
import hmac
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import token
from crypto.errors import SealBroken
from crypto.material import KeyMaterial

KEY = KeyMaterial(bytes(range(32)))
KEY_ID = UUID("00112233-4455-6677-8899-aabbccddeeff")
NONCE = bytes(range(12))
PLACE = token.Place(
    "cases.concern.observation",
    UUID("11111111-1111-4111-8111-111111111111"),
    UUID("22222222-2222-4222-8222-222222222222"),
    UUID("33333333-3333-4333-8333-333333333333"),
    "concern",
    UUID("44444444-4444-4444-8444-444444444444"),
)


def _token(text: str) -> bytes:
    aad = token.associated_data(PLACE, KEY_ID)
    body = token.pad(token.TEXT, text.encode())
    return token.join(KEY_ID, KEY.encrypt(body, aad=aad, nonce=NONCE))


def _open(whole: bytes) -> bytes:
    key_id, encrypted = token.split(whole)
    return KEY.decrypt(encrypted, aad=token.associated_data(PLACE, key_id))


def test_the_associated_data_is_what_is_written_down():
    assert token.associated_data(PLACE, KEY_ID).hex() == (
        "737370662f6669656c642f763100"  # sspf/field/v1 NUL
        "0101"  # version, suite
        "00112233445566778899aabbccddeeff"
        "11111111111141118111111111111111"
        "22222222222242228222222222222222"
        "33333333333343338333333333333333"
        "44444444444444448444444444444444"
        "0007636f6e6365726e"  # concern
        "001963617365732e636f6e6365726e2e6f62736572766174696f6e"  # cases.concern.observation
    )


def test_the_token_is_the_same_as_ever():
    assert _token("Åsa kom för sent").hex() == KNOWN_ANSWER


KNOWN_ANSWER = (
    "010100112233445566778899aabbccddeeff000102030405060708090a0b"
    "46c15368a4c5a974e061f148079b581ee6b8f3b4f07b5f7c3867e5851d6900b25ee70bf6bbd79833340f4fb528baacd2"
)


def test_aes_gcm_gives_the_answer_of_the_standard():
    # McGrew & Viega, "The Galois/Counter Mode of Operation", test case 14.
    material = KeyMaterial(bytes(32))
    sealed = material.encrypt(bytes(16), aad=b"", nonce=bytes(12))
    assert sealed[12:].hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


def test_hkdf_is_that_of_rfc_5869_with_an_empty_salt():
    def by_hand(secret: bytes, info: bytes) -> bytes:
        extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
        return hmac.digest(extracted, info + b"\x01", hashlib.sha256)

    derived = KEY.derive(b"some use")
    assert derived.mac(b"x") == hmac.digest(by_hand(bytes(range(32)), b"some use"), b"x", "sha256")


@given(st.text(max_size=300))
def test_padding_gives_back_the_value(text):
    body = token.pad(token.TEXT, text.encode())
    assert token.unpad(token.TEXT, body).decode() == text
    assert len(body) >= token.SHORTEST


@pytest.mark.parametrize("text", ["", "ja", "nej", "a" * 30, "\0\0", "x\x80\0"])
def test_short_values_look_alike(text):
    assert len(token.pad(token.TEXT, text.encode("latin-1"))) == 32


def test_long_values_fall_into_few_classes_that_cost_little():
    lengths = range(33, 20_000)
    padded = [token.padded_length(length) for length in lengths]
    assert all(p >= length for p, length in zip(padded, lengths, strict=True))
    assert max(p / length for p, length in zip(padded, lengths, strict=True)) < 1.12
    assert len(set(padded)) < 200
    assert padded == sorted(padded)


def test_a_value_of_another_kind_or_form_is_refused():
    body = token.pad(token.BYTES, b"seed")
    for wrong in (body, b"", bytes(32), b"\x01" + bytes(31), b"\x01abc\x81".ljust(32, b"\0")):
        with pytest.raises(SealBroken):
            token.unpad(token.TEXT, wrong)


@pytest.mark.parametrize("name", ["municipality_id", "agency_id", "row_id", "scope_id"])
def test_an_id_that_is_not_set_is_refused(name):
    unset: dict[str, Any] = {name: UUID(int=0)}
    with pytest.raises(ValueError, match="not set"):
        token.associated_data(replace(PLACE, **unset), KEY_ID)
    with pytest.raises(ValueError, match="not set"):
        token.associated_data(PLACE, UUID(int=0))


def test_the_place_cannot_be_shifted_between_scope_and_field():
    one = token.associated_data(replace(PLACE, scope="case", field="x.y.z"), KEY_ID)
    other = token.associated_data(replace(PLACE, scope="casex", field=".y.z"), KEY_ID)
    assert one != other


def test_every_changed_byte_is_refused():
    whole = _token("Åsa kom för sent")
    for position in range(len(whole)):
        for flip in (0x01, 0x80):
            changed = bytearray(whole)
            changed[position] ^= flip
            with pytest.raises(SealBroken):
                _open(bytes(changed))
    assert _open(whole)


def test_every_shortened_token_is_refused():
    whole = _token("Åsa kom för sent")
    for length in range(len(whole)):
        with pytest.raises(SealBroken):
            _open(whole[:length])


def test_two_seals_of_one_value_differ():
    assert KEY.encrypt(b"x" * 32, aad=b"") != KEY.encrypt(b"x" * 32, aad=b"")


OTHER = UUID("55555555-5555-4555-8555-555555555555")


@pytest.mark.parametrize(
    "changed",
    [
        {"field": "cases.concern.place"},
        {"municipality_id": OTHER},
        {"agency_id": OTHER},
        {"row_id": OTHER},
        {"scope": "draft"},
        {"scope_id": OTHER},
        {"municipality_id": PLACE.agency_id, "agency_id": PLACE.municipality_id},
        {"row_id": PLACE.scope_id, "scope_id": PLACE.row_id},
    ],
)
def test_each_part_of_the_place_is_bound(changed: dict[str, Any]):
    _key_id, encrypted = token.split(_token("Åsa kom för sent"))
    elsewhere = token.associated_data(replace(PLACE, **changed), KEY_ID)
    with pytest.raises(SealBroken):
        KEY.decrypt(encrypted, aad=elsewhere)
    with pytest.raises(SealBroken):
        KEY.decrypt(encrypted, aad=token.associated_data(PLACE, OTHER))


def test_version_and_suite_are_bound_and_an_unknown_one_is_refused():
    aad = token.associated_data(PLACE, KEY_ID)
    place_of_both = len(b"sspf/field/v1\0")
    assert aad[place_of_both : place_of_both + 2] == _token("x")[:2]
    for position in (0, 1):
        for other in (0, 2, 255):
            newer = bytearray(_token("x"))
            newer[position] = other
            with pytest.raises(SealBroken, match="unknown version or suite"):
                token.split(bytes(newer))


def test_the_key_of_a_token_is_told_and_nobodys_where_it_is_cut():
    assert token.key_of(_token("x")) == KEY_ID
    assert token.key_of(_token("x")[:17]) == UUID(int=0)
    assert token.key_of(b"") == UUID(int=0)
