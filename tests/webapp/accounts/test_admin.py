"""The admin: by role, with roles and sites as check-boxes, and no second list of rights."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role, roles_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> Client:
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client


@pytest.mark.parametrize("role", [Role.RADIOLOGIST, Role.CLINICIAN, Role.SERVICE, None])
def test_the_admin_is_not_for(client: Client, role: Role | None) -> None:
    client.force_login(make_user("charlie", *([role] if role else []), is_staff=True))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_an_auditor_enters_and_sees_nothing_of_studies(client: Client) -> None:
    client.force_login(make_user("adam", Role.AUDITOR))
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    shown = {entry["app_label"] for entry in page.context["app_list"]}
    assert shown <= {"audit"}
    assert client.get(reverse("admin:studies_study_changelist")).status_code == 403
    assert client.get(reverse("admin:auth_user_changelist")).status_code == 403


def test_an_administrator_opens_every_list(bob: Client) -> None:
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert bob.get(url).status_code == 200, url


def test_a_right_given_by_row_counts_nothing(client: Client) -> None:
    charlie = make_user("charlie", is_staff=True)
    charlie.user_permissions.set(Permission.objects.all())
    client.force_login(charlie)
    assert not charlie.has_perm("studies.view_study")
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_an_administrator_gives_roles_and_sites(bob: Client) -> None:
    site = Site.objects.create(name="North")
    form = {
        "username": "alice",
        "usable_password": "true",
        "password1": "a long enough phrase",
        "password2": "a long enough phrase",
        "roles": ["radiologist"],
        "sites": [site.pk],
    }
    bob.post(reverse("admin:auth_user_add"), form)
    alice = User.objects.get(username="alice")
    assert roles_of(alice) == {Role.RADIOLOGIST}
    assert list(alice.sites.all()) == [site]
    url = reverse("admin:auth_user_change", args=[alice.pk])
    page = bob.get(url).content.decode()
    assert "user_permissions" not in page
    assert "is_superuser" not in page
    bob.post(url, {"username": "alice", "roles": ["auditor", "clinician"], "is_active": "on"})
    alice = User.objects.get(username="alice")
    assert roles_of(alice) == {Role.AUDITOR, Role.CLINICIAN}
    assert not alice.sites.exists()


def test_pages_that_would_go_round_the_rules_are_not_there() -> None:
    names = {model._meta.label for model in admin.site._registry}
    assert not names & {"mfa.Authenticator", "socialaccount.SocialApp", "account.EmailAddress", "knox.AuthToken"}
