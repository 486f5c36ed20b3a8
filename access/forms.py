"""Binding a form to what was sent, or to what was held when the session locked; what its fields offer here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from access.held import take_back

F = TypeVar("F", bound=forms.Form)
# What was offered can be gone when the form comes: a colleague has left, a unit has ended. Django's own words show its key.
GONE = _("Det du valde går inte att välja längre. Välj igen.")


def bound(request: HttpRequest, form_class: type[F], **kwargs: Any) -> F:
    """A form of what was posted; else of what the idle lock held; else empty."""
    if request.method == "POST":
        return form_class(request.POST, request.FILES or None, **kwargs)
    held = take_back(request)
    if held is not None:
        form = form_class(held, **kwargs)
        form.given_back = True  # type: ignore[attr-defined]  # for the template alone
        return form
    return form_class(**kwargs)


def offer(form: forms.Form, name: str, options: Sequence[tuple[str, Any]]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no choice field")
    field.choices = options
    field.error_messages["invalid_choice"] = GONE


class UnlockForm(forms.Form):
    code = forms.CharField(
        label=_("Engångskod"),
        help_text=_("Sex siffror från appen där du har din andra faktor."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Skriv koden från appen.")},
    )
