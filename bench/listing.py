"""The list of cases for somebody who sees a few of 100,000: against no restriction, and against django-guardian."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from django.db.models import QuerySet, Value
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access import door
from access.actor import MEMBERSHIP_KEY, Actor, actor_of
from access.marks import BAR, terms_of
from access.models import Membership
from access.policy import Action
from access.request_transaction import work
from access.session_guard import DEMO_FACTOR
from bench import database
from bench.changes import Place
from bench.figure import Figure, Goal, Plan, at_least, at_most
from bench.measure import Pairs, Spread, interleaved, timed
from bench.peer_process import Peer, installed
from bench.people import add_cases, coordinator
from cases.models import Case

# As many as a page of the list holds (cases.views.case), so that both arms show the same.
OWN = 50
# As many rows as the peer is asked for.
GUARDIANS = 25
COLLEAGUES = 50
GOAL = "list page, restricted : unrestricted, 100,000 cases"
MANY = "list of one who works on half of 100,000 cases : django-guardian"
FEW = "list of one who works on 50 of 100,000 cases : django-guardian"


def measure(plan: Plan) -> Iterator[Figure]:
    cases, times = plan.size(100_000, 200), plan.size(10, 2)
    python = installed()
    with ExitStack() as opened:
        name = opened.enter_context(database.copy("listing"))
        actor = coordinator()
        case, many = fill(name, actor, cases)
        place = Place(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            case_id=case.pk,
            membership_id=actor.member,
            user_id=actor.user,
        )
        page = _page(actor, times)
        pairs = interleaved(timed(page), timed(_unrestricted(page)), pairs=plan.pairs)
        yield _figure(GOAL, pairs.times(), at_most(1.10), pairs, times)
        peer = opened.enter_context(Peer.started(python, "guardian", name, place))
        for title, who, order, goal in (
            (MANY, many, "list_many", at_least(5)),
            (FEW, actor, "list_few", None),
        ):
            pairs = interleaved(
                timed(_listed(who, times)),
                peer.arm(times, order=order, each=GUARDIANS),
                pairs=plan.pairs,
            )
            yield _figure(title, pairs.speeds(), goal, pairs, times)


def _page(actor: Actor, times: int) -> Callable[[], None]:
    """The list page of one who works on a few cases, through all of the product but the socket."""
    client = Client(HTTP_HOST="localhost")
    user = Membership.objects.get(pk=actor.member).user
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[DEMO_FACTOR] = True
    session[MEMBERSHIP_KEY] = str(actor.member)
    session["started"] = session["seen"] = timezone.now().isoformat()
    session.save()

    def once() -> None:
        for _ in range(times):
            answer = client.get(reverse("case_list"))
            rows = answer.content.count(b'<th scope="row">')
            if answer.status_code != 200 or rows != OWN:
                raise RuntimeError("the list is not as it should be")

    return once


def _unrestricted(page: Callable[[], None]) -> Callable[[], None]:
    """The same page where the door asks nothing of the rows and marks all of them as one's own."""

    def everything(
        actor: Actor, model: type[Any], *, action: Action = Action.LIST
    ) -> QuerySet[Any]:
        marks = {mark: Value(not mark.startswith(BAR)) for mark in terms_of(actor, model).marks}
        rows: QuerySet[Any] = model._default_manager.annotate(**marks)
        return rows

    def once() -> None:
        restricted, door.visible = door.visible, everything
        try:
            page()
        finally:
            door.visible = restricted

    return once


def _listed(actor: Actor, times: int) -> Callable[[], None]:
    """What guardian's arm does: the rows of the first page, each time in a transaction of its own."""

    def once() -> None:
        for _ in range(times):
            with work(actor):
                if len(door.visible(actor, Case)[:GUARDIANS]) != GUARDIANS:
                    raise RuntimeError("the list is not as it should be")

    return once


