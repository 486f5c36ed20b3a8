"""The case: what exists for me, the next step, who shares, and what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from access import door
from access.actor import ActingRequest, Actor
from access.models import Agency, AgencyKind
from access.policy import Action
from cases.models import (
    Attachment,
    Case,
    Concern,
    Consent,
    Conversation,
    Disclosure,
    FollowUp,
    FollowUpState,
    Meeting,
    Person,
    Summary,
)
from cases.models.case import ENDED_STAGES
from cases.rules.codes import words
from cases.rules.protection import level
from cases.services.assignment import people_on
from cases.services.case_stop import stage_on
from cases.services.conflict import note_same_surname
from cases.services.sibling import siblings_of
from cases.views.case_next import is_live, next_notice
from cases.views.case_parts import (
    case_entries,
    disclosed_line,
    sharing_rows,
    stage_steps,
    timeline_days,
    with_disclosures,
)
from cases.views.commitment_words import commitments_of
from cases.views.consent_parts import consent_row, may_begin
from cases.views.host import needs_host
from cases.views.uncounted_page import uncounted_page

# More than most work with at a time, and few enough to open at once.
A_PAGE = 50
# The list is of what one works on; what an emergency opening shows is on the opening's own page.
AT_WORK = frozenset({"assigned"})
PARTS = (
    "cases/conversation_part.html",
    "cases/commitment_part.html",
    "cases/follow_up_part.html",
    "cases/meeting_part.html",
    "cases/attachment_part.html",
)


@require_GET
@needs_host
def case_list(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    page = uncounted_page(door.listed(actor, Case), request.GET.get("page"), A_PAGE)
    cases = page.rows
    shown = door.reveal(actor, cases, door.Purpose.LIST)
    people = {
        person.row.id: person
        for person in door.reveal(
            actor,
            door.listed(actor, Person, through=AT_WORK).filter(
                pk__in={case.person_id for case in cases}
            ),
            door.Purpose.LIST,
            damaged=True,
        )
    }
    ahead = door.reveal(
        actor,
        door.listed(actor, FollowUp, through=AT_WORK)
        .filter(state=FollowUpState.PLANNED, case__in=cases)
        .select_related("case"),
        door.Purpose.LIST,
        groups=(),
    )
    dates = {one.row.case_id: one.row for one in ahead}
    rows = [
        {
            "case": case,
            "person": people.get(case.row.person_id),
            "next": dates.get(case.row.id),
        }
        for case in shown
    ]
    context = {
        "rows": rows,
        "page": page,
        "shows_names": bool(people),
        "shows_dates": bool(dates),
        "today": timezone.localdate(),
    }
    return render(request, "cases/case_list.html", context)


@require_GET
def case_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    case = door.open_one(actor, Case, pk)
    context = case_context(actor, case, today=timezone.localdate())
    return render(request, "cases/case_detail.html", context)


def case_context(actor: Actor, case: Case, *, today: date) -> dict[str, Any]:
    """Each part holds what this actor may read of it; a part that is closed isn't there at all."""
    head = door.reveal_one(actor, case, door.Purpose.CASE_WORK)
    of_level = level(case.person.protection, today)
    person_row = door.visible(actor, Person).filter(pk=case.person_id).first()
    person = (
        door.reveal_one(actor, person_row, door.Purpose.CASE_WORK, damaged=True)
        if person_row
        else None
    )
    if person is not None:
        note_same_surname(actor, case, person.name)
    concerns = _parts(actor, Concern, case)
    consents = _parts(actor, Consent, case, "scopes", "scopes__events", "events", "signers")
    summaries = _parts(actor, Summary, case, "author__user", "approved_by__user", "readers")
    disclosures = _parts(actor, Disclosure, case, "decided_by__user", "end", groups=())
    agencies = list(
        Agency.objects.filter(municipality_id=case.municipality_id)
        .exclude(pk=case.agency_id)
        .exclude(kind=AgencyKind.COORDINATION)
    )
    conversations = _parts(actor, Conversation, case, "saved_by__user", groups=())
    follow_ups = _parts(actor, FollowUp, case, "responsible__user", "held_by__user")
    meetings = _parts(actor, Meeting, case, groups=())
    attachments = _parts(actor, Attachment, case, "uploaded_by__user")
    planned = next((f.row for f in follow_ups if f.row.state == FollowUpState.PLANNED), None)
    reads = door.may(actor, case, "case", Action.READ)
    works_here = door.may(actor, case, "case", Action.WRITE) and case.stage not in ENDED_STAGES
    stage = stage_on(case, today)
    next_step = next_notice(
        actor,
        case,
        consents=consents,
        summaries=summaries,
        conversations=conversations,
        planned=planned,
        works_here=works_here,
        today=today,
    )
    asked_for = reverse("consent_new", kwargs={"pk": case.pk})
    return {
        "case": head,
        "person": person,
        "person_level": of_level if of_level.closes else None,
        "sees_protection": door.may(actor, case, "protection", Action.READ),
        "may_declare": door.may(actor, case, "conflict", Action.CREATE),
        "siblings": siblings_of(actor, case),
        "may_link": works_here and door.may(actor, case, "sibling", Action.CREATE),
        "stage": stage,
        "steps": stage_steps(stage),
        "concerns": concerns,
        "consents": consents,
        "consent_rows": [
            consent_row(actor, one, today, youth_name=person.name if person else "")
            for one in consents
        ],
        "summaries": summaries,
        "disclosures": [disclosed_line(one.row) for one in disclosures],
        "sharing": with_disclosures(sharing_rows(consents, agencies, today), disclosures, today),
        "conversations": conversations,
        "follow_ups": [f for f in follow_ups if f.row.state == FollowUpState.HELD],
        "meetings": meetings,
        "commitments": commitments_of(actor, case, today=today),
        "may_promise": works_here and door.may(actor, case, "commitment", Action.CREATE),
        "attachments": attachments,
        "may_attach": door.may(actor, case, "attachment", Action.CREATE)
        and case.stage not in ENDED_STAGES,
        "planned": planned,
        "late": planned is not None and planned.due_on < today,
        "parts": PARTS,
        "next_step": next_step,
        "people": people_on(case, today=today) if reads else [],
        "closed_because": words("close_reason", case.close_reason)
        if reads and case.close_reason
        else "",
        "timeline": timeline_days(
            concerns, consents, disclosures, case_entries(case, conversations, follow_ups)
        )
        if reads
        else [],
        "works_here": works_here,
        # Where it is the next step, its button stands there already.
        "offers_consent": works_here
        and may_begin(actor, case)
        and not (next_step and next_step["url"] == asked_for),
        "consented": any(is_live(one.row, today) for one in consents),
        "may_withdraw": works_here and door.may(actor, case, "consent_end", Action.CREATE),
        "may_appoint": door.may(actor, case, "appointment", Action.CREATE),
        "may_invite": works_here and door.may(actor, case, "meeting", Action.CREATE),
    }


def _parts(
    actor: Actor, model: Any, case: Case, *related: str, groups: Sequence[str] | None = None
) -> list[door.Revealed[Any]]:
    rows = door.visible(actor, model).filter(case=case).select_related("case")
    rows = rows.prefetch_related(*related) if related else rows
    return door.reveal(actor, rows, door.Purpose.CASE_WORK, groups=groups, damaged=True)
