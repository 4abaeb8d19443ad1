"""The admin: for administrators, and for auditors who view the trail. One signs in on the page that everybody uses."""

from typing import Any

from django.conf import settings
from django.contrib.admin.sites import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from webapp.accounts import second_factor
from webapp.accounts.roles import Role, has_role


class NodeAdminSite(AdminSite):
    """Asks for the role, and for the second factor where that is compulsory."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether this account may see any page of the admin."""
        return has_role(request.user, Role.ADMINISTRATOR, Role.AUDITOR) and not second_factor.is_missing(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the page where everybody signs in: lock-out and second factor hold there.

        Raises
        ------
        PermissionDenied
            If somebody is signed in for whom the admin is not.
        """
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        if request.user.is_authenticated:
            if has_role(request.user, Role.ADMINISTRATOR, Role.AUDITOR):
                return HttpResponseRedirect(reverse("mfa_index"))
            raise PermissionDenied("The admin is for administrators and auditors.")
        return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))
