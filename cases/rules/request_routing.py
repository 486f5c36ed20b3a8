"""Who may decide on a question from the police: asked of the dated table `law/request_routing.toml`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.rules.law import NoRule, in_force

BASES = (
    ("UL_4", gettext_lazy("Kontaktuppgifter (4 § lagen 2025:170)")),
    ("UL_6", gettext_lazy("Kommunens skyldighet (6 § lagen 2025:170)")),
    ("UL_7", gettext_lazy("Rektorns skyldighet (7 § lagen 2025:170)")),
    ("OTHER", gettext_lazy("Annan grund: mottagaren prövar själv")),
)

# What an agency can know of its own. What SSPF writes together exists with consent only, and is nobody's to be asked for.
KINDS = ("contact", "social", "school", "psychosocial", "medical", "leisure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """deciders: roles in order; empty where exempt. instead: codes of legal bases. way_on: told with a refusal."""

    basis: str
    deciders: tuple[str, ...]
    exempt: bool
    why: str
    instead: tuple[str, ...]
    way_on: str
    provision: str
    valid_from: date


def route_of(basis: str, *, kind: str, regime: str, on: date) -> Route:
    """For a question on `basis` to an agency of that kind under that regime. Raises NoRule."""
    for row in in_force("request_routing", on):
        fits = kind in row.get("kinds", (kind,)) and regime in row.get("regimes", (regime,))
        if row["basis"] == basis and fits:
            return Route(
                basis=basis,
                deciders=tuple(row["deciders"]),
                exempt=row.get("exempt", False),
                why=_(row["why"]) if "why" in row else "",
                instead=tuple(row.get("instead", ())),
                way_on=_(row["way_on"]) if "way_on" in row else "",
                provision=row["provision"],
                valid_from=row["valid_from"],
            )
    raise NoRule(f"request_routing: {basis} to {kind} under {regime}")
