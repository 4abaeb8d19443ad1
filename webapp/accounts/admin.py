"""The admin's pages of accounts and sites: roles are check-boxes, rights are not shown, since roles alone decide."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from webapp.accounts import second_factor, tokens
from webapp.accounts.models import ApiToken, Site
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


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    """API tokens: seen and revoked here, made by their owners."""

    list_display = ["name", "owner", "scopes", "created", "expires"]
    search_fields = ["name", "token__user__username"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Fetch the owners with the tokens."""
        return super().get_queryset(request).select_related("token__user")

    @admin.display(description="Account")
    def owner(self, row: ApiToken) -> str:
        """Show whose it is."""
        return str(row.token.user)

    @admin.display(description="Made")
    def created(self, row: ApiToken) -> Any:
        """Show since when."""
        return row.token.created

    @admin.display(description="Ends")
    def expires(self, row: ApiToken) -> Any:
        """Show until when."""
        return row.token.expiry

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes a token for somebody else."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A token is revoked, not changed."""
        return False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Show the tokens, and not the digests behind them."""
        return [str(row) for row in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        """Revoke it."""
        tokens.revoke(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke them."""
        for row in queryset:
            tokens.revoke(row)


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    """Places that studies belong to."""

    list_display = ["name", "people"]
    filter_horizontal = ["members"]

    @admin.display(description="Members")
    def people(self, site: Site) -> int:
        """Show how many read there."""
        return site.members.count()
