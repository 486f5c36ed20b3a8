"""The birth date of a case's person: written down where it is missing, and opened at night for 18th birthdays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_noop

from access import door
from access.actor import Actor, system_actor
from access.models import Agency
from access.policy import Action
from access.request_transaction import record, work
from cases.models import Assignment, Case, Consent, ConsentEvent, Person
from cases.models.case import ENDED_STAGES
from cases.models.consent import ENDING
from cases.rules.consent import eighteenth
from cases.services.case_seal import uid_of
from cases.services.consent import hold_case
from cases.services.consent_lapse import expire
from cases.services.guardian_end import end_guardians_at_eighteen
from crypto.keys import Scope, data_key
from crypto.seal import seal
from reminders.services import set_deadline
from reminders.working_days import local_date

GIVEN = ConsentEvent.Kind.GIVEN
# How long before it is reminded of at the earliest (reminders/rules.toml, turns_eighteen).
AHEAD = timedelta(days=60)


def write_birth_date(*, actor: Actor, case: Case, born: date) -> None:
    """For a person whose birth date nobody had written down."""
    person = door.open_one(actor, Person, case.person_id, lock=True)
    door.demand(actor, person, "identity", Action.WRITE)
    key = data_key(
        municipality_id=person.municipality_id,
        agency_id=person.agency_id,
        scope=Scope.PERSON,
        scope_id=person.id,
    )
    person.birth_date = seal(
        born.isoformat(), key=key, field=uid_of(Person, "birth_date"), row_id=person.id
    )
    person.save(update_fields=["birth_date"])
    record(
        "person.birth_date",
        object_type="cases.person",
        object_id=person.id,
        case=(case.id, case.number),
    )


def end_what_is_over(*, now: datetime) -> int:
    """Every consent whose last day is over, and every one that a guardian gave for somebody who is 18 now.

    In every agency's partition in turn, as a named system actor. Run late, or again, it ends each once. Gives how many.
    """
    return sum(_end_in(agency, now) for agency in Agency.objects.all())


def _end_in(agency: Agency, now: datetime) -> int:
    actor = system_actor(
        name=gettext_noop("Samtycken som går ut"),
        municipality_id=agency.municipality_id,
        agency_id=agency.id,
        agency_kind=agency.kind,
    )
    with work(actor):
        over = Consent.objects.filter(events__kind__in=ENDING, events__scope__isnull=True)
        held = Consent.objects.filter(events__kind=GIVEN).exclude(pk__in=over)
        cases = set(held.values_list("case_id", flat=True))
    ended = 0
    for case_id in sorted(cases):
        # A case at a time: one that somebody holds keeps nobody else waiting.
        with work(actor):
            ended += _end_in_case(actor, case_id, now)
    return ended


def _end_in_case(actor: Actor, case_id: UUID, now: datetime) -> int:
    case = Case.objects.select_for_update().get(pk=case_id)
    before = _open_consents(case)
    hold_case(case)
    resting = [one for one in _open_consents(case) if one.rests_on_guardians]
    ended = len(before) - len(_open_consents(case))
    if case.stage in ENDED_STAGES or not resting:
        return ended
    person = Person.objects.get(pk=case.person_id)
    written = door.open_for_system(actor, person, "birth_date", case=(case.id, case.number))
    if not written:
        return ended
    birthday, today = eighteenth(date.fromisoformat(written)), local_date(now)
    if birthday <= today:
        for consent in resting:
            consent.case = case
            expire(consent, turned_eighteen=True, now=now)
        end_guardians_at_eighteen(case, birthday)
        return ended + len(resting)
    if birthday <= today + AHEAD:
        _remind(case, resting[0], birthday, today)
    return ended


def _open_consents(case: Case) -> list[Consent]:
    """Given, and not ended by anything that has been noted."""
    over = Consent.objects.filter(events__kind__in=ENDING, events__scope__isnull=True)
    given = Consent.objects.filter(case=case, events__kind=GIVEN).exclude(pk__in=over)
    return list(given.distinct())


def _remind(case: Case, consent: Consent, birthday: date, today: date) -> None:
    leads = Assignment.objects.in_force(today).filter(case=case).order_by("-lead", "starts_on")
    lead = leads.first()
    if lead is not None:
        set_deadline(
            kind="turns_eighteen",
            subject_id=consent.id,
            label=case.number,
            route="case_detail",
            route_pk=case.id,
            responsible=lead.membership_id,
            due_on=birthday,
        )
