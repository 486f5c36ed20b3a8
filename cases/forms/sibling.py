"""Noting that a sibling has a case too."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SiblingForm(forms.Form):
    number = forms.CharField(
        label=_("Syskonets ärendenummer"),
        help_text=_("Ett ärende som du själv arbetar i, som S26-7KQ2M."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Skriv ärendets nummer.")},
    )
