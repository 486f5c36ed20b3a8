"""Parts of the case page that are worked out from what was revealed: steps, sharing strip, timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.door import Revealed
from access.models import Agency
from cases.models import (
    Case,
    Concern,
    Consent,
    ConsentEvent,
    Conversation,
    ConversationState,
    Disclosure,
    FollowUp,
    FollowUpState,
    Stage,
)
from cases.rules.codes import words
from cases.rules.consent_state import GRANTS, UNSIGNED, ConsentState, consent_state
from cases.rules.legal_basis import version_of
from cases.views.consent_timeline import consent_lines

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
    states = {consent.row.id: consent_state(consent.row, today) for consent in consents}
    return [
        _sharing_row(agency, [consent.row for consent in consents], states, today)
        for agency in agencies
    ]


def _sharing_row(
    agency: Agency, consents: Sequence[Consent], states: dict[UUID, ConsentState], today: date
) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": agency.kind, "name": agency.name}
    covering = [
        (consent, scope)
        for consent in consents
        for scope in consent.scopes.all()
        if scope.covers_agency == agency.id
    ]
    live = [
        consent
        for consent, scope in covering
        if states[consent.id] in GRANTS
        and consent.valid_from <= today
        and not any(e.kind == ConsentEvent.Kind.WITHDRAWN for e in scope.events.all())
    ]
    if live:
        return row | {
            "state": "shares",
            "since": live[0].valid_from.isoformat(),
            "until": live[0].valid_to.isoformat(),
            "basis": _("Samtycke (12 kap. 2 § OSL)"),
        }
    # Before any consent every agency waits for one; after it, those that somebody is asked about.
    waits = not consents or any(states[consent.id] in UNSIGNED for consent, _scope in covering)
    return row | {"state": "waits" if waits else "not"}


def disclosed_line(row: Disclosure) -> dict[str, Any]:
    """A row of the register with its basis in words, and its end where it has one."""
    return {
        "row": row,
        "rule": version_of(row.basis, row.basis_version),
        "end": getattr(row, "end", None),
    }


def with_disclosures(
    rows: Sequence[dict[str, Any]], disclosures: Sequence[Revealed[Disclosure]], today: date
) -> list[dict[str, Any]]:
    """What was handed over on another basis than consent shares too: with that basis, and from when until when."""
    live: dict[str, Disclosure] = {}
    for one in disclosures:
        if getattr(one.row, "end", None) is None and one.row.until >= today:
            live.setdefault(one.row.to_agency_name, one.row)
    shown = []
    for row in rows:
        disclosed = live.get(str(row["name"]))
        if row["state"] == "shares" or disclosed is None:
            shown.append(row)
            continue
        rule = version_of(disclosed.basis, disclosed.basis_version)
        shown.append(
            row
            | {
                "state": "shares",
                "since": timezone.localdate(disclosed.decided_at).isoformat(),
                "until": disclosed.until.isoformat(),
                "basis": f"{rule.title} ({rule.provision})",
            }
        )
    return shown


class Entry(NamedTuple):
    """Something that happened; `timed` is False where only the day is known."""

    at: datetime
    title: str
    text: str = ""
    url: str = ""
    timed: bool = True


def timeline_days(
    concerns: Sequence[Revealed[Concern]],
    consents: Sequence[Revealed[Consent]],
    disclosures: Sequence[Revealed[Disclosure]],
    more: Sequence[Entry] = (),
) -> list[dict[str, Any]]:
    """What happened, newest first, by day. `more` comes from other parts of the case."""
    happened: list[Entry] = [*more]
    happened += [
        Entry(concern.row.received_at, _("Orossignal kom in"), concern.row.number)
        for concern in concerns
    ]
    for consent in consents:
        happened += [Entry(at, title, text) for at, title, text in consent_lines(consent.row)]
    for disclosure in disclosures:
        row = disclosure.row
        happened.append(
            Entry(row.decided_at, _("Utlämnat till %s") % row.to_agency_name, row.to_names)
        )
        if hasattr(row, "end"):
            title = _("Utlämnandet till %s upphörde") % row.to_agency_name
            happened.append(Entry(row.end.ended_at, title))
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for entry in sorted(happened, key=lambda entry: entry.at, reverse=True):
        local = timezone.localtime(entry.at)
        days[local.date()].append(
            {
                "time": f"{local:%H.%M}" if entry.timed else "",
                "title": entry.title,
                "text": entry.text,
                "url": entry.url,
            }
        )
    return [
        {"heading": date_format(day, "l j F"), "iso": day.isoformat(), "entries": entries}
        for day, entries in days.items()
    ]


def case_entries(
    case: Case,
    conversations: Sequence[Revealed[Conversation]],
    follow_ups: Sequence[Revealed[FollowUp]],
) -> list[Entry]:
    """Opened, invited, talked, followed up, closed. An invitation that led to nothing is told neutrally."""
    entries = [Entry(case.opened_at, _("Ärendet öppnades"))]
    for shown in conversations:
        entries += _of_conversation(shown.row)
    for follow_up in follow_ups:
        row = follow_up.row
        if row.state == FollowUpState.HELD and row.held_at and row.held_by:
            url = reverse("follow_up", args=[row.pk])
            entries.append(Entry(row.held_at, _("Uppföljning"), row.held_by.user.name, url))
    if case.closed_at:
        reason = words("close_reason", case.close_reason)
        entries.append(Entry(case.closed_at, _("Ärendet avslutades"), reason))
    return entries


def _of_conversation(row: Conversation) -> list[Entry]:
    url = reverse("conversation_detail", args=[row.pk])
    kind = words("conversation_kind", row.kind)
    entries = []
    if row.held_on and row.state == ConversationState.HELD:
        outcome = words("conversation_outcome", row.outcome)
        entries.append(Entry(_midday(row.held_on), _("Orossamtal"), outcome, url, timed=False))
    # After the talk, so that it stands below it where both fell on one day.
    entries.append(
        Entry(_midday(row.invited_on), _("Inbjudan till orossamtal"), kind, url, timed=False)
    )
    return entries


def _midday(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
