"""Everybody who is assigned to a case has guardian's permission on it, in each of guardian's forms; the orders ask for a page."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page, Paginator
from django.db import connection, models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.views.generic import ListView
from guardian.mixins import PermissionListMixin
from guardian.models import UserObjectPermission
from guardian.shortcuts import get_objects_for_user

from bench.changes import Place
from bench.peer_site.guardian_arm.models import (
    CaseRow,
    KeyedCase,
    KeyedCaseGroupPermission,
    KeyedCaseUserPermission,
)

# The product has a user model of its own, so that the usual one has no table.
TABLES = (User, KeyedCaseUserPermission, KeyedCaseGroupPermission)
PAGE = 25
NEWEST = ("-opened_at", "id")
BY_GROUP = "group-"
Transaction = Callable[[], AbstractContextManager[None]]
_given = 0


def install() -> None:
    """As its superuser: one user for each membership, and one group for another user; one permission for each assignment."""
    generic, keyed = _permission(CaseRow), _permission(KeyedCase)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT membership_id FROM cases_assignment")
        members = [str(row[0]) for row in cursor.fetchall()]
        User.objects.bulk_create(User(username=member) for member in members)
        groups = Group.objects.bulk_create(Group(name=member) for member in members)
        users = User.objects.bulk_create(User(username=BY_GROUP + member) for member in members)
        User.groups.through.objects.bulk_create(
            User.groups.through(user=user, group=group)
            for user, group in zip(users, groups, strict=True)
        )
        for statement, values in (
            (_GENERIC.format(whose="user", name="username", of="auth_user"), generic),
            (_GENERIC.format(whose="group", name="name", of="auth_group"), generic),
        ):
            cursor.execute(statement, [values.pk, values.content_type_id])
        cursor.execute(_KEYED, [keyed.pk])
        cursor.execute("VACUUM ANALYZE")


_GENERIC = (
    "INSERT INTO guardian_{whose}objectpermission (permission_id, content_type_id, object_pk, {whose}_id)"
    " SELECT %s, %s, a.case_id::text, u.id FROM cases_assignment a JOIN {of} u ON u.{name} = a.membership_id::text"
)
_KEYED = (
    "INSERT INTO guardian_arm_keyedcaseuserpermission (permission_id, content_object_id, user_id)"
    " SELECT %s, a.case_id, u.id FROM cases_assignment a JOIN auth_user u ON u.username = a.membership_id::text"
)


def _permission(model: type[models.Model]) -> Permission:
    content_type = ContentType.objects.get_for_model(model)
    return Permission.objects.get(
        codename=f"view_{model._meta.model_name}", content_type=content_type
    )


@contextmanager
def acting(_user_id: UUID) -> Iterator[None]:
    yield


def entries() -> int:
    """Rows given so far."""
    return _given


@cache
def _user(who: str, place: Place, prefix: str = "") -> User:
    """newest: the place's own member; many: the one with the most permissions; spread: the other with as few as the first."""
    counted = UserObjectPermission.objects.values_list("user__username").annotate(Count("id"))
    held = dict(counted.order_by())
    newest = str(place.membership_id)
    alike = (name for name, number in held.items() if number == held[newest] and name != newest)
    name = {"newest": newest, "many": max(held, key=held.__getitem__), "spread": next(alike)}[who]
    return User.objects.get(username=prefix + name)


class CaseList(PermissionListMixin, ListView):  # type: ignore[misc, type-arg]  # not installed where types are checked; takes no argument where it runs
    """Guardian's own view for lists, as its documentation has it."""

    model = CaseRow
    permission_required = "guardian_arm.view_caserow"
    ordering = NEWEST
    paginate_by = PAGE


def _of_mixin(user: User) -> int:
    request: Any = HttpRequest()
    request.method, request.user = "GET", user
    answer: Any = CaseList.as_view()(request)
    return _read(answer.context_data["page_obj"])


def _of_page(user: User) -> int:
    """A page as Django makes it of whatever rows it is given."""
    return _read(Paginator(_mine(user, CaseRow), PAGE).get_page(1))


def _read(page: "Page[Any]") -> int:
    if not page.has_next():
        raise RuntimeError("there are more")
    return len(page.object_list)


def _of_rows(
    user: User, model: type[models.Model] = CaseRow, *, counted: bool = False, **options: bool
) -> int:
    """The first rows and nothing else, or with how many there are in all."""
    mine = _mine(user, model, **options)
    if counted:
        mine.count()
    return len(mine[:PAGE])


def _mine(user: User, model: type[models.Model], **options: bool) -> "QuerySet[Any]":
    permission = f"guardian_arm.view_{model._meta.model_name}"
    rows: QuerySet[Any] = get_objects_for_user(user, permission, model, **options)
    return rows.order_by(*NEWEST)


def _list(
    _model: object,
    place: Place,
    number: int,
    *,
    transaction: Transaction,
    who: str,
    prefix: str = "",
    ask: Callable[[User], int],
) -> None:
    """That many times: the first page of the cases that the user may see, newest first."""
    global _given  # noqa: PLW0603 - what `entries` tells
    known = _user(who, place, prefix)
    for _ in range(number):
        with transaction():
            # As a request has it: read already, with no permissions kept from the one before.
            _given += ask(copy(known))


FORMS: dict[str, dict[str, Any]] = {
    "page": {"ask": _of_page},
    "mixin": {"ask": _of_mixin},
    "rows": {"ask": _of_rows},
    "counted": {"ask": partial(_of_rows, counted=True)},
    "group": {"ask": _of_rows, "prefix": BY_GROUP},
    "keyed": {"ask": partial(_of_rows, model=KeyedCase)},
    "lean": {
        "ask": partial(_of_rows, model=KeyedCase, use_groups=False, accept_global_perms=False)
    },
}
ACTS = {
    f"{form}_{who}": partial(_list, who=who, **how)
    for who in ("newest", "spread", "many")
    for form, how in FORMS.items()
}
