"""Passwords, and what a role may do in the admin. Rights follow from roles alone: nobody keeps lists of them."""

from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import User

from webapp.accounts.roles import Person, Role, has_role

AUDIT: Final = "audit"


class RoleBackend(AuthenticationBackend):  # type: ignore[misc]
    """An administrator may do what the admin offers, an auditor views the audit trail, nobody else has a right."""

    def has_perm(self, user_obj: Person, perm: str, obj: Any = None) -> bool:
        """Decide one right, such as ``studies.change_study``."""
        if has_role(user_obj, Role.ADMINISTRATOR):
            return True
        return perm.startswith(f"{AUDIT}.view_") and has_role(user_obj, Role.AUDITOR)

    def has_module_perms(self, user_obj: Person, app_label: str) -> bool:
        """Decide whether an application is shown."""
        if has_role(user_obj, Role.ADMINISTRATOR):
            return True
        return app_label == AUDIT and has_role(user_obj, Role.AUDITOR)

    def get_all_permissions(self, user_obj: User, obj: Any = None) -> set[str]:
        """Return no list: a role is asked, not enumerated."""
        return set()
