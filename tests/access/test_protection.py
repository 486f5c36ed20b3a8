"""Nothing starts with a model that cannot answer what the policy asks of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import Q

from access.actor import Actor
from access.models import Membership
from access.protection import protect, protection_of
from cases.models import Meeting


def never(_actor: Actor) -> Q:
    return Q(pk__in=())


def refusal(**changed: object) -> str:
    """What the start says of the meeting's protection with something changed; the one in force stays."""
    held = protection_of(Meeting)
    with pytest.raises(ValueError, match="Meeting") as fault:
        protect(Meeting, replace(held, **changed))  # type: ignore[arg-type]  # any field, by name
    assert protection_of(Meeting) is held
    return str(fault.value)


def test_the_protection_in_force_would_be_taken_again() -> None:
    protect(Meeting, protection_of(Meeting))


@pytest.mark.parametrize(
    "names", [("about", "place", "family"), ("about", "place", "family", "minutes", "number")]
)
def test_a_sealed_field_without_a_group_and_a_group_without_a_field(names: tuple[str, ...]) -> None:
    said = refusal(sealed={"meeting": names})
    assert "sealed fields without a field group" in said
    assert ("minutes" in said) != ("number" in said)


def test_a_condition_that_the_table_names_and_the_model_does_not_answer() -> None:
    held = dict(protection_of(Meeting).conditions)
    del held["consent"]
    assert "missing: {'consent'}" in refusal(conditions=held)


def test_a_bar_that_closes_the_group_and_that_the_model_does_not_answer() -> None:
    held = dict(protection_of(Meeting).bars)
    del held["protected"]
    assert "missing: {'protected'}" in refusal(bars=held)


@pytest.mark.parametrize("part", ["conditions", "bars"])
def test_a_condition_or_bar_that_no_table_knows(part: str) -> None:
    held = dict(getattr(protection_of(Meeting), part))
    assert "unknown: {'full_moon'}" in refusal(**{part: held | {"full_moon": never}})


def test_what_nobody_put_behind_the_door_is_not_reached_at_all() -> None:
    with pytest.raises(KeyError):
        protection_of(Membership)
