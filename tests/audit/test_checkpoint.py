"""Signed notes: the format of C2SP, and everything that is refused."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from audit import auditctl
from audit.auditctl import BadCheckpoint, Checkpoint, origin_of, read_checkpoint, sign_checkpoint
from audit.checkpoint_file import append, held, latest
from crypto.signing import Signer

SIGNER = Signer(bytes(range(32)))
MUNICIPALITY = UUID("11111111-1111-4111-8111-111111111111")
ORIGIN = origin_of(MUNICIPALITY)
NOW = datetime(2026, 11, 22, 0, 30, 12, tzinfo=UTC)


def note(size: int = 3, signer: Signer = SIGNER, origin: str = ORIGIN) -> str:
    return sign_checkpoint(Checkpoint(origin, size, bytes(32)), signer.sign, signer.public_key, NOW)


def test_the_signed_note_of_go_is_understood():
    # The example in the documentation of golang.org/x/mod/sumdb/note.
    name, public = "PeterNeumann", base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    tail = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    assert auditctl.key_id(name, 1, public[1:]).hex() == "c74f20a3"
    assert auditctl._verify_signatures(text, tail, name, public[1:]) is None
    with pytest.raises(BadCheckpoint):
        auditctl._verify_signatures(text + "x\n", tail, name, public[1:])


def test_the_note_is_the_same_as_ever():
    assert note() == (
        "sspf/11111111-1111-4111-8111-111111111111\n"
        "3\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "\n"
        f"— {ORIGIN} bzl1CyVNIIpsU2T296rEfS2x+Ex1mLj5gffi0nJzMqgJAP198LIbrXNKoi4c1AdqaDj2LdCoLy7QA+sLS+QlOHQmRw8=\n"
        f"— {ORIGIN} ffi6bQAAAABrAjeUygFxQz9bIZFEYUKFX97/titwa2GGj1kts71HhmnB0Txk3tviC5FLuZl7OxYhdY+IDxYoBmtkVEHvm0LKfy01CQ==\n"
    )


def test_what_was_signed_is_read_back_with_its_time():
    assert read_checkpoint(note(), ORIGIN, SIGNER.public_key) == Checkpoint(
        ORIGIN, 3, bytes(32), NOW
    )


def _latest(folder: Path) -> int:
    found = latest(folder, MUNICIPALITY, SIGNER.public_key)
    return found.size if found else 0


def refused_or_the_same(text: str) -> bool:
    """A line by an unknown key is ignored, as the format says, so the time may be lost; nothing else."""
    try:
        found = read_checkpoint(text, ORIGIN, SIGNER.public_key)
    except BadCheckpoint:
        return True
    return found in {Checkpoint(ORIGIN, 3, bytes(32), time) for time in (NOW, None)}


def test_no_changed_byte_changes_what_is_believed():
    whole = note().encode()
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(whole)
            changed[position] ^= flip
            assert refused_or_the_same(changed.decode(errors="replace")), position


def test_no_shortened_note_changes_what_is_believed():
    whole = note()
    for length in range(len(whole)):
        assert refused_or_the_same(whole[:length])


def test_another_key_and_another_log_are_refused():
    with pytest.raises(BadCheckpoint, match="not signed"):
        read_checkpoint(note(signer=Signer(bytes(32))), ORIGIN, SIGNER.public_key)
    other = origin_of(UUID(int=7))
    with pytest.raises(BadCheckpoint, match="another log"):
        read_checkpoint(note(origin=other), ORIGIN, SIGNER.public_key)


def test_the_signatures_of_witnesses_are_left_alone():
    witness = "— witness.example/w1 " + base64.b64encode(bytes(76)).decode() + "\n"
    assert read_checkpoint(note() + witness, ORIGIN, SIGNER.public_key).size == 3


def test_the_signature_that_tells_the_time_cannot_pass_for_the_other():
    lines = note().split("\n")
    with pytest.raises(BadCheckpoint, match="not signed"):
        read_checkpoint("\n".join([*lines[:4], lines[5], ""]), ORIGIN, SIGNER.public_key)


# The example of C2SP tlog-witness.
BODY = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""


def test_what_a_witness_is_sent_is_read_and_written():
    old, path, sent = auditctl.read_add_checkpoint_body(BODY)
    assert (old, len(path), sent) == (20852014, 4, BODY.split("\n\n", 1)[1])
    assert auditctl.add_checkpoint_body(old, path, sent) == BODY
    assert auditctl.add_checkpoint_body(0, [], note()) == f"old 0\n\n{note()}"
    assert auditctl.read_add_checkpoint_body(f"old 0\n\n{note()}") == (0, [], note())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("old 20852014", "old 020852014"),
        ("old 20852014", "old -1"),
        ("old 20852014", "20852014"),
        ("PlRNCrwH", "PlRN"),
        ("PlRNCrwH", "PlRN*rwH"),
        (
            "old 20852014\n",
            "old 20852014\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 60,
        ),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_body_for_a_witness_is_refused(old, new):
    with pytest.raises(BadCheckpoint):
        auditctl.read_add_checkpoint_body(BODY.replace(old, new))


def test_the_last_note_of_a_file_is_found(tmp_path):
    assert latest(tmp_path, MUNICIPALITY, SIGNER.public_key) is None
    for size in range(1, 400):
        append(tmp_path, MUNICIPALITY, note(size))
    assert _latest(tmp_path) == 399
    path = auditctl.checkpoint_file(tmp_path, MUNICIPALITY)
    assert path.stat().st_size > 64 * 1024
    notes = auditctl.notes_in(path.read_text(encoding="utf-8"))
    assert [read_checkpoint(one, ORIGIN, SIGNER.public_key).size for one in notes] == list(
        range(1, 400)
    )


def test_a_note_torn_by_a_crash_is_cut_off_at_whatever_byte(tmp_path):
    path = auditctl.checkpoint_file(tmp_path, MUNICIPALITY)
    append(tmp_path, MUNICIPALITY, note(1))
    first = path.read_bytes()
    second = f"{note(2)}\n".encode()
    for length in range(len(second)):
        path.write_bytes(first + second[:length])
        assert _latest(tmp_path) == 1, length
        assert path.read_bytes() == first
    for length in range(len(first)):
        path.write_bytes(first[:length])
        assert latest(tmp_path, MUNICIPALITY, SIGNER.public_key) is None
        assert path.read_bytes() == b""
    path.write_bytes(first + second)
    assert _latest(tmp_path) == 2


@pytest.mark.parametrize(("old", "new"), [("\n2\n", "\n3\n"), ("sspf/", "sspg/"), ("=", "A")])
def test_an_edited_last_note_is_kept_as_evidence_and_refused(tmp_path, old, new):
    path = auditctl.checkpoint_file(tmp_path, MUNICIPALITY)
    append(tmp_path, MUNICIPALITY, note(1))
    first = path.read_text(encoding="utf-8")
    edited = first + f"{note(2)}\n".replace(old, new, 1)
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(BadCheckpoint):
        latest(tmp_path, MUNICIPALITY, SIGNER.public_key)
    assert path.read_text(encoding="utf-8") == edited


def test_one_process_at_a_time_holds_the_folder(tmp_path):
    with held(tmp_path) as first, held(tmp_path) as second:
        assert first
        assert not second
    with held(tmp_path) as third:
        assert third
