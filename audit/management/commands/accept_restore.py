"""`manage.py accept_restore`: a person says that the logs that are behind their checkpoints were lawfully restored."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.checkpoint_file import held
from audit.restored import NotARestore, accept, behind
from crypto.signing import audit_signer


class Command(BaseCommand):
    help = "After a restore: sets aside the checkpoints of events that are gone, with a signed note. Shows them first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--yes", action="store_true", help="do it; without this it is only shown"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder, signer = Path(settings.SSPF_CHECKPOINT_DIR), audit_signer()
        with held(folder) as alone:
            if not alone:
                raise CommandError("The sequencer is at work: stop it first.")
            logs = behind(folder, signer.public_key)
            for one in logs:
                self.stdout.write(
                    f"{one.municipality_id}: events number {one.tree.size} to {one.signed.size - 1} were signed and are gone"
                )
                if options["yes"]:
                    try:
                        aside = accept(one, folder, signer, datetime.now(UTC))
                    except NotARestore as fault:
                        raise CommandError(f"{one.municipality_id}: {fault}.") from None
                    self.stdout.write(f"  accepted; their checkpoints are in {aside.name}")
        if not logs:
            self.stdout.write("No log is behind its checkpoints.")
        elif not options["yes"]:
            self.stdout.write(
                "Nothing was changed. With --yes the log goes on from here; witnesses must be told."
            )
