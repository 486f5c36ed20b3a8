"""The demo's pledges and joint intervention, made through the services. Invented from beginning to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import Membership, Unit
from access.request_transaction import work
from reminders.working_days import local_date
from safety.models import (
    Activity,
    ActivityStatus,
    Intervention,
    InterventionState,
    InterventionTask,
    Level,
    Pledge,
    Promise,
    Promiser,
    TaskStatus,
)
from safety.rules.follow_up import next_follow_up
from safety.services.activity import ActivityFields, add_activity, add_follow_up
from safety.services.approval import approve
from safety.services.content import PledgeContent, PromiseContent, recurring
from safety.services.intervention import (
    InterventionFields,
    change_intervention,
    start_intervention,
)
from safety.services.intervention_task import add_task, report_task
from safety.services.pledge import membership_of, save_pledge
from safety.services.publication import publish

ActorOf = Callable[[str], Actor]
SAFETY, POLICE, YOUTH, SOCIAL = "trygghetssamordnare", "polis", "fritidsledare", "socialsekreterare"
COUNTED = ("conversations_held", "follow_ups_held")
FOCUS = ("Ungas livsvillkor", "Trygghet i centrum")

THIS_YEAR = (
    (Promiser.MUNICIPALITY, "Att hålla orossamtal och följa upp ungdomar som har det svårt."),
    (Promiser.MUNICIPALITY, "Att laga belysning där invånarna har sagt att det är mörkt."),
    (Promiser.POLICE, "Att fotpatrullera vid stationen på fredagar och lördagar."),
    (Promiser.TOGETHER, "Att vara ute tillsammans med vuxenvandrarna på skollovens kvällar."),
)
NEXT_YEAR = (
    (
        Promiser.MUNICIPALITY,
        "Att fortsätta hålla orossamtal och följa upp ungdomar som har det svårt.",
    ),
    (Promiser.POLICE, "Att fotpatrullera vid stationen på fredagar och lördagar."),
    (Promiser.POLICE, "Att besöka alla elever i årskurs 7."),
    (Promiser.TOGETHER, "Att bjuda in till två trygghetsvandringar."),
)


def seed_safety(actor_of: ActorOf) -> None:
    """Once: a published pledge with a follow-up, next year's draft, and a joint intervention with two tasks."""
    safety = actor_of(SAFETY)
    with work(safety):
        if Pledge.objects.exists():
            return
    now = timezone.now()
    year = local_date(now).year
    patrol = _published(actor_of, year, now)
    with work(safety):
        save_pledge(actor=safety, content=_content(safety, year + 1, NEXT_YEAR), now=now)
    _intervention(actor_of, patrol, now)


def _published(actor_of: ActorOf, year: int, now: datetime) -> Activity:
    """This year's pledge, published; gives the activity that the intervention serves."""
    safety, police = actor_of(SAFETY), actor_of(POLICE)
    with work(safety):
        pledge = save_pledge(actor=safety, content=_content(safety, year, THIS_YEAR), now=now)
        talks, lights, walks, together = pledge.promises.all()
        _activity(
            safety,
            talks,
            what="Orossamtal erbjuds när någon är orolig, och följs upp inom tre månader",
            owner=actor_of(SOCIAL),
            due_on=date(year, 12, 31),
            indicator="Antal samtal och uppföljningar",
            figure_keys=COUNTED,
        )
        lamps = _activity(
            safety,
            lights,
            what="Trygghetsvandring och ny belysning vid gångtunneln",
            owner=safety,
            due_on=date(year, 6, 30),
            indicator="Alla lampor på vandringens lista lyser",
            status=ActivityStatus.DONE,
            result="Tolv lampor byttes och två sattes upp.",
        )
        add_follow_up(
            actor=safety,
            activity=lamps,
            text="Lampan i gångtunneln är lagad. Buskagen klipps i höst.",
            noted_on=min(date(year, 5, 14), local_date(now)),
            seen_version=lamps.pledge.version,
        )
        patrol = _activity(
            safety,
            walks,
            what="Två poliser till fots klockan 20–01",
            owner=police,
            due_on=date(year, 12, 31),
            indicator="Antal kvällar",
        )
        _activity(
            safety,
            together,
            what="Gemensamma kvällar på sportlov, sommarlov och höstlov",
            owner=actor_of(YOUTH),
            due_on=date(year, 11, 6),
            indicator="Minst tre kvällar per lov",
        )
    for actor in (safety, police):
        with work(actor):
            row = door.visible(actor, Pledge).get(pk=pledge.pk)
            approve(actor=actor, pledge=row, seen_version=row.version, now=now)
    with work(safety):
        row = door.visible(safety, Pledge).get(pk=pledge.pk)
        publish(
            actor=safety,
            pledge=row,
            seen_version=row.version,
            next_follow_up_on=next_follow_up(local_date(now)),
            now=now,
        )
    return patrol


