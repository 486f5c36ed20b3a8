"""What was typed and never sent does not become a register."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from access.models import HeldForm
from access.request_transaction import set_partition
from cases.models import ConcernDraft
from cases.services.forgotten import destroy_forgotten
from tests.cases import steps
from tests.cast import Cast


def test_a_draft_nobody_came_back_to_is_destroyed_after_thirty_days(cast: Cast) -> None:
    cast.client("larare").post("/oro/utkast/", steps.concern_fields(harm=""))
    locked = cast.client("fritidsledare")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        locked.post("/oro/ny/", steps.concern_fields())
    assert destroy_forgotten(now=timezone.now() + timedelta(days=29)) == 0
    assert destroy_forgotten(now=timezone.now() + timedelta(days=31)) == 2
    for who in ("larare", "fritidsledare"):
        set_partition(cast.actor(who))
        assert not ConcernDraft.objects.exists()
        assert not HeldForm.objects.exists()
