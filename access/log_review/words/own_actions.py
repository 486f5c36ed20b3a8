"""Of the door itself, the evidence, and the rooms below the two that people work in."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from access.log_review.words.act import OPEN, Act

OWN_ACTIONS: Mapping[str, Act] = {
    # The door's own (access.policy.Action): noted as reads, or as attempts.
    "list": Act(_("såg %(what)s i en lista"), OPEN),
    "read": Act(_("läste %(what)s"), OPEN),
    "write": Act(_("ändrade %(what)s"), _("ändra %(what)s")),
    "create": Act(_("skapade %(what)s"), _("skapa %(what)s")),
    "decide": Act(_("beslutade om %(what)s"), _("besluta om %(what)s")),
    "export": Act(_("tog ut en kopia av %(what)s"), _("ta ut en kopia av %(what)s")),
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
    "membership.propose": Act(_("föreslog en behörighet för någon")),
    "membership.withdraw": Act(_("tog tillbaka ett förslag om en behörighet")),
    "membership.refuse": Act(_("sade nej till ett förslag om en behörighet")),
    "membership.shorten": Act(_("lät en kollegas uppgift ta slut tidigare")),
    "account.invite": Act(_("skickade en länk för att välja lösenord")),
    "unit.add": Act(_("lade till en enhet")),
    "unit.change": Act(_("ändrade en enhets uppgifter")),
    "unit.end": Act(_("avslutade en enhet")),
    "municipality.change": Act(_("ändrade kommunens kontaktuppgifter")),
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
    "table.sign": Act(_("registrerade vem som har skrivit under en lagtabell")),
    "keys.rotate": Act(_("bytte nycklar")),
    "keys.destroy": Act(_("förstörde nycklar som är ersatta")),
    # reminders
    "absence.note": Act(_("skrev upp att någon är borta, och vem som är ersättare")),
    "absence.end": Act(_("skrev upp att någon är tillbaka")),
    "reminder.retry": Act(
        _("skickade en påminnelse igen som inte hade kommit fram"), _("skicka igen %(what)s")
    ),
    "clock.trust": Act(_("intygade att klockan går rätt, så att påminnelser skickas igen")),
    "reminder.superseded": Act(
        _("skickade inte en påminnelse om %(number)s, som en senare ersätter")
    ),
    "reminder.sent": Act(_("skickade en påminnelse om %(number)s")),
    "deadline.move": Act(_("flyttade ett datum i %(number)s")),
    "deadline.move_told": Act(
        _("lät chefen veta att ett datum i %(number)s har flyttats tre gånger eller mer")
    ),
    "reminder.choose": Act(_("ändrade hur påminnelser ska komma")),
    "calendar.give": Act(_("fick en kalenderadress")),
    "calendar.revoke": Act(_("stängde en kalenderadress")),
    "calendar.open": Act(_("hämtade sina dagar till en kalender")),
    "deadline.reassign": Act(_("gav ansvaret för ett datum i %(number)s till en kollega")),
}
