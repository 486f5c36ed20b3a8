"""`manage.py import_pledge FILE --municipality 1495`: reads a published pledge's text into a draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseFault
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.models import Municipality
from access.municipality_codes import municipality_names
from access.request_transaction import work
from safety.models import Pledge, Promiser
from safety.pledge_text import PledgeReading, UnreadablePledge, read_pledge, to_json
from safety.pledge_text.reading import LARGEST
from safety.rules.person_words import PointsOutAPerson
from safety.services.content import content_of
from safety.services.pledge import NoOwner, owning_agency, save_pledge

IMPORTER = gettext_noop("Import av medborgarlöfte")


class Command(BaseCommand):
    """Wrong input gives one clear line and stores nothing."""

    help = "Reads a citizen pledge from plain text and stores it as a draft to review."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--municipality", required=True, metavar="CODE", help="such as 1495")
        parser.add_argument("--year", type=int, help="where the text names no year")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what was read, store nothing"
        )
        parser.add_argument("--json", action="store_true", help="print what was read as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except UnreadablePledge as refusal:
            raise CommandError(_(str(refusal))) from None
        except DatabaseFault as fault:
            raise CommandError(
                _("Databasen svarar inte som den ska (%(kind)s). Inget har sparats.")
                % {"kind": type(fault).__name__}
            ) from None

    def _import(self, options: dict[str, Any]) -> None:
        raw = _read(options["file"])
        code: str = options["municipality"]
        pledge = None
        if options["dry_run"]:
            reading = read_pledge(raw, municipality_name=_name(code))
        else:
            municipality = _municipality(code)
            reading = read_pledge(raw, municipality_name=municipality.name)
            pledge = self._store(municipality, reading, options["year"])
        if options["json"]:
            self.stdout.write(json.dumps(to_json(reading), ensure_ascii=False, indent=2))
        else:
            self._show(reading)
        if pledge is not None and not options["json"]:
            self.stdout.write(
                _("Sparat som utkast för %(place)s %(year)s. Granska det under Medborgarlöften.")
                % {"place": pledge.municipality.name, "year": pledge.year}
            )

    def _store(
        self, municipality: Municipality, reading: PledgeReading, year: int | None
    ) -> Pledge:
        year = year or reading.year
        if year is None:
            raise CommandError(_("Texten nämner inget år. Ange det med --year."))
        try:
            owner = owning_agency(municipality)
        except NoOwner:
            raise CommandError(
                _("Kommunen %(code)s har ingen enhet som kan äga ett medborgarlöfte.")
                % {"code": municipality.code}
            ) from None
        actor = system_actor(
            name=IMPORTER,
            municipality_id=municipality.id,
            agency_id=owner.id,
            agency_kind=owner.kind,
        )
        with work(actor):
            if Pledge.objects.filter(year=year, removed_at__isnull=True).exists():
                self.stderr.write(
                    _("Obs: det finns redan ett medborgarlöfte för %(year)s i kommunen.")
                    % {"year": year}
                )
            content = content_of(reading, year=year, municipality_id=municipality.id)
            try:
                return save_pledge(actor=actor, content=content, now=timezone.now())
            except PointsOutAPerson:
                raise CommandError(
                    _(
                        "I texten står något som liknar ett personnummer. Ta bort det och försök igen."
                    )
                ) from None

    def _show(self, reading: PledgeReading) -> None:
        self.stdout.write(f"{reading.title or _('Utan rubrik')} ({reading.year or _('inget år')})")
        for promise in reading.promises:
            self.stdout.write(f"  {Promiser(promise.promiser.value).label}: {promise.text}")
        for area in reading.focus_areas:
            self.stdout.write(f"  {_('Fokusområde')}: {area}")
        for line in reading.unplaced:
            self.stdout.write(f"  {_('Inte placerad')}: {line.text}")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One more than is allowed is enough to know that it is too much.
            return file.read(LARGEST + 1)
    except OSError as fault:
        raise CommandError(
            _("Filen går inte att läsa: %(why)s.") % {"why": fault.strerror or type(fault).__name__}
        ) from None
    except ValueError:
        raise CommandError(_("Filnamnet går inte att använda.")) from None


def _name(code: str) -> str:
    """A dry run asks no directory: any of the country's municipalities will do."""
    name = municipality_names().get(code)
    return name if name is not None else _municipality(code).name


def _municipality(code: str) -> Municipality:
    found = Municipality.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(f"{m.code} {m.name}" for m in Municipality.objects.order_by("code"))
        raise CommandError(
            _("Kommunkoden %(code)s finns inte här. Det här finns: %(known)s.")
            % {"code": code, "known": known or _("inga kommuner")}
        )
    return found
