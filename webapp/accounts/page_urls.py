"""URLs of the plain pages of sign-in: they work without the portal, and the admin uses them."""

from allauth.account import views
from allauth.urls import build_provider_urlpatterns
from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    *([path("2fa/", include("allauth.mfa.urls"))] if settings.MFA_SUPPORTED_TYPES else []),
    *build_provider_urlpatterns(),
]
