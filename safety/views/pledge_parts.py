"""A pledge as sections by promiser: the same shape for the draft inside and the snapshot outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import figures
from safety.models import Activity, ActivityStatus, Pledge, Promiser
from safety.services.publication import activity_snapshot

HEADINGS: Mapping[str, Any] = {
    Promiser.MUNICIPALITY.value: gettext_lazy("Kommunen lovar"),
    Promiser.POLICE.value: gettext_lazy("Polisen lovar"),
    Promiser.TOGETHER.value: gettext_lazy("Tillsammans lovar vi"),
}
TONES = {
    ActivityStatus.PLANNED.value: "neutral",
    ActivityStatus.ONGOING.value: "active",
    ActivityStatus.DONE.value: "good",
    ActivityStatus.DROPPED.value: "stop",
}


def sections_of_snapshot(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the public reads."""
    promises = [
        promise | {"activities": [_shown(activity) for activity in promise["activities"]]}
        for promise in snapshot["promises"]
    ]
    return _by_promiser(promises, [_shown(activity) for activity in snapshot["whole"]])


def sections_of(
    pledge: Pledge, links: Callable[[Activity], dict[str, str]]
) -> list[dict[str, Any]]:
    """What those who work with it read: figures are named, and counted only when published."""
    activities = [
        (a, _shown(activity_snapshot(a, {}) | links(a), counted_later=_labels(a)))
        for a in pledge.activities.select_related("owner_unit__agency").prefetch_related(
            "follow_ups"
        )
    ]
    promises = [
        {
            "promiser": promise.promiser,
            "text": promise.text,
            "recurs_from": promise.recurs_from.pledge.year if promise.recurs_from else None,
            "activities": [shown for a, shown in activities if a.promise_id == promise.id],
        }
        for promise in pledge.promises.select_related("recurs_from__pledge")
    ]
    return _by_promiser(promises, [shown for a, shown in activities if a.promise_id is None])


def _by_promiser(
    promises: list[dict[str, Any]], whole: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    sections = [
        {"key": key, "heading": heading, "promises": [p for p in promises if p["promiser"] == key]}
        for key, heading in HEADINGS.items()
    ]
    if whole:
        everything = {"text": "", "recurs_from": None, "activities": whole}
        sections.append(
            {"key": "whole", "heading": _("För hela medborgarlöftet"), "promises": [everything]}
        )
    return [section for section in sections if section["promises"]]


def _labels(activity: Activity) -> list[str]:
    known = figures.registered()
    return [known[key] for key in activity.figure_keys if key in known]


def _shown(activity: Mapping[str, Any], *, counted_later: Sequence[str] = ()) -> dict[str, Any]:
    """An activity with its facts in words."""
    facts: list[dict[str, Any]] = []
    if activity["unit"]:
        facts.append(
            {"term": _("Ansvarig"), "value": activity["unit"], "kind": activity["agency_kind"]}
        )
    if activity["due_on"]:
        facts.append({"term": _("Klart senast"), "value": day(activity["due_on"])})
    if activity["indicator"]:
        facts.append({"term": _("Så märks det"), "value": activity["indicator"]})
    facts += [
        {"term": _(figure["label"]), "value": _told(figure)} for figure in activity["figures"]
    ]
    if counted_later:
        facts.append({"term": _("Räknas vid publicering"), "lines": counted_later})
    notes = [f"{day(note['on'])}: {note['text']}" for note in activity["follow_ups"]]
    if notes:
        facts.append({"term": _("Uppföljning"), "lines": notes})
    if activity["result"]:
        facts.append({"term": _("Vad det ledde till"), "value": activity["result"]})
    status = ActivityStatus(activity["status"])
    return {
        "what": activity["what"],
        "facts": facts,
        "status": status.label,
        "tone": TONES[status.value],
        "change_url": activity.get("change_url", ""),
        "follow_up_url": activity.get("follow_up_url", ""),
    }


def _told(figure: Mapping[str, Any]) -> str:
    if figure["count"] is None:
        return _("färre än 5 (till och med %(day)s)") % {"day": day(figure["until"])}
    return _("%(count)s (till och med %(day)s)") % {
        "count": figure["count"],
        "day": day(figure["until"]),
    }


def day(iso: str) -> str:
    """Like "30 juni 2027"."""
    return date_format(date.fromisoformat(iso), "j F Y")
