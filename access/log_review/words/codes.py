"""What relations, purposes, bases and the faults of a verification are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# How the actor stood to it; follows ", ".
RELATIONS: Mapping[str, _StrPromise] = {
    "author": _("som den som har skrivit det"),
    "intake": _("som den som tar emot det som kommer in"),
    "assigned": _("som den som arbetar med ärendet"),
    "unit_manager": _("som chef för enheten"),
    "colleague": _("som den som samordnar i enheten"),
    "principal": _("som rektor på enheten"),
    "decider": _("som den som beslutar om svaren till polisen"),
    "deputy": _("som ställföreträdare för den som svarar polisen"),
    "report_intake": _("som den som tar emot orosanmälningar"),
    "recipient": _("som den som det har lämnats ut till"),
    "match": _("som den som får se båda uppgifterna"),
    "both": _("som den som arbetar med båda ärendena"),
    "joint": _("i kommunens gemensamma arbete"),
    "reviewer": _("som den som granskar loggen"),
    "owner": _("som den som har uppgiften"),
    "ownerless": _("som chef för det som saknar ansvarig"),
    "appointed": _("som utsedd att besluta i ärendet"),
    "break_glass": _("genom en nödöppning"),
}

PURPOSES: Mapping[str, _StrPromise] = {
    "list": _("att se en lista"),
    "case_work": _("arbetet med ärendet"),
    "triage": _("att ta ställning till en orossignal"),
    "intake": _("att ta emot en orosanmälan"),
    "receipt": _("att se sitt eget kvitto"),
    "approval": _("att granska före utlämnande"),
    "released": _("att läsa det som lämnats ut"),
    "draft": _("att fortsätta på ett utkast"),
    "log_review": _("loggkontroll"),
    "search": _("att söka"),
    "emergency": _("en nödöppning"),
    "break_glass_review": _("att granska en nödöppning"),
    "system": _("systemets eget arbete"),
    # Of an extract (access.log_review.forms.ExportForm).
    "suspicion": _("att utreda en misstanke om obehörig läsning"),
    "request": _("att svara den som uppgifterna gäller"),
    "supervision": _("tillsyn eller revision"),
    "incident": _("att utreda en personuppgiftsincident"),
}

# What comes after "Grund:"; a code that is not here is shown as it is written.
BASES: Mapping[str, _StrPromise] = {
    "SAMTYCKE": _("samtycke"),
    "SAMTYCKE_VH": _("samtycke"),
    "AVIDENT": _("utan namn"),
    "OROSANM": _("anmälningsplikten"),
    "MENPROVNING": _("menprövning"),
    "EGEN_VERKSAMHET": _("inom den egna verksamheten"),
    "GENERAL_27": _("generalklausulen"),
    "TYSTNADSPLIKT_29_14": _("tystnadsplikten i fristående skola"),
    "concerns_this_child": _("obegripligt utan namnet"),
    "safety": _("för barnets säkerhet"),
    "another_person": _("namnet är någon annans"),
    "self": _("gäller en själv"),
    "family": _("gäller ens familj"),
    "declared": _("känner familjen eller är annars inte opartisk"),
    "fb_6_13_2": _("den andra vårdnadshavaren är hindrad (6 kap. 13 § föräldrabalken)"),
    "osl_12_3": _("den unge ensam (12 kap. 3 § OSL)"),
    "inapp": _("i inkorgen"),
    "mail": _("med e-post"),
    "waiting": _("väntar på besked från någon annan"),
    "meeting_moved": _("mötet är flyttat"),
    "absent": _("den ansvariga är frånvarande"),
    "agreed": _("överenskommet"),
    "other": _("något annat"),
    "wrong_case": _("hör till ett annat ärende"),
    "wrong_file": _("fel fil eller sämre kopia"),
    "not_needed": _("behövs inte längre"),
    "asked_for": _("begärt av den det gäller"),
    "ok": _("i sin ordning"),
    "asked": _("frågat medarbetaren"),
    "explained": _("förklarat"),
    "escalated": _("fört vidare till chef"),
    "fara_liv_hälsa": _("fara för liv eller hälsa"),
    "saknat_barn": _("barnet eller den unge saknas"),
    "akut_skydd": _("ett barn måste skyddas nu"),
    "kontaktperson_borta": _("ingen som arbetar i ärendet går att nå"),
    "rätt": _("rätt"),
    "fel_samtal": _("fel, samtal med medarbetaren"),
    "fel_åtkomst": _("fel, åtkomsten ändras"),
    "fel_avvikelse": _("fel, avvikelserapport"),
    "fel_incident": _("fel, personuppgiftsincident"),
    "agreement": _("en överenskommelse"),
    "legal_opinion": _("en rättsutredning"),
    "copy": _("familjens kopia"),
    "municipality": _("kommunen"),
    "police": _("polisen"),
}

# What a verification found (the kinds of audit.auditctl); the verifier itself speaks English.
FAULTS: Mapping[str, _StrPromise] = {
    "changed": _("En händelse har ändrats efter att den skrevs."),
    "missing": _("En händelse har tagits bort."),
    "gap": _("Händelser saknas i nummerföljden."),
    "twice": _("Ett nummer eller en händelse finns två gånger."),
    "stranger": _("En händelse har lagts till vid sidan av loggen."),
    "root": _("Loggen är inte den som skrevs under."),
    "cut": _("Slutet av loggen saknas: fler händelser är underskrivna än det finns."),
    "tree": _("Loggens egen räkning stämmer inte med händelserna."),
    "checkpoint": _("En underskriven kontrollpunkt går inte att lita på."),
    "unsigned": _("De senaste händelserna är inte underskrivna i tid."),
    "waiting": _("En händelse har väntat för länge på sitt nummer."),
    "witness": _("För få vittnen har bekräftat händelserna."),
    # Of row changes and of the rows themselves.
    "unattributed": _("En uppgift har ändrats vid sidan av systemet."),
    "unbound": _("Uppgifter har ändrats utan att någon händelse berättar om det."),
    "unnoted": _("En händelse berättar om ändringar som inte längre är antecknade."),
    "digest": _("De antecknade ändringarna är inte de som händelsen berättar om."),
    "note": _("En anteckning om en ändring har ändrats efter att den skrevs."),
    "blank": _("Anteckningar om ändringar är borta utan att någon gallring är loggad."),
    "unwatched": _("Ändringar i en tabell antecknas inte längre."),
    "hidden": _("Kontrollen fick inte läsa hela tabellen."),
    "row": _("En rad är inte som den senast antecknades."),
    "cell": _("En förseglad uppgift är inte den som senast antecknades."),
    "replay": _("En äldre förseglad uppgift har lagts tillbaka."),
}
