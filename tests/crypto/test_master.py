"""The local master key: from its file, and the one before it while keys are moved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crypto import key_file
from crypto.errors import SealBroken, WrongMasterKey
from crypto.master import LocalMasterKey
from crypto.material import KeyMaterial

OLD, NEW = KeyMaterial(b"o" * 32), KeyMaterial(b"n" * 32)
AAD = b"a place"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "master_key"
    path.touch(0o600)
    path.write_text("c2VjcmV0\n")
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_ones_own_is_read(file: Path, mode: int):
    file.chmod(mode)
    assert key_file.read(file) == "c2VjcmV0"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o444])
def test_a_file_that_others_may_touch_is_refused(file: Path, mode: int):
    file.chmod(mode)
    with pytest.raises(key_file.NotOurs, match="chmod 0400"):
        key_file.read(file)


def test_a_link_counts_as_the_file_it_leads_to(file: Path, tmp_path: Path):
    link = tmp_path / "link"
    link.symlink_to(file)
    assert key_file.read(link) == "c2VjcmV0"
    file.chmod(0o644)
    with pytest.raises(key_file.NotOurs):
        key_file.read(link)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(key_file.NotOurs, match="no regular file"):
        key_file.read(pipe)
    with pytest.raises(key_file.NotOurs, match="no regular file"):
        key_file.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        key_file.read(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_file_is_refused(file: Path):
    os.chown(file, 12345, -1)
    with pytest.raises(key_file.NotOurs, match="another user"):
        key_file.read(file)


def test_both_master_keys_open_and_the_newest_wraps():
    key = KeyMaterial.generate()
    (by_old,) = LocalMasterKey(OLD).wrap_all([(key, AAD)])
    both = LocalMasterKey(NEW, OLD)
    (again,) = both.wrap_all(list(zip(both.unwrap_all([(by_old, AAD)]), [AAD], strict=True)))
    assert not both.is_newest(by_old)
    assert both.is_newest(again)
    (opened,) = LocalMasterKey(NEW).unwrap_all([(again, AAD)])
    assert opened.fingerprint() == key.fingerprint()
    with pytest.raises(WrongMasterKey):
        LocalMasterKey(NEW).unwrap_all([(by_old, AAD)])
    with pytest.raises(WrongMasterKey):
        LocalMasterKey(OLD).unwrap_all([(again, AAD)])


def test_a_wrapped_key_opens_in_its_place_and_unchanged_only():
    (wrapped,) = LocalMasterKey(NEW).wrap_all([(KeyMaterial.generate(), AAD)])
    for position in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[position] ^= 0x01
        with pytest.raises((SealBroken, WrongMasterKey)):
            LocalMasterKey(NEW).unwrap_all([(bytes(changed), AAD)])
    with pytest.raises(SealBroken):
        LocalMasterKey(NEW).unwrap_all([(wrapped, b"elsewhere")])
