"""The bars against an oracle of their own: no row of somebody barred is visible, on no page, whatever else is granted."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import ForeignKey, Model
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from access import door
from access.protection import protected_models, protection_of
from access.request_transaction import set_partition, work
from cases.models import (
    Assignment,
    Case,
    Conflict,
    FollowUp,
    NamedAccess,
    Person,
    PersonIdentifier,
)
from cases.rules.identity_number import read_identity_number
from cases.services.case_seal import case_key
from cases.services.triage import Identity, open_case, register_person
from crypto.seal import seal
from tests.cases import hard_steps, steps, talk_steps
from tests.cases.hard_steps import NUMBER
from tests.cast import Cast

WORKERS = ("koordinator", "socialsekreterare", "chef")
LEVELS = ("none", "marked", "protected", "new_identity")
SEEN = (Case, Person, PersonIdentifier, FollowUp)
ONE = st.tuples(
    st.sampled_from(LEVELS),
    *(st.sets(st.sampled_from(WORKERS)) for _of in ("assigned", "named", "conflicted", "lapsed")),
)


def persons_behind(model: type[Model], *, deep: int = 3) -> bool:
    """Whether a row of the model hangs on a person by forward references: found without asking the bars."""
    targets = {
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is not model
    }
    return model is Person or any(
        target is Person
        or (deep and target._meta.app_label == "cases" and persons_behind(target, deep=deep - 1))
        for target in targets
    )


@pytest.mark.parametrize(
    "model", [m for m in protected_models() if persons_behind(m)], ids=lambda m: m.__name__
)
def test_every_model_that_hangs_on_a_person_asks_both_bars(cast: Cast, model: type[Model]) -> None:
    with work(cast.actor("koordinator")):
        bars = protection_of(model).bars
        for name in ("protected", "conflict"):
            asked = str(bars[name](cast.actor("koordinator")))
            assert "Exists" in asked, (model.__name__, name)


@pytest.mark.django_db
@settings(
    max_examples=8,
    phases=(Phase.generate,),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(graph=st.lists(ONE, min_size=1, max_size=2))
def test_nothing_of_a_barred_person_is_ever_visible(
    cast: Cast, graph: list[tuple[str, set[str], set[str], set[str], set[str]]]
) -> None:
    actors = {who: cast.actor(who) for who in WORKERS}
    with transaction.atomic():
        allowed: dict[str, set[UUID]] = {who: set() for who in WORKERS}
        for level, assigned, named, conflicted, lapsed in graph:
            case = one(
                cast,
                level,
                {"assigned": assigned, "named": named, "lapsed": lapsed, "conflicted": conflicted},
            )
            for who in WORKERS:
                kept_out = level != "none" and who not in named - lapsed
                if not kept_out and who not in conflicted:
                    allowed[who].add(case.pk)
        for who, actor in actors.items():
            with work(actor):
                for model in SEEN:
                    rows = list(door.visible(actor, model))
                    assert {case_behind(row) for row in rows} <= allowed[who], (who, model)
                shown = set(door.visible(actor, Case).values_list("pk", flat=True))
                mine = {c for c in allowed[who] if works_on(c, actor.member)}
                assert mine <= shown
        transaction.set_rollback(True)


def one(
    cast: Cast,
    level: str,
    who_is: dict[str, set[str]],
) -> Case:
    actor, now, today = cast.actor("koordinator"), timezone.now(), timezone.localdate()
    with work(actor):
        identity = Identity(name="A B", birth_date="", number=read_identity_number(NUMBER))
        person = register_person(actor=actor, identity=identity, now=now)
        case = open_case(actor=actor, person=person, now=now, today=today)
        Assignment.objects.filter(case=case).update(ended_at=now)
        Person.objects.filter(pk=person.pk).update(protection=level)
        place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
        key = case_key(case)
        for who in who_is["assigned"]:
            Assignment.objects.create(
                **place, case=case, membership=cast.membership(who), starts_on=today, ends_on=today
            )
        for who in who_is["named"]:
            yesterday = today - timedelta(days=1)
            row = uuid4()
            NamedAccess.objects.create(
                **place, id=row, person=person, membership=cast.membership(who),
                starts_on=yesterday, ends_on=yesterday if who in who_is["lapsed"] else today,
                named_by_id=actor.member, named_at=now,
                reason=seal("x", key=key, field="cases.named_access.reason", row_id=row),
            )  # fmt: skip
        for who in who_is["conflicted"]:
            row = uuid4()
            Conflict.objects.create(
                **place, id=row, about_user=cast.membership(who).user_id,
                membership=cast.membership(who), person=person, kind="declared",
                registered_by_id=actor.member, registered_at=now,
                reason=seal("x", key=key, field="cases.conflict.reason", row_id=row),
            )  # fmt: skip
    return case


def case_behind(row: object) -> UUID:
    if isinstance(row, Case):
        return row.pk
    if isinstance(row, FollowUp):
        return row.case_id
    person = row.pk if isinstance(row, Person) else row.person_id  # type: ignore[attr-defined]
    return Case.objects.get(person_id=person).pk


def works_on(case_id: UUID, membership_id: UUID) -> bool:
    mine = Assignment.objects.filter(case_id=case_id, membership_id=membership_id)
    return mine.filter(ended_at__isnull=True).exists()


def one_id_routes() -> list[str]:
    """Every route of the product that takes exactly one id."""
    return [
        pattern.name
        for resolver in get_resolver().url_patterns
        for pattern in getattr(resolver, "url_patterns", [resolver])
        if isinstance(pattern, URLPattern)
        and pattern.name
        and list(pattern.pattern.converters) == ["pk"]
    ]


def test_on_every_page_the_ids_of_somebody_barred_are_ids_that_do_not_exist(
    cast: Cast,
) -> None:
    who = "socialsekreterare"
    path = hard_steps.protected(cast)
    case = hard_steps.case_of(cast, path)
    with work(cast.actor("koordinator")):
        Assignment.objects.create(
            municipality_id=case.municipality_id, agency_id=case.agency_id, case=case,
            membership=cast.membership(who), starts_on=timezone.localdate(),
            ends_on=timezone.localdate(),
        )  # fmt: skip
    set_partition(cast.actor("koordinator"))
    ids = {case.pk, FollowUp.objects.get(case=case).pk}
    client = cast.client(who)
    tried = 0
    assert len(one_id_routes()) > 25
    for route in one_id_routes():
        nobody = client.get(reverse(route, args=[uuid4()]))
        for pk in ids:
            answer = client.get(reverse(route, args=[pk]))
            tried += 1
            assert (answer.status_code, len(answer.content)) == (
                nobody.status_code,
                len(nobody.content),
            ), (route, who)
            assert hard_steps.NAME not in answer.content.decode(), route
    assert tried == 2 * len(one_id_routes())


def test_lists_take_nothing_from_an_address_that_could_narrow_to_a_kind_of_person(
    cast: Cast,
) -> None:
    """Förordning (2001:637) 15 §: name, number and case number, by a form that is posted; nothing else, nowhere."""
    steps.released(cast)
    opened = talk_steps.opened(cast)
    params = "?" + "&".join(
        f"{name}={value}"
        for name in (
            "q",
            "term",
            "filter",
            "basis",
            "stage",
            "kind",
            "category",
            "protection",
            "order",
        )
        for value in ("active", "MENPROVNING")
    )
    for who, page in (
        ("koordinator", "/arenden/"), ("koordinator", "/inkommet/"), ("koordinator", "/"),
        ("chef", "/arenden/"), ("polis", "/delat-med-oss/"), ("koordinator", opened),
    ):  # fmt: skip
        client = cast.client(who)
        answers = [
            hard_steps.OPAQUE.sub("", client.get(page + more).content.decode().replace(params, ""))
            for more in ("", params)
        ]
        plain = [answer.replace("&amp;", "&").replace(params, "") for answer in answers]
        assert plain[0] == plain[1], page
