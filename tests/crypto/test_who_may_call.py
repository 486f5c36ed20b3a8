"""Reads the source of the whole repository as an attacker would: who opens seals, and who could by a detour.

Python keeps nobody out who may change the code. What this holds is that no one opens a seal past the door
without naming one of a few words in a file that is not on its list, where a reviewer and this test see it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ("crypto/", "tests/crypto/")
# The benchmark opens only what it has sealed itself, in a database of its own.
BENCH = "bench/opening.py"

# A word, and where it may stand besides crypto/ and its tests. What a word's own room does with it is not asked.
OWNED: dict[str, set[str]] = {
    "open_batch": {"access/door.py", BENCH},
    "open_file": {"access/door.py"},
    "open_system": {"access/allauth_adapter.py"},
    "token_of": set(),
    "data_keys": set(),
    "unpad": set(),
    "KeyMaterial": set(),
    "decrypt_chunks": set(),
    # A data key in hand opens everything of its scope.
    "material": set(),
    "decrypt": {
        "access/allauth_adapter.py",
        "access/second_factor_form.py",
        "tests/second_factor.py",
        BENCH,
    },
    "_token": set(),
    "_raw": {"tests/audit/test_event.py"},
    "_aead": set(),
}
# Whole modules of crypto that hold nothing that opens.
HARMLESS = {"key_file", "key_services", "errors"}
# Ways to reach a name without writing it.
DETOURS: dict[str, set[str]] = {
    "import_module": {
        "bench/__main__.py",
        "bench/peer_site/__main__.py",
        "tests/looks/test_messages.py",
    },
    "__import__": set(),
    "import_string": set(),
    "eval": set(),
    "exec": set(),
    "compile": set(),
    "__globals__": set(),
    "__closure__": set(),
    "__code__": set(),
    "get_referents": set(),
    "get_referrers": set(),
    "get_objects": set(),
    "attrgetter": set(),
    "methodcaller": set(),
}


@cache
def _sources() -> dict[str, ast.Module]:
    """Every Python file of the repository, also those outside the rooms."""
    paths = [
        path
        for path in sorted(ROOT.rglob("*.py"))
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }


def _text(node: ast.AST) -> str | None:
    """A text that is put together from constants: "open_" + "batch", f"open_{'batch'}"."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part) for part in node.values]
        return None if None in parts else "".join(part or "" for part in parts)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value)
    return None


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.MatchClass):
            # case Sealed(_token=token): reads the attribute.
            yield from node.kwd_attrs
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names)
            yield from (alias.asname for alias in node.names if alias.asname)
        else:
            text = _text(node)
            if text is not None:
                # getattr(seal, "open_batch") is a call as well; so is a dotted "crypto.seal.open_batch".
                yield text
                yield from text.replace(":", ".").split(".")


@cache
def _named(path: str) -> frozenset[str]:
    return frozenset(_names(_sources()[path]))


def _users(name: str) -> set[str]:
    return {path for path in _sources() if name in _named(path)}


def _outside(paths: set[str]) -> set[str]:
    return {path for path in paths if not path.startswith(PRIVATE)}


@pytest.mark.parametrize(("name", "allowed"), OWNED.items(), ids=OWNED)
def test_what_opens_stands_only_where_it_may(name: str, allowed: set[str]) -> None:
    users = _users(name)
    assert users
    assert _outside(users) - allowed == set()
    assert allowed - users == set()


@pytest.mark.parametrize(("name", "allowed"), DETOURS.items(), ids=DETOURS)
def test_nobody_reaches_a_name_without_writing_it(name: str, allowed: set[str]) -> None:
    users = {
        path
        for path, tree in _sources().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.Attribute) and node.attr == name and not _of_a_compiler(node))
    }
    assert _outside(users) == allowed


def _of_a_compiler(node: ast.Attribute) -> bool:
    """Patterns, papers and SQL are compiled as well; none of them is Python."""
    if isinstance(node.value, ast.Call):
        made = node.value.func
        return isinstance(made, ast.Attribute) and made.attr == "get_compiler"
    return isinstance(node.value, ast.Name) and node.value.id in {"re", "typst"}


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of every import; the name is empty where the module itself is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def loose_imports(tree: ast.Module) -> list[tuple[str, str]]:
    """Imports that bring a whole module of crypto, or everything in it, within reach."""
    return [
        (module, name)
        for module, name in _imports(tree)
        if (module == "crypto" or module.startswith("crypto."))
        and (module == "crypto" or name in {"", "*"})
        and name not in HARMLESS
    ]


def test_nobody_imports_a_whole_module_of_crypto() -> None:
    """Then getattr with a name made at run time has nothing of crypto to be asked of."""
    loose = {
        path: loose_imports(tree)
        for path, tree in _sources().items()
        if _outside({path}) and "/migrations/" not in path and not path.startswith("tests/")
    }
    assert {path: found for path, found in loose.items() if found} == {}


def unnamed_reads(tree: ast.Module) -> list[str]:
    """`getattr(module, name)`, `vars(module)` and `module.__dict__` of something this file imported."""
    imported = {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if not alias.name[:1].isupper()
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            of = node.args[0]
            reads = (node.func.id == "getattr" and _text(node.args[1]) is None) or (
                node.func.id == "vars"
            )
            if reads and isinstance(of, ast.Name) and of.id in imported:
                found.append(of.id)
        elif isinstance(node, ast.Attribute) and node.attr == "__dict__":
            found += (
                [node.value.id]
                if isinstance(node.value, ast.Name) and node.value.id in imported
                else []
            )
    return found


def test_nobody_asks_a_module_for_a_name_made_at_run_time() -> None:
    doors = {"door", "seal", "file_seal", "keys", "crypto", "sealed", "token", "material"}
    asked = {path: doors & set(unnamed_reads(tree)) for path, tree in _sources().items()}
    assert {path for path, found in asked.items() if found} == set()


ATTACKS = {
    "attribute": "from access import door\ndoor.open_batch([])",
    "alias": "from crypto.seal import open_batch as harmless",
    "getattr": "getattr(door, 'open_batch')",
    "put together": "getattr(door, 'open_' + 'batch')",
    "f-string": "getattr(door, f\"open_{'batch'}\")",
    "dotted": "import_string('crypto.seal.open_batch')",
    "with a colon": "resolve('crypto.seal:open_batch')",
    "dictionary": "vars(door)['open_batch']",
    "mock": "patch('access.door.open_batch')",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_reading_finds_an_attack(attack: str) -> None:
    assert "open_batch" in set(_names(ast.parse(attack)))


def test_the_reading_finds_the_detours() -> None:
    pattern = "match sealed:\n    case Sealed(_token=token):\n        pass"
    assert "_token" in set(_names(ast.parse(pattern)))
    for source in ("import crypto.seal", "import crypto", "from crypto import seal"):
        assert loose_imports(ast.parse(source))
    assert loose_imports(ast.parse("from crypto.seal import *"))
    assert not loose_imports(ast.parse("from crypto.seal import seal"))
    made = "from access import door\nname = input()\ngetattr(door, name)\nvars(door)\ndoor.__dict__"
    assert unnamed_reads(ast.parse(made)) == ["door", "door", "door"]


def test_cryptography_is_imported_in_crypto_the_verifier_and_the_witness_only() -> None:
    importers = {
        path
        for path, tree in _sources().items()
        if any(module.split(".")[0] == "cryptography" for module, _name in _imports(tree))
    }
    outside = {path for path in importers if not path.startswith(("crypto/", "tests/"))}
    assert outside == {"audit/auditctl.py", "audit/witness.py", BENCH}
