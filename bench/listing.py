"""The list of cases for somebody who sees a few of 100,000: against no restriction, and against django-guardian."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from typing import Any

from django.db.models import QuerySet, Value
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access import door
from access.actor import MEMBERSHIP_KEY, Actor, actor_of
from access.marks import BAR, READING, terms_of
from access.models import Membership
from access.policy import Action
from access.request_transaction import work
from access.session_guard import DEMO_FACTOR
from bench import database
from bench.changes import Place
from bench.figure import Figure, Goal, Plan, at_least, at_most
from bench.listing_words import FLOOR, HELD_BACK, HELD_BACK_PAGE, SETUP, SETUPS
from bench.measure import Pairs, Spread, interleaved, timed
from bench.peer_process import Peer, installed
from bench.people import add_cases, coordinator
from cases.models import Case
from cases.views.uncounted_page import uncounted_page

# As many as a page of the list holds (cases.views.case), so that both arms show the same.
OWN = 50
# As many rows as the peer is asked for.
GUARDIANS = 25
COLLEAGUES = 50
GOAL = "list page, restricted : unrestricted, 100,000 cases"
WHO = {
    "spread": "50 of 100,000 cases, spread over all their time",
    "newest": "the 50 newest of 100,000 cases",
    "many": "half of 100,000 cases",
}
FORMS = {
    "page": ", page and whether there are more",
    "mixin": ", page and whether there are more, guardian's view for lists",
    "rows": ", rows alone",
    "counted": ", rows and their number",
    "group": ", rows alone, permissions of a group",
    "keyed": ", rows alone, permissions by foreign key",
    "lean": ", rows alone, by foreign key, no groups, no global permissions",
}
# The documented use, as a page and as the bare rows.
WITH_GOAL = frozenset({"page", "rows"})


def measure(plan: Plan) -> Iterator[Figure]:
    cases, times, pages = plan.size(100_000, 200), plan.size(10, 2), plan.size(30, 2)
    python = installed()
    with ExitStack() as opened:
        name = opened.enter_context(database.copy("listing"))
        actor = coordinator()
        case, people = fill(name, actor, cases)
        place = Place(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            case_id=case.pk,
            membership_id=actor.member,
            user_id=actor.user,
        )
        page = _page(actor, pages)
        # The two are a few per cent apart: it takes more pairs to tell them from each other.
        pairs = interleaved(
            timed(page), timed(_unrestricted(page)), pairs=3 * plan.pairs, seconds=180
        )
        yield _figure(GOAL, SETUP, pairs, pages, pairs.times(), goal=at_most(1.10))
        peer = opened.enter_context(Peer.started(python, "guardian", name, place))
        for who, works_on in WHO.items():
            pairs = interleaved(
                timed(_unasked(people[who], times)),
                peer.arm(times, order=f"rows_{who}", each=GUARDIANS),
                pairs=plan.pairs,
                seconds=10,
            )
            title = f"25 rows, no rights asked : django-guardian, one who works on {works_on}"
            yield _figure(title, FLOOR, pairs, times, pairs.speeds(), goal=None)
        for form, how in FORMS.items():
            for who, works_on in WHO.items():
                pairs = interleaved(
                    timed(_arm(form, people[who], times)),
                    peer.arm(times, order=f"{form}_{who}", each=GUARDIANS),
                    pairs=plan.pairs,
                    seconds=10,
                )
                title = f"list of one who works on {works_on} : django-guardian{how}"
                goal = at_least(5) if form in WITH_GOAL else None
                yield _figure(title, SETUPS[form], pairs, times, pairs.speeds(), goal=goal)


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
            rows = answer.content.count(b'<th scope="row"')
            if answer.status_code != 200 or rows != OWN:
                raise RuntimeError("the list is not as it should be")

    return once


def _unrestricted(page: Callable[[], None]) -> Callable[[], None]:
    """The same page where the door asks nothing of the rows and marks all of them as one's own."""

    def everything(
        actor: Actor, model: type[Any], *, through: AbstractSet[str] | None = None
    ) -> QuerySet[Any]:
        terms = terms_of(actor, model, asked=READING, through=through)
        marks = {mark: Value(not mark.startswith(BAR)) for mark in terms.marks(Action.LIST)}
        rows: QuerySet[Any] = model._default_manager.annotate(**marks)
        return rows

    def once() -> None:
        restricted, door.listed = door.listed, everything
        try:
            page()
        finally:
            door.listed = restricted

    return once


