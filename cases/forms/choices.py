"""What a form's fields offer here and now, and whether they are called optional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# What was offered can be gone when the form comes: a colleague has left, a unit has ended. Django's own words show its key.
GONE = _("Det du valde går inte att välja längre. Välj igen.")


def offer(form: forms.Form, name: str, options: Sequence[tuple[str, Any]]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no choice field")
    field.choices = options
    field.error_messages["invalid_choice"] = GONE


def needed_at_times(form: forms.Form, *names: str) -> None:
    """Fields that another answer makes necessary are not called optional (templates/components/field.html)."""
    for name in names:
        form.fields[name].unmarked = True  # type: ignore[attr-defined] # only the template reads it
