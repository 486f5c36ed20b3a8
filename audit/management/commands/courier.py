"""The courier's process: `manage.py courier`, `--once` for one round, `--show` who cosigned what, `--status`."""

import signal
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.auditctl import is_uuid, origin_of
from audit.check import health
from audit.checkpoint_file import latest_note
from audit.courier import Courier
from audit.witness import LOG_KEY, PublicKey, cosigned_at, read_note
from audit.witnesses import Witness, kept_notes, read_witnesses


class Command(BaseCommand):
    help = (
        "Carries new checkpoints to the witnesses in SSPF_WITNESSES and keeps their cosignatures."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="make one round, then end")
        parser.add_argument(
            "--status", action="store_true", help="tell how it is; fails on silence or a fault"
        )
        parser.add_argument(
            "--show", action="store_true", help="print each log's key and who has cosigned what"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            if (state := health().witnesses) not in {"ok", "never"}:
                raise CommandError(state)
            self.stdout.write(state)
            return
        folder, key = Path(settings.SSPF_CHECKPOINT_DIR), settings.SSPF_AUDIT_PUBLIC_KEY
        try:
            witnesses = read_witnesses(settings.SSPF_WITNESSES)
        except ValueError as fault:
            raise CommandError(str(fault)) from None
        if options["show"]:
            self._show(folder, witnesses, key)
            return
        courier = Courier(folder=folder, witnesses=witnesses, public_key=key)
        if options["once"]:
            if not courier.run_once():
                self.stdout.write("Another courier is at work.")
            return
        stop = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        courier.run(stop)

    def _show(self, folder: Path, witnesses: tuple[Witness, ...], key: bytes) -> None:
        names = sorted(path.stem for path in folder.glob("*.checkpoints") if is_uuid(path.stem))
        for name in names:
            municipality_id = UUID(name)
            log_key = PublicKey(origin_of(municipality_id), LOG_KEY, key)
            note = latest_note(folder, municipality_id)
            signed = f"{read_note(note).size} events signed" if note else "nothing signed"
            self.stdout.write(f"{log_key.vkey()}\n  {signed}")
            kept = kept_notes(folder, municipality_id, [witness.key for witness in witnesses])
            for witness in witnesses:
                last = kept.get(witness.key.name)
                seconds = cosigned_at(last, witness.key) if last else None
                if last is None or seconds is None:
                    self.stdout.write(f"  {witness.name}: has cosigned nothing")
                else:
                    when = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
                    self.stdout.write(f"  {witness.name}: cosigned {last.size} events {when}")
