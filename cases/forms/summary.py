"""A new wording of what is proposed to be shared."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SummaryTextForm(forms.Form):
    about = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Så som mottagaren behöver veta det: förnamn och födelseår räcker ofta."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
    )
    body = forms.CharField(
        label=_("Sammanfattning"),
        help_text=_("Mottagaren ser exakt den här texten och inget annat."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Skriv sammanfattningen.")},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
