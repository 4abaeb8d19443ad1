"""URLs of the accounts API."""

from django.urls import path

from webapp.accounts import api

urlpatterns = [
    path("me/", api.Me.as_view(), name="accounts-me"),
    path("extend/", api.Extend.as_view(), name="accounts-extend"),
]
