"""The policy through HTTP: the page that prints it, and that Django has no other way to give somebody more."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import PermissionsMixin

from access.models import User
from access.policy import policy
from tests.cast import Cast


def test_the_page_says_every_class_with_and_without_a_consent_and_its_version(cast: Cast) -> None:
    page = cast.client("larare").get("/vem-far-se-vad/").content.decode()
    assert policy().digest in page
    assert policy().version in page
    for name in (f"R{n}" for n in range(1, 20)):
        assert f'<span class="s-muted">{name}</span>' in page, name
    assert page.count("Bara med samtycke") == page.count("Utan samtycke") == len(policy().groups)
    mine = cast.client("larare").get("/vem-far-se-vad/?roll=min").content.decode()
    assert "Stängt för din roll." in mine
    assert "Kommunpolis" not in mine


def test_django_can_give_nobody_more_than_the_table() -> None:
    """No superuser, no permissions, no groups on the user, and no admin: there is nothing to switch on."""
    assert not issubclass(User, PermissionsMixin)
    names = {field.name for field in User._meta.get_fields()}
    assert not names & {"is_superuser", "is_staff", "user_permissions", "groups"}
    assert not apps.is_installed("django.contrib.admin")
    assert all("guardian" not in backend for backend in settings.AUTHENTICATION_BACKENDS)
