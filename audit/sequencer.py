"""The sequencer: gives committed events their numbers and signs what the tree then is (design D8).

Order of things, so that a kill at any point leaves a state from which a restart goes on:

1. one transaction moves events from the queue into the sequence and grows the tree;
2. after that commit the tree is signed, and the checkpoint is appended to its file and synced.

A kill before 1 commits leaves the queue as it was. Between 1 and 2 the file lags; the next start signs. In the
middle of 2 the file ends in a torn note, which the next start cuts off. The file is never ahead of the database,
so when it is, somebody has changed the database: nothing is numbered or signed for that municipality any more.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from audit import trees
from audit.auditctl import BadCheckpoint, Report, Tree, check_changes, is_uuid, verify
from audit.checkpoint_file import held
from crypto.signing import Signer

log = logging.getLogger("audit.sequencer")

POLL = 0.5
SWEEP = 10.0
SLOWEST_RETRY = 30.0
MONTHS_AHEAD = 3


class Sequencer:
    """The work of one process; `cycle` is one round of it."""

    def __init__(self, *, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer
        self._known: dict[UUID, Tree] = {}
        self._unsigned: set[UUID] = set()
        self._faults: dict[UUID, str] = {}
        self._told: dict[UUID, str] = {}
        self._swept = float("-inf")
        self._partitioned: date | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; wait for a database that is away, and for a sequencer that is first."""
        told = False
        while not stop.is_set():
            with held(self._folder) as alone:
                if alone:
                    self._work(stop)
                    return
            if not told:
                log.info("another sequencer is at work; waiting for it to end")
                told = True
            stop.wait(POLL)

    def run_once(self) -> bool:
        """Do all there is to do; tell whether this process was the one to do it."""
        with held(self._folder) as alone:
            if alone:
                self.cycle(sweep=True)
            return alone

    def _work(self, stop: threading.Event) -> None:
        pause = POLL
        while not stop.is_set():
            try:
                self.cycle(sweep=time.monotonic() - self._swept >= SWEEP)
                pause = POLL
            except trees.Elsewhere:
                log.info("a sequencer on another machine is at work")
            except (DatabaseError, InterfaceError, psycopg.Error) as fault:
                # The message may quote a row; its kind is enough to look for it in the server's log.
                log.warning("the database does not answer (%s)", type(fault).__name__)
                connection.close()
                pause = min(max(pause, POLL) * 2, SLOWEST_RETRY)
            stop.wait(pause)
        connection.close()

    def cycle(self, *, sweep: bool) -> None:
        """One round: numbers, signatures, verifications; a sweep also looks for what was left over."""
        if sweep:
            self._make_partitions()
            self._faults.clear()
            self._unsigned |= self._municipalities_in("tree") | self._signed_before()
        for municipality_id in self._municipalities_in("unsequenced"):
            self._guarded(municipality_id, self._number)
        for municipality_id in tuple(self._unsigned):
            self._guarded(municipality_id, self._sign)
        for municipality_id in self._municipalities_in("verification_request"):
            self._verify(municipality_id)
        if sweep:
            self._beat()
            self._swept = time.monotonic()

    def _guarded(self, municipality_id: UUID, step: Callable[[UUID], None]) -> None:
        """A municipality whose log is at fault is left alone until the next sweep; the others go on."""
        if municipality_id in self._faults:
            return
        try:
            step(municipality_id)
        except (trees.Inconsistent, BadCheckpoint, OSError) as fault:
            self._known.pop(municipality_id, None)
            self._faults[municipality_id] = str(fault)
            if self._told.get(municipality_id) != str(fault):
                log.error(  # noqa: TRY400  one line; the fault is no error of the program
                    "log of %s: %s", municipality_id, fault
                )
                self._told[municipality_id] = str(fault)

    def _number(self, municipality_id: UUID) -> None:
        key = self._signer.public_key
        taken = trees.BATCH
        while taken == trees.BATCH:
            known = self._known.get(municipality_id)
            tree, taken = trees.grow(municipality_id, known, self._folder, key)
            self._known[municipality_id] = tree
            self._unsigned.add(municipality_id)

    def _sign(self, municipality_id: UUID) -> None:
        known = self._known.get(municipality_id)
        self._known[municipality_id] = trees.sign(
            municipality_id, known, self._folder, self._signer
        )
        self._unsigned.discard(municipality_id)
        self._told.pop(municipality_id, None)

    def _verify(self, municipality_id: UUID) -> None:
        """Run what the web asked for, over a connection and a snapshot of its own."""
        parts = connection.get_connection_params()
        for ours in ("cursor_factory", "context", "prepare_threshold"):
            parts.pop(ours, None)
        key = self._signer.public_key
        with psycopg.connect(**parts) as own:
            reports = list(verify(own, self._folder, key, municipality_id=municipality_id))
            # The rows themselves are for `auditctl cells`: this process may not read them.
            for report in reports:
                check_changes(own, report, only=report.municipality_id)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM audit.verification_request WHERE municipality_id = %s",
                [municipality_id],
            )
            for report in reports:
                _keep(cursor, report)

    def _make_partitions(self) -> None:
        """Make the months to come, once a day; a busy table is tried again at the next sweep."""
        today = datetime.now(UTC).date()
        if self._partitioned == today:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT audit.make_partition((%s + make_interval(months => n))::date)"
                    " FROM generate_series(0, %s) AS n",
                    [today, MONTHS_AHEAD],
                )
            self._partitioned = today
        except OperationalError as fault:
            log.warning("partitions for the months to come: %s", type(fault.__cause__).__name__)

    def _beat(self) -> None:
        """Tell that the sequencer lives, for the health page."""
        fault = "; ".join(f"{name}: {text}" for name, text in sorted(self._faults.items()))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit.sequencer_status (beat_at, waiting, fault)"
                " SELECT now(), count(*), %s FROM audit.unsequenced"
                " ON CONFLICT (only_row) DO UPDATE SET beat_at = excluded.beat_at,"
                " waiting = excluded.waiting, fault = excluded.fault",
                [fault],
            )

    def _signed_before(self) -> set[UUID]:
        names = (path.stem for path in self._folder.glob("*.checkpoints"))
        return {UUID(name) for name in names if is_uuid(name)}

    @staticmethod
    def _municipalities_in(
        table: Literal["tree", "unsequenced", "verification_request"],
    ) -> set[UUID]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT municipality_id FROM audit.{table}")  # noqa: S608
            return {row[0] for row in cursor.fetchall()}


def _keep(cursor: Any, report: Report) -> None:
    checkpoint = report.checkpoint
    cursor.execute(
        "INSERT INTO audit.verification (id, municipality_id, ran_at, events, root, checkpoint_size,"
        " checkpoint_at, ok, faults) VALUES (%s, %s, now(), %s, %s, %s, %s, %s, %s)",
        [
            uuid4(),
            report.municipality_id,
            report.events,
            report.root,
            checkpoint.size if checkpoint else None,
            checkpoint.signed_at if checkpoint else None,
            not report.faults,
            json.dumps([asdict(fault) for fault in report.faults]),
        ],
    )
