"""What the log's keys are called in plain words. A test fails on an action that has none here.

`done` follows the person's name and may hold %(what)s (the object), %(case)s (the case), %(number)s and %(about)s
(whom or what a part of the log was about); `tried` is the infinitive of an attempt that was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Act:
    """The words of one action."""

    done: _StrPromise
    tried: _StrPromise | None = None


OPEN = _("öppna %(what)s")

ACTIONS: Mapping[str, Act] = {
    # The door's own (access.policy.Action): noted as reads, or as attempts.
    "list": Act(_("såg %(what)s i en lista"), OPEN),
    "read": Act(_("läste %(what)s"), OPEN),
    "write": Act(_("ändrade %(what)s"), _("ändra %(what)s")),
    "create": Act(_("skapade %(what)s"), _("skapa %(what)s")),
    "decide": Act(_("beslutade om %(what)s"), _("besluta om %(what)s")),
    "search": Act(
        _("kontrollerade om en person redan är känd här"),
        _("söka en person som är skyddad, eller där den som söker är jävig"),
    ),
    "enter": Act(_("gick till en sida"), _("gå till en sida")),
    "request": Act(_("hämtade en sida"), _("hämta en sida")),
    # The evidence's own: row changes that no act tells of, and those there were when the noting began.
    "change": Act(_("ändrade uppgifter")),
    "watch.begin": Act(_("började föra anteckning om ändringar")),
    # access
    "draft.purge": Act(_("förstörde utkast som ingen kom tillbaka till")),
    "session.start": Act(_("loggade in")),
    "session.refuse": Act(_("misslyckades med att logga in")),
    "membership.switch": Act(_("bytte till en annan av sina uppgifter")),
    "session.end_all": Act(_("loggade ut överallt")),
    "membership.add": Act(_("gav en kollega en ny uppgift")),
    "membership.end": Act(_("avslutade en kollegas uppgift")),
    "membership.extend": Act(_("förlängde en kollegas uppgift ett år till")),
    "host.attach": Act(_("lade till underlaget för att få hålla enskilda ärenden")),
    "host.remove": Act(_("tog bort underlaget för att få hålla enskilda ärenden")),
    "figure.count": Act(_("räknade ett antal till medborgarlöftet")),
    "log.read": Act(_("läste i loggen%(about)s")),
    "log.search": Act(_("sökte i loggen utan träff")),
    "log.export": Act(_("tog ut ett utdrag ur loggen%(about)s")),
    "log.restore": Act(_("läste åter databasen från en säkerhetskopia")),
    "log.verify": Act(_("bad om en kontroll av loggen")),
    "log_review.draw": Act(_("drog månadens stickprov ur loggen")),
    "log_review.judge": Act(_("bedömde en händelse i månadens loggkontroll")),
    "log_review.sign": Act(_("skrev under månadens loggkontroll")),
    "keys.rotate": Act(_("bytte nycklar")),
    "keys.destroy": Act(_("förstörde nycklar som är ersatta")),
    # cases
    "concern.send": Act(_("lämnade en orossignal")),
    "concern.take": Act(_("tog hand om en orossignal i %(case)s")),
    "concern.decline": Act(_("bedömde att en orossignal inte är aktuell för SSPF")),
    "report.note": Act(_("antecknade att en orosanmälan är gjord")),
    "case.open": Act(_("öppnade %(case)s")),
    "case.assign": Act(_("gav en kollega tillgång till %(case)s")),
    "case.unassign": Act(_("avslutade en kollegas tillgång till %(case)s")),
    "case.take_over": Act(_("gav ansvaret för %(case)s, som saknade ansvarig, till en kollega")),
    "case.appoint": Act(_("utsåg någon från en annan kommun att besluta i %(case)s")),
    "case.appoint_end": Act(_("avslutade ett uppdrag att besluta i %(case)s")),
    "break_glass.open": Act(_("gjorde en nödöppning av %(case)s"), _("göra en nödöppning")),
    "break_glass.end": Act(_("avslutade sin nödöppning av %(case)s")),
    "break_glass.review": Act(_("granskade en nödöppning av %(case)s")),
    "case.hand_over": Act(_("lämnade över ansvaret för %(case)s till en kollega")),
    "person.protect": Act(_("satte skyddade personuppgifter för personen i %(case)s")),
    "person.unprotect": Act(_("lättade på skyddet av personuppgifter i %(case)s")),
    "person.ask_unprotect": Act(_("föreslog ett lägre skydd av personuppgifter i %(case)s")),
    "person.keep_protected": Act(_("sa nej till ett lägre skydd av personuppgifter i %(case)s")),
    "person.name": Act(_("utsåg en kollega att se den skyddade personen i %(case)s")),
    "person.unname": Act(_("tog bort en kollegas rätt att se den skyddade personen i %(case)s")),
    "person.same_surname": Act(_("öppnade %(case)s, där personen har samma efternamn")),
    "conflict.declare": Act(_("anmälde jäv i %(case)s")),
    "conflict.declare_concern": Act(_("anmälde jäv om en orossignal")),
    "conflict.end": Act(_("avslutade ett jäv i %(case)s")),
    "sibling.link": Act(_("antecknade att ett syskon till personen i %(case)s har ett ärende")),
    "sibling.unlink": Act(_("tog bort kopplingen till ett syskon i %(case)s")),
    "sibling.mention": Act(_("nämnde ett syskon i en text i %(case)s")),
    "person.number": Act(_("registrerade ett nytt nummer för personen i %(case)s")),
    "case.close": Act(_("avslutade %(case)s")),
    "conversation.invite": Act(_("bjöd in till ett orossamtal i %(case)s")),
    "conversation.reply": Act(_("antecknade svaret på en inbjudan till orossamtal i %(case)s")),
    "conversation.write": Act(_("skrev i anteckningarna från ett orossamtal i %(case)s")),
    "conversation.finish": Act(_("gjorde klart anteckningarna från ett orossamtal i %(case)s")),
    "conversation.add": Act(_("lade till en rad efter ett orossamtal i %(case)s")),
    "conversation.copy": Act(_("tog ut texten från ett orossamtal i %(case)s för kopiering")),
    "follow_up.hold": Act(_("gjorde en uppföljning i %(case)s")),
    "follow_up.move": Act(_("flyttade en uppföljning i %(case)s")),
    "consent.start": Act(_("började med ett samtycke i %(case)s")),
    "consent.await": Act(_("lämnade ett samtycke för underskrift i %(case)s")),
    "consent.answer": Act(_("antecknade ett svar om ett samtycke i %(case)s")),
    "consent.justify": Act(_("antecknade skäl att gå vidare med ett samtycke i %(case)s")),
    "consent.except": Act(_("bad om ett undantag för ett samtycke i %(case)s")),
    "consent.decide": Act(_("beslutade om ett undantag för ett samtycke i %(case)s")),
    "consent.decline": Act(_("registrerade att ett samtycke är avböjt i %(case)s")),
    "consent.end": Act(_("avslutade ett samtycke som gått ut i %(case)s")),
    "guardian.add": Act(_("registrerade en vårdnadshavare i %(case)s")),
    "guardian.change": Act(_("ändrade uppgifter om en vårdnadshavare i %(case)s")),
    "guardian.end": Act(_("avslutade en vårdnad i %(case)s")),
    "person.birthday": Act(_("kontrollerade vem som fyller arton år")),
    "consent.register": Act(_("registrerade ett samtycke i %(case)s")),
    "consent.withdraw": Act(_("registrerade att ett samtycke är återkallat i %(case)s")),
    "attachment.add": Act(_("lade till en bilaga i %(case)s")),
    "attachment.stop": Act(_("försökte lägga till en fil som virusskyddet stoppade i %(case)s")),
    "attachment.remove": Act(_("tog bort en bilaga ur %(case)s")),
    "summary.write": Act(_("skrev en sammanfattning i %(case)s")),
    "summary.change": Act(_("ändrade en sammanfattning i %(case)s")),
    "summary.return": Act(_("skickade tillbaka en sammanfattning i %(case)s för ändring")),
    "summary.release": Act(_("godkände och lämnade ut en sammanfattning ur %(case)s")),
    "standing.register": Act(_("registrerade ett beslut om löpande delning")),
    "standing.end": Act(_("avslutade ett beslut om löpande delning")),
    "disclosure.end": Act(_("avslutade ett utlämnande ur %(case)s")),
    # reminders
    "reminder.sent": Act(_("skickade en påminnelse om %(number)s")),
    "deadline.move": Act(_("flyttade ett datum i %(number)s")),
    "deadline.reassign": Act(_("gav ansvaret för ett datum i %(number)s till en kollega")),
    # safety
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

OBJECTS: Mapping[str, _StrPromise] = {
    "access.agency": _("en verksamhet"),
    "access.figure": _("en siffra"),
    "access.heldform": _("det som hen själv höll på att skriva när sessionen låstes"),
    "access.logreview": _("en loggkontroll"),
    "access.logreviewitem": _("en bedömning i månadens loggkontroll"),
    "access.membership": _("en kollegas uppgift"),
    "access.user": _("ett användarkonto"),
    "audit.auditevent": _("en händelse i loggen"),
    "audit.verification": _("en kontroll av loggen"),
    "cases.appointment": _("ett uppdrag att besluta i ett ärende"),
    "cases.attachment": _("en bilaga"),
    "cases.breakglass": _("en nödöppning"),
    "cases.case": _("ett ärende"),
    "cases.concern": _("en orossignal"),
    "cases.concerndraft": _("ett utkast till en orossignal"),
    "cases.concernreceipt": _("ett kvitto på en orossignal"),
    "cases.conflict": _("ett jäv"),
    "cases.consent": _("ett samtycke"),
    "cases.consentevent": _("en händelse i ett samtycke"),
    "cases.consentsigner": _("vem som ska skriva under ett samtycke"),
    "cases.conversation": _("ett orossamtal"),
    "cases.conversationaddition": _("en rad som lagts till efter ett orossamtal"),
    "cases.conversationdraft": _("ett utkast till anteckningar från ett orossamtal"),
    "cases.disclosure": _("ett utlämnande i registret"),
    "cases.followup": _("en uppföljning"),
    "cases.guardian": _("uppgifter om en vårdnadshavare"),
    "cases.matchtask": _("en kontroll av om två uppgifter gäller samma person"),
    "cases.namedaccess": _("vem som är utsedd att se en skyddad person"),
    "cases.person": _("uppgifter om en person"),
    "cases.personidentifier": _("ett personnummer"),
    "cases.protectionchange": _("en ändring av skyddet av personuppgifter"),
    "cases.release": _("uppgifter som har lämnats ut"),
    "cases.reportmade": _("en anteckning om en orosanmälan"),
    "cases.searchterm": _("ett sökord"),
    "cases.sibling": _("en koppling mellan syskon"),
    "cases.standingdecision": _("ett beslut om löpande delning"),
    "cases.summary": _("en sammanfattning"),
    "crypto.key": _("nycklar"),
    "reminders.deadline": _("ett datum att passa"),
    "reminders.notice": _("en påminnelse i inkorgen"),
    "reminders.reminder": _("en påminnelse"),
    "safety.activity": _("en aktivitet i ett medborgarlöfte"),
    "safety.approval": _("ett godkännande av ett medborgarlöfte"),
    "safety.focusarea": _("ett fokusområde i ett medborgarlöfte"),
    "safety.followup": _("en uppföljning i ett medborgarlöfte"),
    "safety.intervention": _("en gemensam insats"),
    "safety.interventiontask": _("en uppgift i en gemensam insats"),
    "safety.pledge": _("ett medborgarlöfte"),
    "safety.promise": _("ett löfte i ett medborgarlöfte"),
    "safety.publication": _("ett publicerat medborgarlöfte"),
    "safety.unplacedline": _("en rad i ett medborgarlöfte"),
}

# How the actor stood to it; follows ", ".
RELATIONS: Mapping[str, _StrPromise] = {
    "author": _("som den som har skrivit det"),
    "intake": _("som den som tar emot det som kommer in"),
    "assigned": _("som den som arbetar med ärendet"),
    "unit_manager": _("som chef för enheten"),
    "principal": _("som rektor på enheten"),
    "recipient": _("som den som det har lämnats ut till"),
    "match": _("som den som får se båda uppgifterna"),
    "both": _("som den som arbetar med båda ärendena"),
    "joint": _("i kommunens gemensamma arbete"),
    "reviewer": _("som den som granskar loggen"),
    "owner": _("som den som har uppgiften"),
    "appointed": _("som utsedd att besluta i ärendet"),
    "break_glass": _("genom en nödöppning"),
}

PURPOSES: Mapping[str, _StrPromise] = {
    "list": _("att se en lista"),
    "case_work": _("arbetet med ärendet"),
    "triage": _("att ta ställning till en orossignal"),
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
