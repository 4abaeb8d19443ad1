"""Who does what here. A role is a group of accounts; its name is the group's name."""

from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import models

Person = AbstractBaseUser | AnonymousUser


class Role(models.TextChoices):
    """What an account is here for."""

    ADMINISTRATOR = "administrator", "Administrator"
    RADIOLOGIST = "radiologist", "Radiologist"
    CLINICIAN = "clinician", "Clinician"
    AUDITOR = "auditor", "Auditor"
    SERVICE = "service", "Service"


NOBODY: Final[frozenset[Role]] = frozenset()
_KEPT: Final = "_roles_of_this_request"


def roles_of(user: Person) -> frozenset[Role]:
    """Return the roles of an active account. A superuser is an administrator."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    kept: frozenset[Role] | None = getattr(user, _KEPT, None)
    if kept is None:
        names = set(user.groups.values_list("name", flat=True))
        kept = frozenset(role for role in Role if role in names or (user.is_superuser and role is Role.ADMINISTRATOR))
        setattr(user, _KEPT, kept)
    return kept


def has_role(user: Person, *roles: Role) -> bool:
    """Tell whether the account has one of the roles."""
    return not roles_of(user).isdisjoint(roles)


def give_role(user: User, *roles: Role) -> None:
    """Put the account into the groups of the roles."""
    for role in roles:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    if hasattr(user, _KEPT):
        delattr(user, _KEPT)


def set_roles(user: User, *roles: Role) -> None:
    """Leave the account these roles and no other."""
    user.groups.remove(*Group.objects.filter(name__in=Role.values).exclude(name__in=roles))
    give_role(user, *roles)


def ensure_groups(**_: Any) -> None:
    """Make the group of every role that has none (after each migration)."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)
