"""Exchanging keys, one small transaction after the other, each noted in the log (crypto.rotation).

Readers and writers go on meanwhile: no transaction here waits for a row, and between two there is a pause.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext_noop

from access.actor import Actor, system_actor
from access.allauth_adapter import PURPOSE
from access.door import Purpose
from access.models import Agency, Municipality
from access.request_transaction import record, work
from crypto.rotation.data import DataJob
from crypto.rotation.index import IndexJob
from crypto.rotation.master import MasterJob
from crypto.rotation.municipality import MunicipalityJob
from crypto.rotation.platform import PlatformJob
from crypto.rotation.state import (
    NOBODY,
    Job,
    Page,
    Rotation,
    barrier,
    begin,
    only_one,
    passed,
    save,
)
from crypto.seal import reseal_system

NAME = gettext_noop("Nyckelbyte")
KINDS = ("master", "municipality", "data", "index", "platform")
AT_ONCE = 100
LOOK_AGAIN_SECONDS = 0.05

Tell = Callable[[Rotation], None]


class AnotherIsAtWork(Exception):
    """Some other process rotates keys; two would only be in each other's way."""


def jobs(kind: str, municipality: UUID | None) -> Iterator[Job]:
    """One job for each place that has keys of the kind; only those of one municipality, if it is named."""
    if municipality is None and kind in ("master", "platform"):
        yield (
            MasterJob(None)
            if kind == "master"
            else PlatformJob(_second_factors, older=timedelta(seconds=settings.SESSION_COOKIE_AGE))
        )
    if kind == "platform":
        return
    with work(None):
        places = Municipality.objects.order_by("code")
        chosen = places.filter(pk=municipality) if municipality else places
        ids = list(chosen.values_list("pk", flat=True))
        agencies: dict[UUID, list[UUID]] = {one: [] for one in ids}
        for agency, owner in Agency.objects.filter(municipality__in=ids).values_list(
            "pk", "municipality_id"
        ):
            agencies[owner].append(agency)
    for one in ids:
        if kind == "master":
            yield MasterJob(one)
        elif kind == "municipality":
            yield MunicipalityJob(one)
        elif kind == "index":
            yield IndexJob(one, agencies[one])
        else:
            yield from (DataJob(one, agency) for agency in sorted(agencies[one]))


def rotate(kind: str, municipality: UUID | None, *, pace: float, tell: Tell) -> Iterator[Rotation]:
    """Exchange the keys of a kind, going on where an earlier run ended; gives each place as it is done.

    Raises AnotherIsAtWork, and TooEarly where only destroying the replaced key is left, for later.
    pace: the share of time spent working, above 0 to 1; the rest is left to readers and writers.
    """
    if not only_one():
        raise AnotherIsAtWork
    for job in jobs(kind, municipality):
        yield _carry_out(job, pace=pace, tell=tell)


def _carry_out(job: Job, *, pace: float, tell: Tell) -> Rotation:
    with _step(job, NOBODY):
        rotation = begin(job)
    if rotation.phase in ("settle_again", "destroy"):
        # What was seen before this process is not known to it: to look once more costs little.
        rotation.phase, rotation.position = "work", ""
    passes = _Passes(untouched=rotation.position == "")
    while rotation.phase != "done":
        started = time.monotonic()
        tell(rotation)
        match rotation.phase:
            case "publish":
                _publish(job, rotation)
            case "settle":
                _settle(rotation, tell)
                _enter(job, rotation, "work")
            case "work":
                if passes.note(_page(job, rotation)):
                    _enter(job, rotation, "settle_again")
            case "settle_again":
                _settle(rotation, tell)
                _enter(job, rotation, "destroy" if passes.clean > 1 else "work")
            case "destroy":
                _destroy(job, rotation)
        time.sleep((time.monotonic() - started) * (1 - pace) / pace)
    tell(rotation)
    return rotation


@dataclass(slots=True)
class _Passes:
    """Whether the pass under way has found something, and how many in a row have found nothing."""

    untouched: bool
    clean: int = 0

    def note(self, page: Page) -> bool:
        """Whether a pass ended that found nothing to do."""
        self.untouched = self.untouched and not page.changed and not page.held
        if page.position:
            return False
        found_nothing, self.untouched = self.untouched, True
        self.clean = self.clean + 1 if found_nothing else 0
        return found_nothing


@contextmanager
def _step(job: Job, agency: UUID) -> Iterator[None]:
    """One transaction in the partition of the job."""
    with work(_actor(job, agency)):
        yield


def _actor(job: Job, agency: UUID) -> Actor | None:
    if job.municipality_id == NOBODY:
        return None
    return system_actor(name=NAME, municipality_id=job.municipality_id, agency_id=agency)


def _publish(job: Job, rotation: Rotation) -> None:
    with _step(job, job.agency_id):
        more = job.publish(rotation)
        record(
            "keys.rotate", object_type="crypto.key", object_id=rotation.id, purpose=Purpose.SYSTEM
        )
        if not more:
            rotation.phase = "settle"
        save(rotation)


def _settle(rotation: Rotation, tell: Tell) -> None:
    # Number and wait are this process's own: after a kill the next one waits for what runs then.
    with work(None):
        number = barrier()
    while not passed(number):
        time.sleep(LOOK_AGAIN_SECONDS)
        tell(rotation)


def _enter(job: Job, rotation: Rotation, phase: str) -> None:
    rotation.phase, rotation.position = phase, ""
    with _step(job, job.agency_id):
        save(rotation)


def _page(job: Job, rotation: Rotation) -> Page:
    agency = job.agency_at(rotation) if isinstance(job, IndexJob) else job.agency_id
    with _step(job, agency):
        page = job.page(rotation)
        if page.changed:
            record(
                "keys.rotate",
                object_type="crypto.key",
                object_id=rotation.id,
                purpose=Purpose.SYSTEM,
            )
        rotation.position = page.position
        rotation.done += page.changed
        save(rotation)
    return page


def _destroy(job: Job, rotation: Rotation) -> None:
    with _step(job, job.agency_id):
        rotation.kept = job.destroy(rotation)
        record(
            "keys.destroy", object_type="crypto.key", object_id=rotation.id, purpose=Purpose.SYSTEM
        )
        rotation.phase = "done"
        save(rotation)


def _second_factors(position: str) -> Page:
    """The seeds and recovery codes that allauth keeps, one page of rows; what somebody is using is left."""
    after = int(position or 0)
    ids = list(
        Authenticator.objects.filter(pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    taken = (
        Authenticator.objects.filter(pk__in=ids)
        .order_by("pk")
        .only("id", "data")
        .select_for_update(skip_locked=True, no_key=True)
    )
    changed, held = 0, len(ids)
    for row in taken:
        held -= 1
        anew = _anew(row.data)
        if anew != row.data:
            Authenticator.objects.filter(pk=row.pk).update(data=anew)
            changed += 1
    last = str(ids[-1]) if len(ids) == AT_ONCE else ""
    return Page(last, seen=len(ids), changed=changed, held=held)


def _anew(kept: object) -> object:
    """The same data with every sealed text in it sealed with the newest key."""
    if isinstance(kept, dict):
        return {
            name: _text_anew(value) if name in ("secret", "seed") else _anew(value)
            for name, value in kept.items()
        }
    return kept


def _text_anew(text: str) -> str:
    anew = reseal_system(base64.b64decode(text), purpose=PURPOSE)
    return text if anew is None else base64.b64encode(anew).decode()