def fill(name: str, actor: Actor, cases: int) -> tuple[Case, Actor]:
    """The actor's own are the newest; each other case is worked on by three of fifty colleagues, every second by one more.

    Gives a case of the actor's, and the one who works on half of them all.
    """
    own = add_cases(actor, OWN)
    with work(actor):
        colleagues = Membership.objects.bulk_create(
            Membership(
                user_id=actor.user,
                municipality_id=actor.municipality_id,
                agency_id=actor.agency_id,
                unit_id=actor.unit,
                role="social_worker",
                starts_on=timezone.localdate(),
                ends_on=timezone.localdate(),
            )
            for _ in range(COLLEAGUES)
        )
        many = Membership.objects.create(
            user_id=actor.user,
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            unit_id=actor.unit,
            role="coordinator",
            starts_on=timezone.localdate(),
            ends_on=timezone.localdate(),
        )
    place = [actor.municipality_id, actor.agency_id]
    with database.connect(name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "INSERT INTO cases_case (id, municipality_id, agency_id, number, person_id, stage, opened_at,"
            " close_reason, stopped_because, version)"
            " SELECT lpad(to_hex(n), 32, '0')::uuid, %s, %s, 'B-' || n, %s, 'active',"
            " now() - n * interval '1 minute', '', '', 0 FROM generate_series(1, %s) n",
            [*place, own[0].person_id, cases - OWN],
        )
        superuser.execute(
            "INSERT INTO cases_assignment (id, municipality_id, agency_id, case_id, membership_id, lead,"
            " starts_on, ends_on)"
            " SELECT gen_random_uuid(), %s, %s, lpad(to_hex(n), 32, '0')::uuid,"
            " (%s::uuid[])[1 + (n * 7 + k * 13) %% %s], k = 1, current_date, current_date + 90"
            " FROM generate_series(1, %s) n, generate_series(1, 3) k",
            [*place, [one.id for one in colleagues], COLLEAGUES, cases - OWN],
        )
        superuser.execute(
            "INSERT INTO cases_assignment (id, municipality_id, agency_id, case_id, membership_id, lead,"
            " starts_on, ends_on)"
            " SELECT gen_random_uuid(), %s, %s, id, %s, false, current_date, current_date + 90"
            " FROM cases_case WHERE number LIKE 'B-%%' AND right(number, 1) IN ('0', '2', '4', '6', '8')",
            [*place, many.id],
        )
        superuser.execute("SET session_replication_role = DEFAULT")
        superuser.execute("VACUUM ANALYZE")
    related = Membership.objects.select_related("user", "unit", "agency", "municipality")
    return own[0], actor_of(related.get(pk=many.pk))


def _figure(name: str, spread: Spread, goal: Goal | None, pairs: Pairs, times: int) -> Figure:
    ours, other = (1e3 * seconds / times for seconds in pairs.medians())
    return Figure(
        name=name,
        spread=spread,
        goal=goal,
        absolute=f"{ours:.2f} ms; {other:.2f} ms",
        setup=_SETUPS[name],
        held_back=_HELD_BACK.get(name, ""),
    )


_AGAINST = (
    "The rows of the first 25, newest first, each time in a transaction of its own under row-level security: `access.door.visible`"
    " (assignments, conflicts of interest, protected persons, and the marks that say why) against `get_objects_for_user(user,"
    ' "view_caserow", …)` of django-guardian with one generic permission row for each of the same 350,000 assignments, in the same'
    " database and role. {}"
)
_SETUPS = {
    GOAL: (
        "The page *Ärenden* of a coordinator who works on 50 of an agency's 100,000 cases, through all of Django and the product's"
        " middleware but the socket: rows, 50 names opened, the read events written and committed; against the same page with the door's"
        " conditions left out, which then shows the 50 newest of all 100,000: the same 50."
    ),
    MANY: _AGAINST.format(
        "The member works on every second case, as the only coordinator of a municipality may."
    ),
    FEW: _AGAINST.format("The member works on 50 of them."),
}
_HELD_BACK = {
    MANY: (
        "Of our time the database takes a tenth: the index over the list's order is walked from the newest case, with a probe of the"
        " assignments for each. The rest is Django making and compiling the query anew each time, with a subquery for every relation,"
        " condition and bar of the policy, and PostgreSQL planning it; it does not grow with the number of cases."
    ),
}
