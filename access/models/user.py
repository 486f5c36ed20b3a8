"""Who can sign in. There is no superuser and no staff flag: rights come from memberships alone."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac


class Users(BaseUserManager["User"]):
    def create_user(self, *, email: str, name: str, password: str | None = None) -> User:
        user = self.model(email=self.normalize_email(email), name=name)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    demo_cast = models.CharField(max_length=40, blank=True)
    session_generation = models.PositiveIntegerField(default=0)

    objects: ClassVar[Users] = Users()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """Ends every session when the password or the generation changes ("sign out everywhere")."""
        return salted_hmac(
            "access.models.user.session",
            f"{self.password}|{self.session_generation}",
            algorithm="sha256",
        ).hexdigest()
