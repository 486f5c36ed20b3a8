"""A form shown once more after a colleague's change: the typed text stays, the version is the one now shown."""

from __future__ import annotations

from django import forms
from django.http import QueryDict


def seen_now(form: forms.Form, version: int) -> None:
    """The next press saves over `version`: the writer has been shown it."""
    if isinstance(form.data, QueryDict):
        data = form.data.copy()
        data["seen_version"] = str(version)
        form.data = data
