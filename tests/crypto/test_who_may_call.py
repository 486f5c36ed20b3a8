"""Reads the source of the whole repository: who opens seals, and who imports cryptography."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sspf", "crypto", "audit", "access", "reminders", "cases", "safety", "tests", "bench")


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names)
            yield from (alias.asname for alias in node.names if alias.asname)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # getattr(seal, "open_batch") is a call as well.
            yield node.value


def _users(name: str) -> set[str]:
    return {path for path, tree in _sources() if name in set(_names(tree))}


def _may_open(path: str) -> bool:
    # The benchmark opens only what it has sealed itself, in a database of its own.
    allowed = {"crypto/seal.py", "access/door.py", "bench/opening.py"}
    return path in allowed or path.startswith("tests/crypto/")


def test_seals_are_opened_at_the_door_only():
    users = _users("open_batch")
    assert "access/door.py" in users
    assert {path for path in users if not _may_open(path)} == set()


def test_files_are_opened_at_the_door_only():
    users = _users("open_file")
    assert "access/door.py" in users
    assert {
        path for path in users if path != "crypto/file_seal.py" and not _may_open(path)
    } == set()


def test_the_token_and_the_data_keys_are_handled_in_crypto_only():
    for name in ("token_of", "data_keys", "unpad", "KeyMaterial", "decrypt_chunks"):
        users = _users(name)
        assert users
        assert {p for p in users if not p.startswith(("crypto/", "tests/crypto/"))} == set()


def test_cryptography_is_imported_in_crypto_the_verifier_and_the_witness_only():
    importers = set()
    for path, tree in _sources():
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            if any(module.split(".")[0] == "cryptography" for module in modules):
                importers.add(path)
    assert "audit/auditctl.py" in importers
    outside = {path for path in importers if not path.startswith(("crypto/", "tests/"))}
    assert outside == {"audit/auditctl.py", "audit/witness.py", "bench/opening.py"}
