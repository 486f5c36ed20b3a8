"""Those who act in the benchmarks, and the cases they work on; all invented."""

from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from access.actor import Actor, actor_of
from access.models import Agency, AgencyKind, Membership, Municipality, Role, Unit
from access.models.directory import SecrecyRegime
from access.request_transaction import work
from cases.models import Assignment, Case, Person
from cases.services.host import may_hold_cases
from crypto.keys import DataKey, Scope, new_data_key
from crypto.seal import seal

FIRST_NAMES = [
    "Anna",
    "Åsa",
    "Björn",
    "Cecilia",
    "David",
    "Elsa",
    "Fatima",
    "Göran",
    "Hanna",
    "Ivar",
    "Jörgen",
    "Karin",
    "Lena",
    "Måns",
    "Nils",
    "Öyvind",
]
LAST_NAMES = [
    "Ahlberg",
    "Öberg",
    "Carlsson",
    "Dahl",
    "Ek",
    "Forsberg",
    "Grön",
    "Hede",
    "Ismail",
    "Jansson",
    "Källström",
    "Lind",
    "Moberg",
    "Nyström",
]


def coordinator() -> Actor:
    """A coordinator of the cast, where individual cases may be held."""
    coordinators = (
        Membership.objects.filter(role=Role.COORDINATOR)
        .select_related("user", "unit", "agency", "municipality")
        .order_by("starts_on", "id")
    )
    today = timezone.localdate()
    return next(actor_of(one) for one in coordinators if may_hold_cases(one.agency, today))


def another_municipality(number: int, like: Actor) -> Actor:
    """A coordinator of one more municipality, who is the same user."""
    municipality = Municipality.objects.create(code=f"99{number:02}", name=f"Provköping {number}")
    agency = Agency.objects.create(
        municipality=municipality,
        kind=AgencyKind.SOCIAL_SERVICES,
        name="Socialtjänsten",
        secrecy_regime=SecrecyRegime.OSL_26,
        hosts_sspf=True,
    )
    unit = Unit.objects.create(agency=agency, name="Mottagning")
    today = timezone.localdate()
    membership = Membership.objects.create(
        user_id=like.user,
        municipality=municipality,
        agency=agency,
        unit=unit,
        role=Role.COORDINATOR,
        starts_on=today,
        ends_on=today + timedelta(days=300),
    )
    return actor_of(
        Membership.objects.select_related("user", "unit", "agency", "municipality").get(
            pk=membership.pk
        )
    )


def name_of(number: int) -> str:
    """An invented name, its own among 28,000: 16 first names, 14 last names and 500 third words."""
    first, last = FIRST_NAMES[number % 16], LAST_NAMES[number // 16 % 14]
    return f"{first} {last} {_letters(number % 500)}"


def _letters(number: int) -> str:
    text = ""
    while True:
        text += "abcdefghij"[number % 10]
        number //= 10
        if not number:
            return text.title()


def add_cases(actor: Actor, number: int) -> list[Case]:
    """That many people, each with a sealed name, a data key of their own and a case the actor works on."""
    today, now = timezone.localdate(), timezone.now()
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    with work(actor):
        people = [_person(actor, place_in_row) for place_in_row in range(number)]
        Person.objects.bulk_create(people, batch_size=500)
        cases = [
            Case(**place, number=f"B-{at}-{uuid4().hex[:8]}", person=person, opened_at=now)
            for at, person in enumerate(people)
        ]
        Case.objects.bulk_create(cases, batch_size=500)
        Assignment.objects.bulk_create([_assignment(actor, case, today) for case in cases])
    return cases


def _person(actor: Actor, number: int) -> Person:
    key = _key(actor)
    return Person(
        id=key.scope_id,
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        name=seal(name_of(number), key=key, field="cases.person.name", row_id=key.scope_id),
        birth_date=seal(
            "2011-01-02", key=key, field="cases.person.birth_date", row_id=key.scope_id
        ),
        created_at=timezone.now(),
    )


def _key(actor: Actor) -> DataKey:
    return new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.PERSON,
        scope_id=uuid4(),
    )


def _assignment(actor: Actor, case: Case, today: date) -> Assignment:
    return Assignment(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        case=case,
        membership_id=actor.member,
        starts_on=today,
        ends_on=today + timedelta(days=100),
    )
