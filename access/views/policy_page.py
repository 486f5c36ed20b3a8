"""The page "Vem får se vad": the policy table as people read it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from access.models import Role
from access.policy import policy
from access.signed_tables.services import signed_state
from access.signed_tables.tables import POLICY

ACTION_WORDS = {
    "list": gettext_lazy("ser att det finns"),
    "read": gettext_lazy("läser"),
    "write": gettext_lazy("ändrar"),
    "create": gettext_lazy("skapar"),
    "decide": gettext_lazy("beslutar"),
}


@require_GET
def who_sees_what(request: ActingRequest) -> HttpResponse:
    table = policy()
    sections = []
    for group, words in table.groups.items():
        rows = [
            {
                "role": role.label,
                "relation": _(table.relations[relation]),
                "actions": ", ".join(str(ACTION_WORDS[a]) for a in ACTION_WORDS if a in actions),
            }
            for role in Role
            for (granted, relation, of), actions in table.grants.items()
            if granted == role
            and of == group
            and table.permits(role, relation, group, next(iter(actions)))
        ]
        sections.append({"title": _(words), "rows": rows})
    context = {
        "sections": sections,
        "version": table.version,
        "state": signed_state(request.actor, POLICY),
    }
    return render(request, "access/who_sees_what.html", context)
