"""Parts of the case page that are worked out from what was revealed: steps, sharing strip, timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.door import Revealed
from access.models import Agency
from cases.models import Consent, ConsentEvent, Disclosure, Stage
from cases.models.concern import Concern

LINE = (Stage.NEW, Stage.AWAITING_CONSENT, Stage.ACTIVE, Stage.CLOSED)
STOPPED = {Stage.FROZEN: Stage.ACTIVE, Stage.RESTING: Stage.ACTIVE, Stage.DECLINED: Stage.CLOSED}


def stage_steps(stage: Stage) -> list[dict[str, Any]]:
    """The line of stages with the current one named; a side state stands where it left the line."""
    at = LINE.index(STOPPED.get(stage, stage))
    steps = []
    for place, step in enumerate(LINE):
        state = "done" if place < at else "later"
        label = step.label
        if place == at:
            state, label = ("stopped" if stage in STOPPED else "current"), stage.label
        steps.append({"label": label, "state": state})
    return steps


def sharing_rows(
    consents: Sequence[Revealed[Consent]], agencies: Sequence[Agency], today: date
) -> list[dict[str, Any]]:
    """One row an agency that could take part: shares, does not, or waits for consent."""
    rows = []
    for agency in agencies:
        covering = [
            (consent.row, scope)
            for consent in consents
            for scope in consent.row.scopes.all()
            if scope.covers_agency == agency.id
        ]
        if not covering:
            rows.append({"kind": agency.kind, "name": agency.name, "state": "waits"})
            continue
        live = [
            consent
            for consent, scope in covering
            if consent.valid_from <= today <= consent.valid_to
            and not any(e.kind == ConsentEvent.Kind.WITHDRAWN for e in scope.events.all())
        ]
        rows.append(
            {
                "kind": agency.kind,
                "name": agency.name,
                "state": "shares",
                "since": live[0].valid_from.isoformat(),
                "until": live[0].valid_to.isoformat(),
                "basis": _("Samtycke (12 kap. 2 § OSL)"),
            }
            if live
            else {"kind": agency.kind, "name": agency.name, "state": "not"}
        )
    return rows


def timeline_days(
    concerns: Sequence[Revealed[Concern]],
    consents: Sequence[Revealed[Consent]],
    disclosures: Sequence[Revealed[Disclosure]],
    more: Sequence[tuple[datetime, str, str]] = (),
) -> list[dict[str, Any]]:
    """What happened, newest first, by day. `more`: (when, title, text) from other parts of the case."""
    happened: list[tuple[datetime, str, str]] = [*more]
    happened += [
        (concern.row.received_at, _("Orossignal kom in"), concern.row.number) for concern in concerns
    ]
    for consent in consents:
        for event in _events(consent.row):
            happened.append((event.at, _("Samtycke: %s") % event.get_kind_display().lower(), ""))
    for disclosure in disclosures:
        row = disclosure.row
        happened.append((row.decided_at, _("Utlämnat till %s") % row.to_agency_name, row.to_names))
        if hasattr(row, "end"):
            happened.append(
                (row.end.ended_at, _("Utlämnandet till %s upphörde") % row.to_agency_name, "")
            )
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for at, title, text in sorted(happened, key=lambda entry: entry[0], reverse=True):
        local = timezone.localtime(at)
        days[local.date()].append({"time": f"{local:%H.%M}", "title": title, "text": text})
    return [
        {"heading": date_format(day, "l j F"), "iso": day.isoformat(), "entries": entries}
        for day, entries in days.items()
    ]


def _events(consent: Consent) -> list[ConsentEvent]:
    return list(consent.events.all())
