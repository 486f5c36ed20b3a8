"""Every word of the policy, as it is written once for everybody, is what Django makes of it for the one who asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db.models import Exists, ExpressionWrapper, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from access.actor import Actor
from access.marks import CONDITION, READING, RELATION, TRUE, terms_of
from access.models import Role
from access.policy import Action
from access.protection import protected_models, protection_of
from access.written import Word, Written, written
from cases.models import Case, FollowUp, Person

IDS = ("membership_id", "user_id", "unit_id", "agency_id", "municipality_id")


def somebody(role: str) -> Actor:
    said: dict[str, Any] = {field.name: "" for field in fields(Actor)}
    return Actor(**said | {"role": role} | {name: uuid4() for name in IDS})


def words() -> Iterator[tuple[type[Model], Word]]:
    for model in protected_models():
        protection = protection_of(model)
        for part in (protection.relations, protection.conditions, protection.bars):
            for word in part.values():
                yield model, word


def is_written(word: Q) -> bool:
    return isinstance(word.children[0], Written)


def asked(rows: QuerySet[Any]) -> tuple[str, tuple[object, ...]]:
    """The query without the names of aliases in a written word, and without brackets."""
    sql, parameters = rows.query.sql_with_params()
    return re.sub(r"word_|[()]", "", sql), tuple(parameters)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.POLICE_OFFICER])
@pytest.mark.parametrize("negated", [False, True])
def test_a_word_is_the_same_written_once_as_built_for_the_one_who_asks(
    db: None,
    role: Role,
    negated: bool,
) -> None:
    compared = 0
    # The second is put into what was written for the first.
    for actor in (somebody(role), somebody(role)):
        for model, word in words():
            mine = written(word, actor, model, negated=negated)
            if is_written(mine):
                built = ~word(actor) if negated else word(actor)
                rows = model._default_manager.all()
                assert asked(rows.filter(mine)) == asked(rows.filter(built))
                compared += 1
    assert compared > 100


def test_within_another_query_it_is_about_the_row_of_its_own(db: None) -> None:
    word = protection_of(Case).bars["protected"]
    actor = somebody(Role.COORDINATOR)
    mine = Case.objects.filter(written(word, actor, Case), person=OuterRef("pk"))
    sql = str(Person.objects.filter(Exists(mine)).query)
    assert 'word_V0."id" = (U0."person_id")' in sql
    names = re.findall(r'FROM "cases_\w+" (\w*U0|\w*V0)\b', sql)
    assert sorted(names) == ["U0", "word_U0", "word_V0"]


def test_what_names_a_moment_and_what_joins_is_built_each_time(db: None) -> None:
    actor = somebody(Role.COORDINATOR)
    anew = {
        (model._meta.label_lower, name)
        for model in protected_models()
        for name, word in protection_of(model).relations.items()
        if not is_written(written(word, actor, model))
    }
    assert {("cases.person", "break_glass"), ("cases.feedbackanswer", "author")} <= anew
    assert ("cases.case", "assigned") not in anew


def test_another_day_is_another_text_and_the_system_has_none(db: None) -> None:
    actor, word = somebody(Role.COORDINATOR), protection_of(Case).relations["assigned"]
    today = timezone.localdate()
    for day in (today, today + timedelta(days=1)):
        with time_machine.travel(timezone.now() + (day - today)):
            _sql, parameters = asked(Case.objects.filter(written(word, actor, Case)))
        assert day in parameters
    joint = lambda actor: Q(municipality_id=actor.municipality_id)  # noqa: E731
    assert is_written(written(joint, actor, Case))
    assert not is_written(written(joint, replace(actor, membership_id=None), Case))


def test_only_what_holds_for_every_row_is_not_asked_of_each(db: None) -> None:
    one_way = terms_of(somebody(Role.COORDINATOR), Case).marks(Action.LIST)
    assert one_way[RELATION + "assigned"] is TRUE
    more = terms_of(somebody(Role.MANAGER), Case).marks(Action.LIST)
    assert len([name for name in more if name.startswith(RELATION)]) > 1
    assert all(isinstance(mark, ExpressionWrapper) for mark in more.values())


def test_a_list_asks_what_decides_of_listing_and_reading_and_nothing_else(db: None) -> None:
    mine = terms_of(somebody(Role.COORDINATOR), Case, asked=READING).marks(Action.LIST)
    assert set(mine) == {RELATION + "assigned"}
    worker = somebody(Role.SOCIAL_WORKER)
    planned = terms_of(worker, FollowUp, asked=READING).marks(Action.LIST)
    assert CONDITION + "consent" in planned
    assert CONDITION + "going" not in planned
    assert RELATION + "break_glass" in planned
    at_work = terms_of(worker, FollowUp, asked=READING, through={"assigned"}).marks(Action.LIST)
    assert RELATION + "break_glass" not in at_work