def _content(safety: Actor, year: int, promises: Sequence[tuple[Promiser, str]]) -> PledgeContent:
    links = recurring(
        {text: text for _who, text in promises}, year=year, municipality_id=safety.municipality_id
    )
    return PledgeContent(
        year=year,
        title=f"Medborgarlöfte {year}",
        parties=["Skara kommun", "Polisen"],
        promises=[
            PromiseContent(
                promiser=who, text=text, recurs_from=links[text].id if text in links else None
            )
            for who, text in promises
        ],
        focus_areas=FOCUS,
    )


def _activity(
    safety: Actor,
    promise: Promise,
    *,
    what: str,
    owner: Actor,
    due_on: date,
    indicator: str,
    status: ActivityStatus = ActivityStatus.ONGOING,
    result: str = "",
    figure_keys: Sequence[str] = (),
) -> Activity:
    # Read anew: every activity counts up the pledge's version.
    pledge = Pledge.objects.get(pk=promise.pledge_id)
    return add_activity(
        actor=safety,
        pledge=pledge,
        given=ActivityFields(
            promise=promise,
            what=what,
            owner_unit=_unit(owner),
            due_on=due_on,
            indicator=indicator,
            result=result,
            status=status,
            figure_keys=figure_keys,
        ),
        seen_version=pledge.version,
    )


def _unit(actor: Actor) -> Unit:
    return _membership(actor).unit


def _membership(actor: Actor) -> Membership:
    return Membership.objects.select_related("unit").get(id=membership_of(actor))


def _intervention(actor_of: ActorOf, serves: Activity, now: datetime) -> None:
    safety, youth, today = actor_of(SAFETY), actor_of(YOUTH), local_date(now)
    given = InterventionFields(
        level=Level.AREA,
        what="Vuxna på plats vid stationen på fredags- och lördagskvällar fram till jullovet.",
        where="Stationen och torget",
        starts_on=today - timedelta(days=7),
        ends_on=today + timedelta(days=28),
        requested_by=_unit(safety),
        activity=serves,
    )
    with work(safety):
        made = start_intervention(actor=safety, given=given, now=now)
        for who, what, days in (
            (POLICE, "Gå förbi stationen minst två gånger varje kväll", 6),
            (YOUTH, "Ha fritidsgården öppen till klockan 23", 1),
        ):
            add_task(
                actor=safety,
                intervention=made,
                responsible=_membership(actor_of(who)),
                what=what,
                due_on=today + timedelta(days=days),
            )
        made = Intervention.objects.get(pk=made.pk)
        change_intervention(
            actor=safety,
            intervention=made,
            given=given,
            state=InterventionState.ONGOING,
            result="",
            seen_version=made.version,
        )
    with work(youth):
        task = door.visible(youth, InterventionTask).get(responsible_id=youth.membership_id)
        report_task(
            actor=youth,
            task=task,
            status=TaskStatus.ONGOING,
            result="Öppet första helgen.",
            seen_version=task.version,
        )
