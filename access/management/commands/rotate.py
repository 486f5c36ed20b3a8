"""`manage.py rotate KIND`: exchange keys while everybody works; `--status` tells how far that has got."""

import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.models import Agency, Municipality
from access.request_transaction import work
from access.rotation import KINDS, AnotherIsAtWork, rotate
from crypto.errors import CryptoError
from crypto.key_services import configured
from crypto.rotation.state import NOBODY, Rotation, TooEarly, every

PHASES = {
    "publish": "making new keys",
    "settle": "waiting for what began before",
    "work": "sealing anew",
    "settle_again": "waiting for what began before",
    "destroy": "destroying the replaced keys",
    "done": "done",
}
TELL_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Exchanges keys without stopping anything. Killed or interrupted, it goes on when it is run again. "
        "master: wraps keys with the newest master key, or moves them to the key service that is configured. "
        "municipality: the key that wraps data keys. data: the keys that seal texts and files. "
        "index: the key of the blind index. platform: the key of second factors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", nargs="?", choices=KINDS)
        parser.add_argument("--municipality", help="only this one, by its code")
        parser.add_argument(
            "--pace", type=float, default=0.5, help="share of time spent working (0–1)"
        )
        parser.add_argument("--status", action="store_true", help="tell how far it has got")

    def handle(self, *args: Any, **options: Any) -> None:
        self._names = _names()
        if options["status"]:
            self._status()
            return
        if options["kind"] is None:
            raise CommandError("Say which keys: " + ", ".join(KINDS) + ". Or --status.")
        if not 0 < options["pace"] <= 1:
            raise CommandError("--pace is above 0 and at most 1.")
        self._clock = _Clock()
        chosen = _municipality(options["municipality"])
        try:
            for done in rotate(options["kind"], chosen, pace=options["pace"], tell=self._tell):
                self.stdout.write(self._line(done))
        except AnotherIsAtWork:
            raise CommandError(
                "Another rotation is at work; --status tells how far it is."
            ) from None
        except TooEarly as wait:
            until = timezone.localtime(wait.until)
            self.stdout.write(
                f"Everything is sealed anew. Run this again after {until:%Y-%m-%d %H:%M}:"
                " then no session holds anything under the replaced key, and it is destroyed."
            )
        except CryptoError as fault:
            raise CommandError(f"Stopped: {fault}. Run it again when that is mended.") from None

    def _tell(self, rotation: Rotation) -> None:
        if self._clock.due(rotation):
            self.stdout.write(self._line(rotation) + self._clock.pace(rotation))
            self.stdout.flush()

    def _line(self, rotation: Rotation) -> str:
        place = "the platform"
        if rotation.municipality_id != NOBODY:
            place = self._names.get(rotation.municipality_id, str(rotation.municipality_id))
        if rotation.agency_id != NOBODY:
            place += f", {self._names.get(rotation.agency_id, rotation.agency_id)}"
        of = f" of {rotation.total}" if rotation.total else ""
        kept = (
            f", {rotation.kept} keys kept: something damaged hangs on them" if rotation.kept else ""
        )
        return f"{rotation.kind} · {place}: {PHASES[rotation.phase]}, {rotation.done}{of}{kept}"

    def _status(self) -> None:
        found = every()
        for rotation in found:
            moved = timezone.localtime(rotation.moved_at)
            self.stdout.write(f"{self._line(rotation)} ({moved:%Y-%m-%d %H:%M:%S})")
        if not found:
            self.stdout.write("No keys have been exchanged.")
        services = configured()
        self.stdout.write(f"\nplatform: {services.platform}")
        with work(None):
            for one in Municipality.objects.order_by("code").only("id", "code", "name"):
                self.stdout.write(f"{one.code} {one.name} {one.id}: {services.name_for(one.id)}")


class _Clock:
    """When to tell the next time, and how fast it goes."""

    def __init__(self) -> None:
        self._of: UUID | None = None
        self._phase = ""
        self._told = self._began = 0.0
        self._from = 0

    def due(self, rotation: Rotation) -> bool:
        now = time.monotonic()
        if self._of != rotation.id:
            self._of, self._began, self._from = rotation.id, now, rotation.done
        elif self._phase == rotation.phase and now - self._told < TELL_EVERY_SECONDS:
            return False
        self._told, self._phase = now, rotation.phase
        return rotation.phase != "done"

    def pace(self, rotation: Rotation) -> str:
        took, done = time.monotonic() - self._began, rotation.done - self._from
        if rotation.phase != "work" or done == 0 or took == 0:
            return ""
        rate = done / took
        left = max(rotation.total - rotation.done, 0) / rate
        return f", {rate:.0f}/s" + (f", {left:.0f} s left" if rotation.total else "")


def _names() -> dict[UUID, str]:
    with work(None):
        municipalities = Municipality.objects.values_list("id", "code", "name")
        names = {pk: f"{code} {name}" for pk, code, name in municipalities}
        return names | dict(Agency.objects.values_list("id", "name"))


def _municipality(code: str | None) -> UUID | None:
    if code is None:
        return None
    with work(None):
        found = Municipality.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise CommandError(f"No municipality has the code {code}.")
    return found
