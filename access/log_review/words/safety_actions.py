"""Of the room `safety`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from access.log_review.words.act import Act

SAFETY_ACTIONS: Mapping[str, Act] = {
    "pledge.import": Act(_("läste in ett medborgarlöfte")),
    "pledge.change": Act(_("ändrade ett medborgarlöfte")),
    "pledge.remove": Act(_("tog bort ett medborgarlöfte")),
    "pledge.approve": Act(_("godkände ett medborgarlöfte")),
    "pledge.publish": Act(_("publicerade ett medborgarlöfte")),
    "activity.add": Act(_("lade till en aktivitet i ett medborgarlöfte")),
    "activity.change": Act(_("ändrade en aktivitet i ett medborgarlöfte")),
    "activity.follow_up": Act(_("följde upp en aktivitet i ett medborgarlöfte")),
    "intervention.add": Act(_("startade en gemensam insats")),
    "intervention.change": Act(_("ändrade en gemensam insats")),
    "intervention.task": Act(_("gav en enhet en uppgift i en gemensam insats")),
    "intervention.task_report": Act(
        _("berättade hur det gick med en uppgift i en gemensam insats")
    ),
}
