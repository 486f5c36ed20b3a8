"""Who else may see a section: by name where it is known, by role and relation otherwise, each once."""

from __future__ import annotations

from access.beside import Beside, others
from access.log_review.words import RELATIONS
from access.models.membership import Role
from access.policy import Action, policy
from access.policy_words import either_words

WORKING = [(Role.COORDINATOR, "Noomi Falk"), (Role.SOCIAL_WORKER, "Elias Brodin")]


def test_without_names_every_role_and_relation_of_the_table_is_told() -> None:
    told = others("conversation", ["assigned", "break_glass"], Beside())
    table = [
        (role, relation)
        for role, relation in policy().who_else("conversation")
        if relation in {"assigned", "break_glass"}
    ]
    assert len(told) == len(table) >= 4
    for line, (role, relation) in zip(told, table, strict=True):
        assert line.startswith(f"{role.label}, {RELATIONS[relation]}")


def test_a_relation_that_the_row_does_not_have_tells_nobody() -> None:
    assert others("conversation", [], Beside()) == []
    only = others("conversation", ["break_glass"], Beside())
    assert only
    assert all(str(RELATIONS["break_glass"]) in line for line in only)


def test_what_a_role_needs_beside_the_relation_is_told_with_it() -> None:
    told = others("meeting", ["assigned"], Beside())
    needed = either_words(policy().ways(Role.SOCIAL_WORKER, "meeting", Action.READ)["assigned"])
    assert needed == "ett samtycke gäller"
    assert told == [
        f"{Role.SOCIAL_WORKER.label}, {RELATIONS['assigned']}, om {needed}",
        f"{Role.COORDINATOR.label}, {RELATIONS['assigned']}",
    ]


def test_named_people_stand_in_the_place_of_their_roles_and_nobody_else_does() -> None:
    beside = Beside(people={"assigned": [*WORKING, (Role.TEACHER, "Lotta Lärare")]})
    told = others("conversation", ["assigned"], beside)
    # A name is told only in a role that the table opens the section for.
    assert sorted(told) == ["Elias Brodin, Socialsekreterare", "Noomi Falk, SSPF-koordinator"]
    nobody = Beside(people={"assigned": []})
    assert others("conversation", ["assigned"], nobody) == []


def test_others_in_another_way_come_last_and_each_is_told_once() -> None:
    twice = Beside(
        people={"assigned": [WORKING[0], WORKING[0]]},
        more={"conversation": ["Polisen i Skara", "Polisen i Skara"], "identity": ["Skolan"]},
    )
    assert others("conversation", ["assigned"], twice) == [
        "Noomi Falk, SSPF-koordinator",
        "Polisen i Skara",
    ]
