"""Rows of the world that are quicker written than typed: protection, conflicts of interest, siblings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from access import door
from access.actor import actor_of
from access.models import Membership
from access.request_transaction import work
from cases.models import (
    BreakGlass,
    Case,
    Conflict,
    Guardian,
    Meeting,
    NamedAccess,
    ProtectionChange,
    Sibling,
)
from cases.services.case_seal import seal_texts
from cases.services.commitment import Promise, make_commitment
from cases.services.meeting import MeetingText, hold_meeting, plan_meeting
from crypto.keys import Scope, data_key
from crypto.seal import seal
from tests.cases.talk_steps import id_in
from tests.crawl.people import Town


def _sealed(case: Case, model: type[Any], name: str, text: str, row_id: Any) -> Any:
    """Under the person's key."""
    key = data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.PERSON,
        scope_id=case.person_id,
    )
    uid = model._meta.get_field(name).uid
    return seal(text, key=key, field=uid, row_id=row_id)


def _place(case: Case) -> dict[str, Any]:
    return {"municipality_id": case.municipality_id, "agency_id": case.agency_id}


def _make(case: Case, model: type[Any], **values: Any) -> None:
    row_id = uuid4()
    reason = _sealed(case, model, "reason", "Skäl", row_id)
    model.objects.create(id=row_id, **_place(case), reason=reason, **values)


def named(case_path: str, town: Town, *, who: tuple[str, ...]) -> None:
    """These may see the protected person of the case; how the level was set stands beside it."""
    lead, today = town.member("coordinator"), timezone.localdate()
    with work(actor_of(lead)):
        case = Case.objects.get(pk=id_in(case_path))
        for one in who:
            _make(
                case,
                NamedAccess,
                person_id=case.person_id,
                membership=town.member(one),
                starts_on=today,
                ends_on=today + timedelta(days=90),
                named_by=lead,
                named_at=timezone.now(),
            )
        _make(
            case,
            ProtectionChange,
            person_id=case.person_id,
            from_level="none",
            to_level="protected",
            lowers=False,
            state="done",
            set_by=lead,
            set_by_user=lead.user_id,
            set_at=timezone.now(),
        )


def conflict(case_path: str, town: Town, *, who: str) -> None:
    """Somebody who works on the case knows the family."""
    lead, about = town.member("coordinator"), town.member(who)
    with work(actor_of(lead)):
        case = Case.objects.get(pk=id_in(case_path))
        _make(
            case,
            Conflict,
            about_user=about.user_id,
            membership=about,
            person_id=case.person_id,
            kind="declared",
            registered_by=lead,
            registered_at=timezone.now(),
        )


def opened(case_path: str, town: Town, who: Membership) -> None:
    """A break-glass opening by a colleague who does not work on the case, in force for as long as the tests run."""
    now = timezone.now()
    with work(actor_of(town.member("coordinator"))):
        case, row_id = Case.objects.get(pk=id_in(case_path)), uuid4()
        texts = {"words": "Akut läge", "note": "Granskad"}
        BreakGlass.objects.create(
            id=row_id,
            **_place(case),
            case=case,
            membership=who,
            unit=who.unit,
            opened_by_user=who.user_id,
            reason="fara_liv_hälsa",
            opened_at=now,
            until=now + timedelta(days=1),
            reviewer=town.member("manager"),
            reviewed_by=town.member("manager"),
            reviewed_by_user=town.member("manager").user_id,
            reviewed_at=now,
            outcome="rätt",
            **seal_texts(case, model=BreakGlass, row_id=row_id, texts=texts),
        )


def meeting(case_path: str, town: Town, *, held: bool) -> None:
    """The officer and the teacher are called; of one that was held there are minutes."""
    actor, now = actor_of(town.member("coordinator")), timezone.now()
    with work(actor):
        case = door.open_one(actor, Case, id_in(case_path))
        planned = plan_meeting(
            actor=actor,
            case=case,
            form_id=uuid4(),
            planned_for=now + timedelta(days=9),
            text=MeetingText(about="Eftermiddagarna", place="Biblioteket", family="Mamma"),
            invited=[town.member("officer"), town.member("teacher")],
            now=now,
        )
        if held:
            hold_meeting(
                actor=actor,
                meeting=door.open_one(actor, Meeting, planned.pk),
                minutes="Musikgruppen på torsdagar",
                came=(),
                seen_version=planned.version,
                now=now,
            )


def promised(case_path: str, town: Town, *, guardian: bool) -> None:
    """By the young person or a guardian; the worker is to remind."""
    actor, now = actor_of(town.member("coordinator")), timezone.now()
    with work(actor):
        case = door.open_one(actor, Case, id_in(case_path))
        by = Guardian.objects.filter(person_id=case.person_id).first() if guardian else None
        make_commitment(
            actor=actor,
            case=case,
            form_id=uuid4(),
            promise=Promise(
                text="Ringer hem före tio",
                due_on=timezone.localdate() + timedelta(days=9),
                adult=town.member("worker").id,
                guardian=by.id if by else None,
            ),
            now=now,
        )


def siblings(first: Case, second: Case, lead: Membership) -> None:
    with work(actor_of(lead)):
        Sibling.objects.create(
            **_place(first),
            one_id=min(first.person_id, second.person_id),
            other_id=max(first.person_id, second.person_id),
            **_known(Sibling, lead),
        )


def _known(model: type[Any], lead: Membership) -> dict[str, Any]:
    """Who noted it and when, under whatever names the model has for that."""
    names = {field.name for field in model._meta.get_fields()}
    values = {"noted_by": lead, "noted_at": timezone.now(), "created_at": timezone.now()}
    return {name: value for name, value in values.items() if name in names}
