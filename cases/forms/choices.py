"""Whether a form's fields are called optional."""

from __future__ import annotations

from django import forms


def needed_at_times(form: forms.Form, *names: str) -> None:
    """Fields that another answer makes necessary are not called optional (templates/components/field.html)."""
    for name in names:
        form.fields[name].unmarked = True  # type: ignore[attr-defined] # only the template reads it
