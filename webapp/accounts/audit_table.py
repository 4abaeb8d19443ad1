"""Accounts, tokens and sites in the audit trail."""

from django.contrib.auth.models import User
from knox.models import AuthToken

from webapp.accounts.models import Site
from webapp.audit import rows, sign_in

rows.watch(User, "account", "username", "is_active", "is_staff", "is_superuser")
rows.watch(AuthToken, "token", "user_id", "expiry")
rows.watch_members(User.groups.through, "account-roles")
rows.watch_members(Site.members.through, "site-members")
sign_in.connect()
