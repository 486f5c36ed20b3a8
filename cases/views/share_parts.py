"""What the steps of Dela have in common: whom it is about, what was typed in the other steps, the facts on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import QueryDict

from cases.forms.share import WhoForm
from cases.models import Case

NEVER_CARRIED = frozenset({"csrfmiddlewaretoken", "act"})
# Fields of which more than one answer is kept.
SEVERAL = frozenset({"readers", "kind"})


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the one it is about; empty where the agency has no case."""

    case: Case | None
    name: str
    born: date | None


def carried(data: Any, *forms: Any, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """What was typed in the other steps, as hidden fields."""
    if not isinstance(data, QueryDict):
        return []
    shown = {name for form in forms for name in form.fields} | NEVER_CARRIED | set(without)
    return [(name, value) for name, values in data.lists() if name not in shown for value in values]


def typed(data: Any) -> dict[str, Any]:
    """What was typed, as a form begins with it."""
    if not isinstance(data, QueryDict):
        return {}
    return {
        name: values if name in SEVERAL else values[-1]
        for name, values in data.lists()
        if name not in NEVER_CARRIED
    }


def sent_once(data: Any) -> UUID:
    """The token of the form, so that one sent twice is told once; a new one where there is none yet."""
    try:
        return UUID(data.get("token", ""))
    except ValueError:
        return uuid4()


def facts(about: About, who: WhoForm) -> dict[str, Any]:
    return {
        "case": about.case,
        "unit": who.unit,
        "receiver": who.receiver,
        "kind_words": ", ".join(who.labels[kind] for kind in who.kinds).lower(),
        "happened_on": who.cleaned_data["happened_on"],
    }
