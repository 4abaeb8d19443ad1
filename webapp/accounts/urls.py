"""URLs of the accounts API."""

from django.urls import path

from webapp.accounts import api

urlpatterns = [
    path("me/", api.Me.as_view(), name="accounts-me"),
    path("tokens/", api.TokenList.as_view(), name="accounts-tokens"),
    path("tokens/<int:pk>/", api.TokenDetail.as_view(), name="accounts-token"),
    path("extend/", api.Extend.as_view(), name="accounts-extend"),
]
