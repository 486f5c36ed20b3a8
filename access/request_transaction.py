"""One transaction around a request, a task or a command: partition, work, rendering, evidence, commit, then send.

Nothing is shown before its event is committed; what is refused is committed too, after the work is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from allauth.account.middleware import AccountMiddleware
from django.core.handlers.exception import response_for_exception
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from access import by_button, routes
from access.actor import Actor
from access.not_now import NotNow
from access.not_now import page as not_now
from audit.event import PLATFORM, Event
from audit.record import row_changes, write

# An answer with one of these keeps what the request wrote; every other refusal undoes it.
KEEPS_WORK = frozenset({200, 201, 204, 301, 302, 303, 304, 422, 429})
# What somebody looked at is noted also where the work is undone: a page of conflict (409) shows the row.
LOOKS = frozenset({"search", "log.read", "log.search"})
SHOWS_NOTHING = frozenset({400, 403, 404, 405})


@dataclass(slots=True)
class Work:
    """What one request, task or command is doing, and the events it owes the log."""

    actor: Actor | None
    request_id: UUID = field(default_factory=uuid4)
    acts: list[Event] = field(default_factory=list)
    reads: dict[tuple[str, UUID | None], Event] = field(default_factory=dict)
    refusals: list[Event] = field(default_factory=list)
    # What was asked once and is told at several places of a page; gone with the transaction.
    known: dict[UUID, Any] = field(default_factory=dict)

    def event(
        self,
        action: str,
        *,
        object_type: str = "",
        object_id: UUID | None = None,
        case: tuple[UUID | None, str] = (None, ""),
        field_groups: Sequence[str] = (),
        relation: str = "",
        basis: str = "",
        purpose: str = "",
        outcome: str = "done",
    ) -> Event:
        actor = self.actor
        return Event(
            id=uuid4(),
            occurred_at=timezone.now(),
            municipality_id=actor.municipality_id if actor else PLATFORM,
            agency_id=actor.agency_id if actor else PLATFORM,
            unit_id=actor.unit_id if actor else None,
            actor_user_id=actor.user_id if actor else None,
            actor_membership_id=actor.membership_id if actor else None,
            actor_name=actor.name if actor else "",
            actor_role=actor.role if actor else "",
            action=action,
            object_type=object_type,
            object_id=object_id,
            case_id=case[0],
            case_number=case[1],
            field_groups=tuple(sorted(field_groups)),
            relation=relation,
            basis=basis,
            purpose=purpose,
            outcome=outcome,
            request_id=self.request_id,
        )

    def add_read(self, event: Event) -> None:
        """Merges the reads of one case (or of one row outside a case) into one event."""
        key = ("case", event.case_id) if event.case_id else (event.object_type, event.object_id)
        earlier = self.reads.get(key)
        if earlier:
            groups = sorted({*earlier.field_groups, *event.field_groups})
            event = replace(earlier, field_groups=tuple(groups))
        self.reads[key] = event

    def flush(self) -> None:
        """Writes what is owed. The digest of the row changes goes with the first act; no change is without one."""
        owed = [*self.acts, *self.reads.values(), *self.refusals]
        told = None
        for place, act in enumerate(self.acts):
            if act.action not in LOOKS:
                told = row_changes()
                owed[place] = replace(act, detail_hash=told)
                break
        # A request that only read learns from the writing of its events, without a question more.
        changes = write(owed) if owed else row_changes()
        if changes != told:
            write([replace(self.event("change"), detail_hash=changes)])
        self.acts.clear()
        self.reads.clear()
        self.refusals.clear()


_current: ContextVar[Work | None] = ContextVar("work", default=None)


class OutsideWork(RuntimeError):
    """Protected data was touched outside a request transaction; nothing may be read or written there."""


class AlreadyAtWork(RuntimeError):
    """Work was opened inside somebody else's: partition and row changes of the two would run together."""


def current_work() -> Work:
    work = _current.get()
    if work is None:
        raise OutsideWork("open access.request_transaction.work(actor) first")
    return work


def set_partition(actor: Actor | None) -> None:
    """Tells row-level security whose partition this transaction is in, until it ends, or is told anew."""
    _tell(_partition(actor))


def act_as(actor: Actor) -> None:
    """For a request of nobody's that has proven whose it is by something else than a session: from here on it is theirs.

    Raises AlreadyAtWork where somebody acts already: nobody becomes another.
    """
    mine = current_work()
    if mine.actor is not None:
        raise AlreadyAtWork("somebody acts here already")
    mine.actor = actor
    set_partition(actor)


