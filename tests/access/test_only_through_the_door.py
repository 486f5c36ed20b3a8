"""Views and forms never ask a protected table themselves: they ask the door, or a service."""

from __future__ import annotations

import ast
from pathlib import Path

from django.apps import apps

from access.models import PartitionModel

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("access", "reminders", "cases", "safety")


def faces() -> list[Path]:
    """Every module of views and forms."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [
        path
        for path in found
        if {"views", "forms"} & set(path.parts) or path.stem.endswith(("views", "forms"))
    ]


def asked_in(source: str, protected: set[str]) -> list[str]:
    """The protected models whose manager the source names."""
    return [
        node.value.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager", "_base_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in protected
    ]


def test_no_view_or_form_asks_a_protected_table_itself() -> None:
    protected = {m.__name__ for m in apps.get_models() if issubclass(m, PartitionModel)}
    assert len(faces()) > 40
    asked = {path.name: asked_in(path.read_text(encoding="utf-8"), protected) for path in faces()}
    assert {name: models for name, models in asked.items() if models} == {}


def test_the_reading_itself_finds_one_that_does() -> None:
    assert asked_in("rows = Case.objects.all()", {"Case"}) == ["Case"]
