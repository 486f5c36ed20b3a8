"""What is told beside a shown section: the basis with its date, and who else may see it, by name where that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from access.log_review.words import RELATIONS
from access.models.membership import Role
from access.policy import Action, policy
from access.policy_words import either_words


@dataclass(frozen=True, slots=True)
class Beside:
    """For one row and one actor; what is empty is told by role instead of by name.

    basis: a sentence with the basis and its date. people: relation → (role, name) of the others in it, now.
    more: field group → others who may see it in another way, e.g. a unit that it was handed over to.
    """

    basis: str = ""
    people: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    more: Mapping[str, Sequence[str]] = field(default_factory=dict)


def others(group: str, relations: Sequence[str], beside: Beside) -> list[str]:
    """Everybody else who may read `group` of a row that one can have `relations` to."""
    told = []
    for role, relation in policy().who_else(group):
        if relation not in relations:
            continue
        if relation in beside.people:
            told += [f"{name}, {role.label}" for of, name in beside.people[relation] if of == role]
        else:
            told.append(_by_role(role, relation, group))
    return list(dict.fromkeys([*told, *beside.more.get(group, ())]))


def _by_role(role: Role, relation: str, group: str) -> str:
    words = f"{role.label}, {RELATIONS[relation]}"
    needed = either_words(policy().ways(role, group, Action.READ)[relation])
    return (
        _("%(who)s, om %(conditions)s") % {"who": words, "conditions": needed} if needed else words
    )
