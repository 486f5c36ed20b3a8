"""Invented, neutral content for templates/components/gallery.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator


@dataclass(frozen=True)
class Acting:
    name: str = "Amina Lindqvist"
    role_label: str = "Socialsekreterare"
    unit_name: str = "Barn och unga"
    municipality_name: str = "Skara kommun"
    agency_kind: str = "social_services"


@dataclass(frozen=True)
class Told:
    level_tag: str = "success"

    def __str__(self) -> str:
        return "Mötet är flyttat till 3 december."


class Concern(forms.Form):
    harmed = forms.ChoiceField(
        label="Vet eller misstänker du att barnet far illa?",
        help_text="Då gäller anmälningsplikten. Vi visar hur du gör.",
        choices=[("no", "Nej"), ("unsure", "Vet inte"), ("yes", "Ja")],
        widget=forms.RadioSelect,
    )
    seen = forms.CharField(
        label="Vad har du sett eller hört?",
        help_text="Skriv det du själv har sett. Inga gissningar.",
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "Skriv här"}),
    )
    day = forms.DateField(label="När?", widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.CharField(label="Var?", required=False)
    known = forms.BooleanField(
        label="Vårdnadshavarna vet att jag hör av mig",
        help_text="Du får skriva även om de inte vet.",
        required=False,
    )
    told = forms.MultipleChoiceField(
        label="Vilka har du pratat med?",
        required=False,
        choices=[("mentor", "Mentor"), ("health", "Elevhälsan"), ("youth", "Fritidsgården")],
        widget=forms.CheckboxSelectMultiple,
    )
    by = forms.ChoiceField(
        label="Hur lämnades oron?",
        choices=[("self", "Skriven av mig"), ("phone", "Per telefon")],
    )
    paper = forms.FileField(label="Underskrivet papper", required=False)
    draft = forms.CharField(widget=forms.HiddenInput, required=False, initial="1")


class Code(forms.Form):
    code = forms.CharField(label="Kod")


def context() -> dict[str, Any]:
    broken = Concern({"seen": "", "day": "igår", "draft": "1"}, auto_id="wrong_%s")
    broken.add_error(None, "Någon annan sparade samtidigt. Läs igenom och skicka igen.")
    return {
        "actor": Acting(),
        "demo": True,
        "messages": [Told()],
        "memberships": [
            {
                "id": "8f14e45f-ceea-467f-9d2b-1c1f7f6a0c11",
                "role": "Samordnare",
                "unit": "Råd och stöd",
                "municipality": "Götene kommun",
                "waiting": 2,
            }
        ],
        "nav": [
            {"url": "/i-dag", "label": "I dag", "active": True},
            {"url": "/gallery/concern_new", "label": "Berätta om oro", "active": False},
            {"url": "/inkommen", "label": "Inkommen oro", "active": False},
            {"url": "/arenden", "label": "Ärenden", "active": False},
            {"url": "/insatser", "label": "Gemensamma insatser", "active": False},
        ],
        "crumbs": [{"label": "I dag", "url": "/i-dag"}, {"label": "Ärenden", "url": "/arenden"}],
        "steps": [
            {"label": "Ny", "state": "done", "note": "2 november"},
            {"label": "Väntar på samtycke", "state": "done", "note": "9 november"},
            {"label": "Pågår", "state": "current", "note": "Nästa: 26 november"},
            {"label": "Avslutad", "state": "later"},
        ],
        "sharing": [
            {
                "kind": "school",
                "name": "Björkskolan",
                "state": "shares",
                "since": "2026-11-09",
                "until": "2027-05-09",
                "basis": "Samtycke enligt 10 kap. 1 § OSL",
                "url": "#",
                "url_label": "Visa samtycket",
            },
            {
                "kind": "social_services",
                "state": "shares",
                "since": "2026-11-09",
                "basis": "Samtycke",
            },
            {"kind": "police", "state": "waits", "basis": "En underskrift saknas"},
            {"kind": "leisure", "state": "not"},
        ],
        "todo": [
            {
                "key": "late",
                "rows": [
                    {
                        "what": "Följ upp åtagandet om läxhjälp",
                        "case_number": "2026-0131",
                        "case_url": "#",
                        "due": "3 dagar sen",
                        "due_iso": "2026-11-18",
                        "verb": "Följ upp",
                        "url": "#",
                    }
                ],
            },
            {
                "key": "today",
                "rows": [
                    {
                        "what": "Samtycke att registrera",
                        "case_number": "2026-0147",
                        "case_url": "#",
                        "note": "två underskrifter",
                        "due": "i dag",
                        "verb": "Registrera",
                        "url": "#",
                    },
                    {
                        "what": "Ny oro att bedöma",
                        "due": "i dag kl. 15.00",
                        "verb": "Läs",
                        "url": "#",
                    },
                ],
            },
            {
                "key": "week",
                "rows": [
                    {
                        "what": "Nätverksmöte",
                        "case_number": "2026-0098",
                        "due": "torsdag 26 november",
                        "verb": "Förbered",
                        "url": "#",
                    }
                ],
            },
        ],
        "days": [
            {
                "heading": "lördag 21 november",
                "iso": "2026-11-21",
                "entries": [
                    {
                        "time": "10.42",
                        "title": "Samtycke registrerat",
                        "text": "Båda vårdnadshavarna har skrivit under.",
                        "kind": "social_services",
                        "by": "Amina Lindqvist",
                        "url": "#",
                        "url_label": "Läs",
                    },
                    {
                        "time": "09.15",
                        "title": "Åtagande klart",
                        "tag": "Hållet",
                        "tone": "good",
                        "kind": "school",
                        "by": "Björkskolan",
                    },
                ],
            },
            {
                "heading": "måndag 16 november",
                "iso": "2026-11-16",
                "entries": [{"time": "14.00", "title": "Nätverksmöte", "kind": "leisure"}],
            },
        ],
        "why": "Du är ansvarig handläggare i ärendet sedan 2 november.",
        "others": ["Din chef på Barn och unga", "Samordnaren på Råd och stöd"],
        "nobody": [],
        "facts": [
            {"term": "Ansvarig", "value": "Amina Lindqvist", "url": "#", "verb": "Byt"},
            {"term": "Verksamhet", "value": "Barn och unga", "kind": "social_services"},
            {"term": "Deltar", "lines": ["Björkskolan", "Fritidsgården Navet"]},
            {"term": "Original", "value": "I verksamhetssystemet, nr SON 2026/238"},
        ],
        "tones": [
            {"tone": "neutral", "label": "Ny"},
            {"tone": "active", "label": "Pågår"},
            {"tone": "wait", "label": "Väntar på samtycke"},
            {"tone": "good", "label": "Hållet"},
            {"tone": "late", "label": "Försenat"},
            {"tone": "stop", "label": "Stoppad"},
        ],
        "kinds": ["school", "social_services", "police", "leisure", "coordination"],
        "icons": ["note", "lock", "copy", "print", "arrow"],
        "next": [
            "Mötet den 3 december behöver nya deltagare.",
            "Det som redan är lämnat finns kvar hos polisen.",
        ],
        "form": Concern(),
        "broken": broken,
        "code": Code(),
        "cast": [
            {
                "id": "larare",
                "name": "Robin Ek",
                "role_label": "Lärare",
                "unit": "Björkskolan",
                "municipality": "Skara kommun",
            },
            {
                "id": "samordnare",
                "name": "Kim Sand",
                "role_label": "Samordnare",
                "unit": "Råd och stöd",
                "municipality": "Skara kommun",
            },
        ],
        "columns": [
            {"label": "Ärende"},
            {"label": "Läge"},
            {"label": "Nästa datum"},
            {"label": "Dagar", "numeric": True},
        ],
        "rows": [
            [
                {"url": "#", "text": "2026-0147"},
                {"tag": "Pågår", "tone": "active"},
                "2026-11-26",
                {"text": "5", "numeric": True},
            ],
            [
                {"url": "#", "text": "2026-0131"},
                {"tag": "Försenat", "tone": "late"},
                "2026-11-18",
                {"text": "−3", "numeric": True},
            ],
        ],
        "page": Paginator(range(30), 10).page(2),
        "bars": [
            {"label": "Skola", "value": "24 av 28", "percent": 86},
            {"label": "Socialtjänst", "value": "17 av 19", "percent": 89},
            {"label": "Polis", "value": "6 av 8", "percent": 75, "note": "två flyttade"},
            {"label": "Fritid", "value": "färre än 5", "percent": 10},
        ],
        "heat_columns": ["Morgon", "Dag", "Kväll", "Natt"],
        "heat": [
            {
                "label": "Stationen",
                "cells": [
                    {"value": "0", "heat": 0},
                    {"value": "färre än 5", "heat": 1},
                    {"value": "12", "heat": 3},
                    {"value": "21", "heat": 4},
                ],
            },
            {
                "label": "Parken",
                "cells": [
                    {"value": "0", "heat": 0},
                    {"value": "0", "heat": 0},
                    {"value": "7", "heat": 2},
                    {"value": "färre än 5", "heat": 1},
                ],
            },
        ],
        "points": [
            {"x": 80, "y": 156, "label": "2026-08-20", "value": "3"},
            {"x": 240, "y": 138, "label": "2026-09-24", "value": "4"},
            {"x": 400, "y": 120, "label": "2026-10-22", "value": "5"},
            {"x": 560, "y": 84, "label": "2026-11-19", "value": "7"},
        ],
        "copies": ["dig", "samordnaren", "Björkskolan"],
    }
