"""What closes rows about a young person whatever is granted (`[bars]`), and the conditions on a case (`[conditions]`).

Every model that hangs on a case or a person takes both from here, so each is written in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.actor import Actor
from cases.models import Consent, ConsentEvent
from cases.models.case import OPEN_STAGES

Asked = Mapping[str, Callable[[Actor], Q]]
NEVER = Q(pk__in=())


def bars_on_case(reference: str) -> Asked:
    """`reference` is the row's column that holds the case's id; a row without a case is not closed."""
    return {"conflict": lambda _actor: NEVER, "protected": lambda _actor: NEVER}


def bars_on_person(reference: str) -> Asked:
    """`reference` is the row's column that holds the person's id."""
    return {"conflict": lambda _actor: NEVER, "protected": lambda _actor: NEVER}


# What the actor wrote or was given and that hangs on neither a case nor a person here.
NO_BARS: Asked = {"conflict": lambda _actor: NEVER, "protected": lambda _actor: NEVER}


def conditions_on_case(reference: str) -> Asked:
    """`reference` as in `bars_on_case`, e.g. "case_id", "consent__case_id", or "pk" of a case."""

    def open_case(_actor: Actor) -> Q:
        to_case = "" if reference == "pk" else reference.removesuffix("_id") + "__"
        return Q(**{f"{to_case}stage__in": OPEN_STAGES})

    def consent(_actor: Actor) -> Q:
        today = timezone.localdate()
        withdrawn = ConsentEvent.objects.filter(
            consent=OuterRef("pk"), scope__isnull=True, kind=ConsentEvent.Kind.WITHDRAWN
        )
        given = Consent.objects.filter(valid_from__lte=today, valid_to__gte=today)
        return Q(Exists(given.filter(~Exists(withdrawn), case_id=OuterRef(reference))))

    return {"open_case": open_case, "consent": consent}
