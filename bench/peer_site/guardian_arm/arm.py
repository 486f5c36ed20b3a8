"""Everybody who is assigned to a case has guardian's permission on it, in each of guardian's forms; the orders ask for a page."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Count
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


def _list(
    _model: object,
    place: Place,
    number: int,
    *,
    transaction: Transaction,
    who: str,
    model: type[models.Model] = CaseRow,
    prefix: str = "",
    counted: bool = False,
    options: dict[str, bool] | None = None,
) -> None:
    """That many times: the first page of the cases that the user may see, newest first."""
    global _given  # noqa: PLW0603 - what `entries` tells
    known = _user(who, place, prefix)
    permission = f"guardian_arm.view_{model._meta.model_name}"
    for _ in range(number):
        with transaction():
            # As a request has it: read already, with no permissions kept from the one before.
            mine = get_objects_for_user(copy(known), permission, model, **(options or {}))
            if counted:
                mine.count()
            _given += len(mine.order_by("-opened_at", "id")[:PAGE])


LEAN = {"use_groups": False, "accept_global_perms": False}
FORMS: dict[str, dict[str, Any]] = {
    "generic": {},
    "counted": {"counted": True},
    "group": {"prefix": BY_GROUP},
    "keyed": {"model": KeyedCase},
    "lean": {"model": KeyedCase, "options": LEAN},
}
ACTS = {
    f"{form}_{who}": partial(_list, who=who, **how)
    for who in ("newest", "spread", "many")
    for form, how in FORMS.items()
}
