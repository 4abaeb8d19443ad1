"""The admin application, with a site of our own and without the pages that libraries bring."""

from django.contrib.admin.apps import AdminConfig


class NodeAdminConfig(AdminConfig):
    """Finds the pages of every application, then takes out those that would go round the rules."""

    default = False
    default_site = "webapp.accounts.admin_site.NodeAdminSite"

    def ready(self) -> None:
        """Leave accounts to the pages of ``webapp.accounts``."""
        super().ready()
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
        from django.contrib import admin
        from django.contrib.auth.models import Group
        from knox.models import AuthToken

        for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, Group, AuthToken):
            if admin.site.is_registered(model):
                admin.site.unregister(model)
