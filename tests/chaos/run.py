"""The product under the nemesis: what it owes, what came, and which tries were cut off where it could not know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path
from uuid import UUID

import psycopg
from django.db import connection

from access.actor import Actor
from access.request_transaction import work
from reminders.mail import message_id
from reminders.models import Reminder
from reminders.working_days import local_date, local_moment, next_working_day
from sspf import local
from tests.cast import Cast
from tests.chaos import failpoints
from tests.chaos.crew import OURS, Crew, wait_until_open
from tests.chaos.mail_server import taken
from tests.chaos.nemesis import Nemesis, Tell
from tests.chaos.people import colleagues, owe
from tests.chaos.place import Place
from tests.chaos.servers import Servers
from tests.chaos.steady import Steady

# Much shorter than the product's, so that many pauses outlast them. The mail server's time-out fits into the lease.
LEASE, PATIENCE, TIMEOUT = 6.0, 2.0, 0.8
CATCH_UP = 16


@dataclass(frozen=True)
class Told:
    """What is known of one deadline's two reminders in the end."""

    notices: int
    inbox: str
    mails: int
    mail: str
    cut_off: int


@dataclass(frozen=True)
class Outcome:
    """acknowledged: deadlines whose setting was committed as far as who set them knows."""

    faults: Counter[str]
    kills: int
    acknowledged: frozenset[UUID]
    told: dict[UUID, Told]
    unknown_mails: int

    @property
    def lost(self) -> int:
        vanished = len(self.acknowledged - self.told.keys())
        return vanished + sum(t.notices == 0 or t.mails == 0 for t in self.told.values())

    @property
    def notices_doubled(self) -> int:
        return sum(max(t.notices - 1, 0) for t in self.told.values())

    @property
    def mails_doubled(self) -> int:
        return sum(max(t.mails - 1, 0) for t in self.told.values())

    @property
    def cut_off(self) -> int:
        return sum(t.cut_off for t in self.told.values())

    @property
    def outside_the_window(self) -> int:
        """Mails more than once that no try explains which was cut off between handing over and commit."""
        return sum(max(t.mails - 1 - t.cut_off, 0) for t in self.told.values())

    @property
    def kept(self) -> bool:
        """The promise: nothing lost, notices once, mails twice only in the window."""
        return not (
            self.lost
            or self.unfinished
            or self.notices_doubled
            or self.outside_the_window
            or self.unknown_mails
        )

    @property
    def unfinished(self) -> int:
        return sum((t.inbox, t.mail) != ("sent", "sent") for t in self.told.values())


def next_morning() -> datetime:
    """09:00 on the next working day: the run's clock starts there."""
    day = next_working_day(local_date(datetime.now().astimezone()) + timedelta(days=1))
    return local_moment(day, clock(9))


def place_for(servers: Servers, folder: Path, *, smtp_port: int, slow: float) -> Place:
    return Place(
        superuser=servers.superuser,
        passwords=local.ensure().passwords,
        folder=folder,
        smtp_port=smtp_port,
        mail_timeout=TIMEOUT,
        lease=LEASE,
        patience=PATIENCE,
        redis_url=servers.valkey.url(),
        slow=slow,
        epoch=next_morning(),
    )


def run(
    servers: Servers,
    place: Place,
    *,
    deadlines: int,
    seconds: float,
    seed: int,
    between: tuple[float, float] = (0.3, 1.5),
    pauses: tuple[float, float] = (0.5, 9.0),
    tell: Tell | None = None,
) -> Outcome:
    """Sets `deadlines` while the nemesis rages for `seconds`, lets everything catch up, and looks."""
    place.enter("web")
    assert place.epoch is not None
    actor = Cast().actor("koordinator")
    crew = Crew(place, OURS)
    nemesis = Nemesis(crew, servers, seed=seed, between=between, pauses=pauses, tell=tell)
    people, due_on = iter(colleagues(actor, 2 * deadlines)), local_date(place.epoch)
    acknowledged = set[UUID]()
    # What failed with the database is set anew, for somebody else.
    debts = Steady(
        lambda: acknowledged.add(owe(actor, people, due_on=due_on)[0]),
        number=deadlines,
        seconds=seconds * 0.9,
    )
    try:
        for name in crew.names:
            crew.start(name)
        debts.start()
        nemesis.rage(seconds)
        debts.join(seconds + 120)
        assert not debts.is_alive()
    finally:
        crew.stop()
    _catch_up(place)
    return _look(place, nemesis, actor, acknowledged)


def _catch_up(place: Place) -> None:
    """Without faults, one tick after the other, each later than every waiting, until nothing is left to do."""
    assert place.epoch is not None
    # The product's own lease and time-outs: on a busy machine the run's are too short to get through.
    patient = replace(place, slow=0.0, lease=None, patience=None, mail_timeout=15.0)
    crew = Crew(patient, {"mail": OURS["mail"]})
    crew.start("mail")
    at = place.epoch + timedelta(minutes=10)
    try:
        wait_until_open(place.smtp_port)
        with psycopg.connect(place.superuser, autocommit=True) as database:
            for _step in range(CATCH_UP):
                at += failpoints.NEXT_TRY
                before = None
                while (left := failpoints.waiting(database)) != before:
                    before = left
                    failpoints.tick(patient, at)
                if not left:
                    return
                # What was claimed when the last process was killed.
                database.execute("SELECT pg_sleep(%s)", [LEASE / 4])
    finally:
        crew.stop()


# A try was cut off if its outcome was never known, or was noted by one who had slept there past the lease, when another
# had begun: transactions' numbers tell the order, clocks of the run do not.
_LOOK = """
SELECT d.id,
  (SELECT count(*) FROM reminders_notice n WHERE n.deadline_id = d.id),
  max(r.status) FILTER (WHERE r.channel = 'inapp'),
  max(r.status) FILTER (WHERE r.channel = 'mail'),
  (array_agg(r.id) FILTER (WHERE r.channel = 'mail'))[1],
  (SELECT count(*) FROM reminders_attempt s WHERE s.outcome = 'started'
     AND s.reminder_id IN (SELECT id FROM reminders_reminder o WHERE o.deadline_id = d.id AND o.stage = 0)
     AND NOT EXISTS (SELECT FROM reminders_attempt e WHERE e.reminder_id = s.reminder_id AND e.fence = s.fence
                       AND e.outcome NOT IN ('started', 'uncertain')
                       AND NOT EXISTS (SELECT FROM reminders_attempt n WHERE n.reminder_id = s.reminder_id
                                         AND n.fence > s.fence AND n.xmin::text::bigint < e.xmin::text::bigint)))
FROM reminders_deadline d JOIN reminders_reminder r ON r.deadline_id = d.id AND r.stage = 0
GROUP BY d.id
"""


def _look(place: Place, nemesis: Nemesis, actor: Actor, acknowledged: set[UUID]) -> Outcome:
    mails = taken(place.folder)
    with psycopg.connect(place.superuser) as database:
        rows = database.execute(_LOOK).fetchall()
    told, known = dict[UUID, Told](), set[str]()
    connection.close()  # The server that it was to may have been killed.
    with work(actor):
        reminders = Reminder.objects.in_bulk([row[4] for row in rows])
    for pk, notices, inbox, mail, mail_id, cut_off in rows:
        mark = message_id(reminders[mail_id])
        known.add(mark)
        told[pk] = Told(notices, inbox, mails[mark], mail, cut_off)
    return Outcome(
        faults=nemesis.done,
        kills=nemesis.kills,
        acknowledged=frozenset(acknowledged),
        told=told,
        unknown_mails=len(mails.keys() - known),
    )