def _arm(form: str, actor: Actor, times: int) -> Callable[[], None]:
    """What guardian's arm of that form does, as the list page does it; each time in a transaction of its own."""

    def page() -> int:
        first = uncounted_page(door.listed(actor, Case), None, GUARDIANS)
        if not first.has_next:
            raise RuntimeError("there are more")
        return len(first.rows)

    def rows() -> int:
        mine = door.listed(actor, Case)
        if form == "counted":
            mine.count()
        return len(mine[:GUARDIANS])

    ask = page if form in {"page", "mixin"} else rows

    def once() -> None:
        for _ in range(times):
            with work(actor):
                if ask() != GUARDIANS:
                    raise RuntimeError("the list is not as it should be")

    return once


def _unasked(actor: Actor, times: int) -> Callable[[], None]:
    """The least that any list does here: the same transaction, Django's query, 25 rows; no door."""

    def once() -> None:
        for _ in range(times):
            with work(actor):
                if len(Case.objects.order_by("-opened_at", "id")[:GUARDIANS]) != GUARDIANS:
                    raise RuntimeError("the list is not as it should be")

    return once


def fill(name: str, actor: Actor, cases: int) -> tuple[Case, dict[str, Actor]]:
    """The actor's own are the newest; each other case is worked on by three of fifty colleagues.

    Gives a case of the actor's, and who lists: `newest` is the actor, `many` works on every second of the others, `spread` on
    as many as the actor.
    """
    own = add_cases(actor, OWN)
    with work(actor):
        colleagues = [_member(actor, "social_worker") for _ in range(COLLEAGUES)]
        many, spread = _member(actor, "coordinator"), _member(actor, "coordinator")
        Membership.objects.bulk_create([*colleagues, many, spread])
    place = [actor.municipality_id, actor.agency_id]
    with database.connect(name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "INSERT INTO cases_person (id, municipality_id, agency_id, name, birth_date, protection, created_at)"
            " SELECT lpad(to_hex(n), 32, '0')::uuid, p.municipality_id, p.agency_id, p.name, p.birth_date, p.protection,"
            " p.created_at FROM cases_person p, generate_series(1, %s) n WHERE p.id = %s",
            [cases - OWN, own[0].person_id],
        )
        superuser.execute(
            "INSERT INTO cases_case (id, municipality_id, agency_id, number, person_id, stage, opened_at,"
            " close_reason, stopped_because, version)"
            " SELECT p.id, %s, %s, 'B-' || n, p.id, 'active', now() - n * interval '1 minute', '', '', 0"
            " FROM generate_series(1, %s) n JOIN cases_person p ON p.id = lpad(to_hex(n), 32, '0')::uuid",
            [*place, cases - OWN],
        )
        superuser.execute(
            "INSERT INTO cases_assignment (id, municipality_id, agency_id, case_id, membership_id, lead,"
            " starts_on, ends_on)"
            " SELECT gen_random_uuid(), %s, %s, lpad(to_hex(n), 32, '0')::uuid,"
            " (%s::uuid[])[1 + (n * 7 + k * 13) %% %s], k = 1, current_date, current_date + 90"
            " FROM generate_series(1, %s) n, generate_series(1, 3) k",
            [*place, [one.id for one in colleagues], COLLEAGUES, cases - OWN],
        )
        for member, step in ((many, 2), (spread, (cases - OWN) // OWN)):
            superuser.execute(
                "INSERT INTO cases_assignment (id, municipality_id, agency_id, case_id, membership_id, lead,"
                " starts_on, ends_on)"
                " SELECT gen_random_uuid(), %s, %s, lpad(to_hex(n * %s), 32, '0')::uuid, %s, false,"
                " current_date, current_date + 90 FROM generate_series(1, %s) n",
                [*place, step, member.id, (cases - OWN) // step],
            )
        superuser.execute("SET session_replication_role = DEFAULT")
        superuser.execute("VACUUM ANALYZE")
    related = Membership.objects.select_related("user", "unit", "agency", "municipality")
    return own[0], {
        "newest": actor,
        "many": actor_of(related.get(pk=many.pk)),
        "spread": actor_of(related.get(pk=spread.pk)),
    }


def _member(like: Actor, role: str) -> Membership:
    return Membership(
        user_id=like.user,
        municipality_id=like.municipality_id,
        agency_id=like.agency_id,
        unit_id=like.unit,
        role=role,
        starts_on=timezone.localdate(),
        ends_on=timezone.localdate(),
    )


def _figure(
    name: str, setup: str, pairs: Pairs, times: int, spread: Spread, *, goal: Goal | None
) -> Figure:
    ours, other = (1e3 * seconds / times for seconds in pairs.medians())
    return Figure(
        name=name,
        spread=spread,
        goal=goal,
        absolute=f"{ours:.2f} ms; {other:.2f} ms",
        setup=setup,
        held_back=HELD_BACK_PAGE if name == GOAL else HELD_BACK,
    )
