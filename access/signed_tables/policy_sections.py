"""The policy table as it is printed for signature: the bars and prohibitions first, then every field group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from access.models.membership import Role
from access.policy import Action, Either, policy
from access.policy_words import either_words
from access.signed_tables.tables import Section


def policy_sections(_content: Mapping[str, Any]) -> list[Section]:
    table = policy()
    groups = {group: _(words) for group, words in table.groups.items()}
    first = [
        Section(
            _("Stänger allt, vad som än står nedan"),
            (_("När"), _("Utom")),
            [
                (_(bar.words), ", ".join(sorted(groups[group] for group in bar.spares)))
                for bar in table.bars.values()
            ],
        ),
        Section(
            _("Aldrig"),
            (_("Roll"), _("Utom")),
            [
                (
                    str(Role(role).label),
                    ", ".join(groups[group] for group in groups if group in spared),
                )
                for role, spared in table.forbids.items()
            ],
        ),
    ]
    columns = (_("Roll"), _("När"), _("Får"))
    return first + [Section(title, columns, _rows(group)) for group, title in groups.items()]


def _rows(group: str) -> list[tuple[str, str, str]]:
    table = policy()
    rows = []
    for role in Role:
        for relation, words in table.relations.items():
            may = [
                _with_conditions(str(ACTION_WORDS[action]()), ways[relation])
                for action in Action
                if relation in (ways := table.ways(role, group, action))
            ]
            if may:
                rows.append((str(role.label), _(words), ", ".join(may)))
    return rows


def _with_conditions(done: str, needed: Either) -> str:
    words = either_words(needed)
    return _("%(done)s om %(conditions)s") % {"done": done, "conditions": words} if words else done


ACTION_WORDS = {
    Action.LIST: lambda: _("ser att det finns"),
    Action.READ: lambda: _("läser"),
    Action.WRITE: lambda: _("ändrar"),
    Action.CREATE: lambda: _("skapar"),
    Action.DECIDE: lambda: _("beslutar"),
    Action.EXPORT: lambda: _("tar ut en kopia"),
}
