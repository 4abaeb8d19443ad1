"""Accounts, tokens, second factors and sites in the audit trail."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User

from webapp.accounts.models import ApiToken, Site
from webapp.audit import admin_pages, endpoints, rows, sign_in
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event

rows.watch(User, "account", "username", "is_active", "is_staff", "is_superuser")
rows.watch(ApiToken, "token", "mark", "scopes")
rows.watch(Authenticator, "second-factor", "user_id", "type")
rows.watch(SocialAccount, "identity", "user_id", "provider")
rows.watch(Site, "site")
rows.watch_members(User.groups.through, "account-roles")
rows.watch_members(Site.members.through, "site-members")
sign_in.connect()

admin_pages.name(User, "account", event=Event.CONFIGURATION)
admin_pages.further("admin:auth_user_password_change", User, "id", "password")
admin_pages.name(ApiToken, "token", event=Event.CONFIGURATION)

endpoints.tell(
    "accounts-tokens",
    GET=Told(Event.CONFIGURATION, Action.READ, "token"),
    POST=Told(Event.CONFIGURATION, Action.CREATE, "token", made="id"),
)
endpoints.tell("accounts-token", DELETE=Told(Event.CONFIGURATION, Action.DELETE, "token", key="pk"))
endpoints.leave("An account reads its own name, roles and times.", "accounts-me")
endpoints.leave("It keeps a session open and changes nothing else.", "accounts-extend")

endpoints.tell("admin:autocomplete", GET=Told(Event.QUERY, Action.EXECUTE, "choice"))
endpoints.leave("A page of links.", "admin:index", "admin:app_list", "admin:password_change_done", "admin:view_on_site")
endpoints.leave("Texts for scripts.", "admin:jsi18n")
endpoints.leave("There is nothing at this address.", "admin:django.contrib.admin.sites.catch_all_view")

_SIGN_INS = "Sign-ins, refused ones and sign-outs leave events of their own."
endpoints.leave(
    _SIGN_INS,
    *("admin:login", "admin:logout", "account_login", "account_logout", "account_inactive", "account_reauthenticate"),
    *("mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"),
    *("openid_connect_login", "openid_connect_callback"),
    *(f"headless:browser:account:{name}" for name in ("current_session", "login", "reauthenticate")),
    *(f"headless:browser:socialaccount:{name}" for name in ("manage_providers", "redirect_to_provider")),
    *(f"headless:browser:mfa:{name}" for name in ("authenticate", "reauthenticate", "authenticate_webauthn")),
    *("headless:browser:mfa:reauthenticate_webauthn", "headless:browser:mfa:login_webauthn"),
)
endpoints.leave(
    "An account sees and changes its own password and second factor; each change of the rows leaves an event.",
    *("admin:password_change", "account_change_password", "headless:browser:account:change_password"),
    *("mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
    *("mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    *("mfa_download_recovery_codes", "headless:browser:mfa:authenticators", "headless:browser:mfa:manage_totp"),
    *("headless:browser:mfa:manage_recovery_codes", "headless:browser:mfa:manage_webauthn"),
)
endpoints.leave(
    "It is not offered: the address is closed.",
    "headless-closed",
    *(f"headless:browser:account:{name}" for name in ("confirm_login_code", "request_password_reset", "signup")),
    *(f"headless:browser:account:{name}" for name in ("reset_password", "verify_email", "verify_phone")),
    *(f"headless:browser:account:resend_{name}_verification_code" for name in ("email", "phone")),
    *(f"headless:browser:account:{name}" for name in ("manage_email", "manage_phone")),
    *(f"headless:browser:socialaccount:{name}" for name in ("provider_signup", "provider_token")),
)
endpoints.leave("What ways of signing in there are.", "headless:browser:config")
