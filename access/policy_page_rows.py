"""The policy table as people read it: class by class, what is open without a consent and what only a consent opens."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from access.log_review.words import RELATIONS
from access.models import Role
from access.models.membership import in_sentence
from access.policy import Action, policy
from access.policy_words import either_words
from access.signed_tables.policy_sections import ACTION_WORDS

CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Line:
    """Who, what of it, and when: "Lärare, rektor" · "läser" · "som den som det har lämnats ut till"."""

    roles: str
    actions: str
    when: str


@dataclass(frozen=True, slots=True)
class Part:
    """One field group of a class."""

    words: str
    without: list[Line]
    under: list[Line]


@dataclass(frozen=True, slots=True)
class ClassShown:
    name: str
    words: str
    reason: str
    parts: list[Part]

    @property
    def is_empty(self) -> bool:
        return not any(part.without or part.under for part in self.parts)


def classes_shown(roles: list[Role]) -> list[ClassShown]:
    """Every class of domain.md 4.2 for these roles, the classes without a number last."""
    return [
        ClassShown(
            name if name.startswith("R") else "",
            _(one.words),
            _(one.reason) if one.reason else "",
            [
                Part(
                    _(policy().groups[group]),
                    _lines(roles, group, under_consent=False),
                    _lines(roles, group, under_consent=True),
                )
                for group in one.groups
            ],
        )
        for name, one in policy().classes.items()
    ]


def _lines(roles: list[Role], group: str, *, under_consent: bool) -> list[Line]:
    """Roles that may do the same in the same relation share a line."""
    shared: dict[tuple[str, str], list[str]] = {}
    for role in roles:
        for relation in policy().relations:
            for actions, conditions in _grants(role, relation, group, under_consent=under_consent):
                words = str(RELATIONS[relation])
                when = f"{words}, {_('om')} {conditions}" if conditions else words
                shared.setdefault((actions, when), []).append(str(role.label))
    return [Line(_listed(names), actions, when) for (actions, when), names in shared.items()]


def _grants(role: Role, relation: str, group: str, *, under_consent: bool) -> list[tuple[str, str]]:
    """(what may be done, the conditions left to say), one each set of conditions."""
    by_conditions: dict[str, list[str]] = {}
    if (role, relation, group) not in policy().grants:
        return []  # As most are: asked for every action of each, the page took a second.
    for action in Action:
        needed = policy().needed(role, relation, group, action)
        here = frozenset(one - {CONSENT} for one in needed if (CONSENT in one) == under_consent)
        if here:
            said = either_words(here)
            by_conditions.setdefault(said, []).append(str(ACTION_WORDS[action]()))
    return [(_listed(actions), said) for said, actions in by_conditions.items()]


def _listed(words: list[str]) -> str:
    first, *rest = words
    return _(" och ").join(
        filter(
            None, [", ".join([first, *map(in_sentence, rest[:-1])]), *map(in_sentence, rest[-1:])]
        )
    )


def closed_shown() -> list[tuple[str, str]]:
    """(when, but for what) for each bar, then for each role that is closed to whatever is granted."""
    groups = {group: _(words) for group, words in policy().groups.items()}

    def spared(names: frozenset[str]) -> str:
        return ", ".join(words for group, words in groups.items() if group in names)

    bars = [(_(bar.words), spared(bar.spares)) for bar in policy().bars.values()]
    forbids = [
        (_("du är %(role)s") % {"role": in_sentence(str(Role(role).label))}, spared(names))
        for role, names in policy().forbids.items()
    ]
    return bars + forbids
