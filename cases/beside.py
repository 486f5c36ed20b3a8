"""Beside a section about a young person: since when one works in the case, which consent or basis, and who else can see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from access.actor import Actor
from access.beside import Beside
from access.request_transaction import current_work
from cases.models import (
    Assignment,
    Conflict,
    Consent,
    Disclosure,
    NamedAccess,
    Person,
    ReceiverConflict,
    Release,
    ReleaseReader,
)
from cases.rules.law import NoRule
from cases.rules.legal_row import version_of
from cases.rules.protection import for_the_named

# Who stands in one of these knows the colleagues in the case and what has been handed over from it.
KNOWS_THE_CASE = frozenset({"assigned", "unit_manager"})
HANDED_OVER = ("summary", "disclosure_text")


@dataclass(frozen=True)
class CaseKnown:
    """What is asked once for each case and request; each question is put only when a section needs it."""

    case_id: UUID

    @cached_property
    def workers(self) -> list[Assignment]:
        """Those who work on the case and are neither barred nor left unnamed."""
        today = timezone.localdate()
        conflict = Conflict.objects.filter(
            person_id=OuterRef("case__person_id"),
            about_user=OuterRef("membership__user_id"),
            ended_at__isnull=True,
        )
        named = NamedAccess.objects.in_force(today).filter(
            person_id=OuterRef("case__person_id"), membership_id=OuterRef("membership_id")
        )
        hidden = Q(case__person__protection__in=for_the_named(today)) & ~Exists(named)
        return list(
            Assignment.objects.in_force(today)
            .filter(~Exists(conflict), ~hidden, case_id=self.case_id)
            .select_related("membership__user")
            .order_by("membership__user__name")
        )

    @cached_property
    def consent(self) -> Consent | None:
        in_force = Consent.objects.in_force(timezone.localdate())
        return in_force.filter(case_id=self.case_id).order_by("-valid_to").first()

    @cached_property
    def handed_over(self) -> list[str]:
        live = Disclosure.objects.filter(
            case_id=self.case_id,
            end__isnull=True,
            release_id__isnull=False,
            until__gte=timezone.localdate(),
        )
        return [
            _("%(unit)s: %(names)s, utlämnat %(day)s, får läsas till och med %(until)s")
            % {
                "unit": one.to_unit_name,
                "names": one.to_names,
                "day": _day(one.decided_at),
                "until": _day(one.until),
            }
            for one in live
        ]


def beside_case(path: Callable[[Any], UUID | None]) -> Callable[[Actor, Any, str], Beside]:
    """`path` gives the id of the row's case; a row without one is told of by role."""

    def beside(actor: Actor, row: Any, relation: str) -> Beside:
        case_id = path(row)
        if case_id is None or relation not in KNOWS_THE_CASE:
            return Beside()
        known = _known(case_id)
        mine = [one for one in known.workers if one.membership_id == actor.membership_id]
        others = [
            (one.membership.role, one.membership.user.name)
            for one in known.workers
            if one.membership_id != actor.membership_id
        ]
        since = (
            _("Du arbetar i ärendet sedan %(day)s.") % {"day": _day(mine[0].starts_on)}
            if mine
            else ""
        )
        consent = _consent_words(known.consent) if known.consent else ""
        return Beside(
            basis=" ".join(filter(None, (since, consent))),
            people={"assigned": others},
            more=dict.fromkeys(HANDED_OVER, known.handed_over),
        )

    return beside


def beside_consent(actor: Actor, row: Consent, relation: str) -> Beside:
    """The consent itself: its own days, not those of another one in force."""
    told = beside_case(lambda consent: consent.case_id)(actor, row, relation)
    return Beside(basis=_consent_words(row), people=told.people, more=told.more)


def beside_person(actor: Actor, row: Person, relation: str) -> Beside:
    """Told of the latest of the person's cases that the actor works in."""
    known = current_work().known
    if row.pk not in known:
        known[row.pk] = _case_of_person(actor, row.pk)
    return beside_case(lambda _person: known[row.pk])(actor, row, relation)


def _case_of_person(actor: Actor, person_id: UUID) -> UUID | None:
    mine = Assignment.objects.in_force(timezone.localdate()).filter(
        membership_id=actor.member, case__person_id=person_id
    )
    return mine.order_by("-case__opened_at").values_list("case_id", flat=True).first()


def beside_release(actor: Actor, row: Release, _relation: str) -> Beside:
    conflict = ReceiverConflict.objects.filter(
        release_id=row.pk, about_user=OuterRef("membership__user_id"), ended_at__isnull=True
    )
    readers = ReleaseReader.objects.filter(~Exists(conflict), release_id=row.pk).exclude(
        membership_id=actor.member
    )
    return Beside(
        basis=_basis_words(row),
        people={
            "recipient": [
                (reader.membership.role, reader.membership.user.name)
                for reader in readers.select_related("membership__user")
            ]
        },
    )


def _known(case_id: UUID) -> CaseKnown:
    known: Mapping[UUID, CaseKnown] = current_work().known
    return known.get(case_id) or current_work().known.setdefault(case_id, CaseKnown(case_id))


def _consent_words(consent: Consent) -> str:
    return _("Samtycke från %(first)s till och med %(last)s.") % {
        "first": _day(consent.valid_from),
        "last": _day(consent.valid_to),
    }


def _basis_words(release: Release) -> str:
    told = {"day": _day(release.released_at), "until": _day(release.until)}
    try:
        basis = version_of(release.basis, release.basis_version)
    except NoRule:
        return _("Utlämnat %(day)s. Får läsas till och med %(until)s.") % told
    return _(
        "Utlämnat %(day)s enligt %(provision)s (%(title)s). Får läsas till och med %(until)s."
    ) % {
        **told,
        "provision": basis.provision,
        "title": basis.title,
    }


def _day(when: Any) -> str:
    return date_format(when, "Y-m-d")