def _begin(mine: Work) -> None:
    """Tells the partition, and whose the row changes are that the database notes from here on."""
    _tell(_partition(mine.actor) | {"sspf.request": str(mine.request_id), "sspf.changes": ""})


def _partition(actor: Actor | None) -> dict[str, str]:
    return {
        "sspf.municipality": str(actor.municipality_id if actor else PLATFORM),
        "sspf.agency": str(actor.agency_id if actor else PLATFORM),
        "sspf.membership": str(actor.membership_id or "") if actor else "",
    }


def _tell(settings: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            # With its number from the start, a transaction that may hold a key can be waited for by whoever
            # is to destroy that key (crypto.rotation).
            f"SELECT pg_current_xact_id(), {', '.join(['set_config(%s, %s, true)'] * len(settings))}",
            [part for setting in settings.items() for part in setting],
        )


@contextmanager
def work(actor: Actor | None) -> Iterator[Work]:
    """The same wrapper for Celery tasks, commands and tests: all of it is committed, or nothing.

    Inside work of the same actor it is part of that work; inside another's it is refused.
    """
    outer = _current.get()
    if outer is not None:
        if outer.actor != actor:
            raise AlreadyAtWork("one transaction is the work of one actor")
        with transaction.atomic():
            yield outer
        return
    mine = Work(actor)
    token = _current.set(mine)
    try:
        with transaction.atomic():
            _begin(mine)
            yield mine
            mine.flush()
    finally:
        _current.reset(token)


def record(
    action: str,
    *,
    object_type: str,
    object_id: UUID | None,
    case: tuple[UUID | None, str] = (None, ""),
    field_groups: Sequence[str] = (),
    basis: str = "",
    purpose: str = "",
) -> None:
    """Notes an act for the log; it is written with the act, in the same transaction, or neither is."""
    mine = current_work()
    mine.acts.append(
        mine.event(
            action,
            object_type=object_type,
            object_id=object_id,
            case=case,
            field_groups=field_groups,
            basis=basis,
            purpose=purpose,
        )
    )


class RequestTransaction:
    """The innermost middleware: runs the view and its rendering inside one transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> HttpResponseBase:
        # As process_view of the last middleware: every other guard has had its say by now.
        mine = Work(getattr(request, "actor", None))
        token = _current.set(mine)
        try:
            with transaction.atomic():
                _begin(mine)
                response = self._respond(request, view, args, kwargs)
                kept = response.status_code in KEEPS_WORK
                if kept:
                    mine.flush()
                else:
                    transaction.set_rollback(True)
            if not kept:
                _commit_refusals(mine, response.status_code)
            return response
        finally:
            _current.reset(token)

    @staticmethod
    def _respond(
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> HttpResponseBase:
        try:
            _enter(request)
            response = by_button.told(request, view(request, *args, **kwargs))
            if isinstance(response, SimpleTemplateResponse):
                response = response.render()
        except NotNow as fault:
            response = not_now(request, fault)
        except Exception as fault:  # noqa: BLE001 - whatever a view raises becomes an answer here
            response = _asked_by_allauth(request, fault) or response_for_exception(request, fault)
        return response


# allauth asks for a password or a code by raising; its middleware turns that into a redirect.
_asked_by_allauth = AccountMiddleware(lambda _request: HttpResponse()).process_exception


def _enter(request: HttpRequest) -> None:
    """A page that is closed to this role is answered as one that is missing, and the attempt is noted."""
    route = routes.name_of(request)
    mine = current_work()
    if not routes.may_enter(mine.actor, route):
        mine.refusals.append(mine.event("enter", object_type=route, outcome="denied"))
        raise Http404


def _commit_refusals(mine: Work, status: int) -> None:
    """The work is undone; that somebody tried, and what the answer shows of others' work, is not."""
    if status >= 500 and not mine.refusals:
        mine.refusals.append(mine.event("request", outcome="failed"))
    mine.acts[:] = [act for act in mine.acts if act.action in LOOKS]
    if status >= 500 or status in SHOWS_NOTHING:
        mine.reads.clear()
    if mine.acts or mine.reads or mine.refusals:
        with transaction.atomic():
            _begin(mine)
            mine.flush()
