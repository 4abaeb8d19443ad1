"""The admin's pages of accounts and sites: roles are check-boxes, rights are not shown, since roles alone decide."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from webapp.accounts import second_factor
from webapp.accounts.models import Site
from webapp.accounts.roles import Role, roles_of, set_roles


class _RolesAndSites(forms.ModelForm[User]):
    """What an account is here for, and where."""

    roles = forms.MultipleChoiceField(
        choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False, help_text="What the account may do."
    )
    sites = forms.ModelMultipleChoiceField(
        queryset=Site.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Whose studies a radiologist or a service sees. An administrator sees all.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("roles", sorted(roles_of(self.instance)))
            self.initial.setdefault("sites", list(self.instance.sites.values_list("pk", flat=True)))


class AccountChangeForm(_RolesAndSites, UserChangeForm[User]):
    """An account that is there."""


class AccountCreationForm(_RolesAndSites, AdminUserCreationForm[User]):
    """A new account."""


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    """Accounts."""

    form = AccountChangeForm
    add_form = AccountCreationForm
    list_display = ["username", "first_name", "last_name", "role_names", "is_active", "last_login"]
    list_filter = ["groups", "is_active", "sites"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("What for, and where", {"fields": ["roles", "sites", "is_active"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "usable_password", "password1", "password2"]}),
        ("What for, and where", {"fields": ["roles", "sites"]}),
    ]
    actions = ["remove_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the roles with the accounts."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def role_names(self, user: User) -> str:
        """Show the roles."""
        return ", ".join(sorted(roles_of(user)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep the roles and the sites beside the account."""
        super().save_related(request, form, formsets, change)
        set_roles(form.instance, *(Role(name) for name in form.cleaned_data["roles"]))
        form.instance.sites.set(form.cleaned_data["sites"])

    @admin.action(description="Remove the second factor (of somebody who has lost it)")
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let them sign in by password alone, until they set up another one."""
        for user in queryset:
            second_factor.remove(user)
            self.log_change(request, user, "removed the second factor")
        messages.info(request, f"{queryset.count()} accounts have no second factor now.")


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    """Places that studies belong to."""

    list_display = ["name", "people"]
    filter_horizontal = ["members"]

    @admin.display(description="Members")
    def people(self, site: Site) -> int:
        """Show how many read there."""
        return site.members.count()
