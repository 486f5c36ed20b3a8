"""The hidden token that makes a form sent twice one row (cases/services/once.py)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms


class OnceForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = uuid4

    def clean_token(self) -> Any:
        return self.cleaned_data["token"] or uuid4()
