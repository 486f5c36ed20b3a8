"""Giving a form's choice field what can be chosen here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms


def offer(form: forms.Form, name: str, options: Sequence[tuple[str, Any]]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no choice field")
    field.choices = options
