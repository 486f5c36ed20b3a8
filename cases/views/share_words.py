"""Why something could not be shared, in words for the page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.services.refusals import CaseStopped
from cases.services.sharing import (
    BasisChanged,
    Blocked,
    DayNotBeen,
    NotAnswered,
    NotCovered,
    NotDecided,
    NotInSystem,
    NotPossible,
    NotReadable,
    SamePerson,
    ShareRefused,
    SharingEnded,
)


def refusal(refused: ShareRefused | CaseStopped) -> str:
    """One or two sentences; nothing has been shared."""
    if isinstance(refused, NotPossible):
        return " ".join([*refused.verdict.why_not, _("Inget har lämnats ut.")])
    if isinstance(refused, Blocked):
        return f"{refused.question.refused} {_('Inget har lämnats ut.')}"
    words = {
        NotAnswered: _("Svara på alla frågor först, med egna ord. Inget har lämnats ut."),
        NotCovered: _("Samtycket omfattar inte längre mottagaren. Inget har lämnats ut."),
        NotReadable: _(
            "Någon av mottagarna arbetar inte där längre, är jävig, eller får inte läsa den här sortens uppgift i systemet. "
            "Välj någon annan, eller berätta muntligt. Inget har lämnats ut."
        ),
        NotDecided: _(
            "Kommunen har inte beslutat om löpande delning med den här mottagaren. "
            "Dela en gång i stället. Inget har lämnats ut."
        ),
        BasisChanged: _(
            "Regeln har en annan lydelse nu än när förslaget skrevs. Gör ett nytt förslag "
            "med de frågor som gäller nu. Inget har lämnats ut."
        ),
        NotInSystem: _(
            "Det du redan har berättat, eller berättar för någon som inte arbetar i systemet, skrivs inte in hos mottagaren. "
            "Välj hur du berättade det. Inget har lämnats ut."
        ),
        DayNotBeen: _("Dagen har inte varit än. Inget har lämnats ut."),
        SharingEnded: _(
            "Delningen är avslutad. Gör ett nytt förslag om det ska delas igen. Inget har lämnats ut."
        ),
        SamePerson: _("Du har skrivit det här. Någon annan än du måste godkänna det."),
        CaseStopped: _("Ärendet är avslutat. Inget har lämnats ut."),
    }
    return words[type(refused)]
