"""The sequencer's process: `manage.py sequencer`, `--once` to do what there is to do and end, `--status`."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.check import health
from audit.sequencer import Sequencer
from crypto.signing import audit_signer


class Command(BaseCommand):
    help = "Numbers events, grows the evidence log's trees and signs checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do all there is to do, then end")
        parser.add_argument(
            "--status", action="store_true", help="tell how it is; fails unless it is well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            if (state := health().sequencer) != "ok":
                raise CommandError(state)
            self.stdout.write(state)
            return
        sequencer = Sequencer(folder=Path(settings.SSPF_CHECKPOINT_DIR), signer=audit_signer())
        if options["once"]:
            if not sequencer.run_once():
                self.stdout.write("Another sequencer is at work.")
            return
        stop = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        sequencer.run(stop)
