"""What the API says of an account."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from rest_framework import serializers

from webapp.accounts import second_factor, selectors
from webapp.accounts.roles import Role, roles_of
from webapp.accounts.session_clock import deadlines
from webapp.accounts.token_models import ApiToken
from webapp.accounts.tokens import LONGEST_DAYS, USUAL_DAYS, Scope


class SiteSerializer(serializers.Serializer[Any]):
    """A place that studies belong to."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class SecondFactorSerializer(serializers.Serializer[Any]):
    """Whether the account has a second factor, and whether it must."""

    enabled = serializers.BooleanField()
    # a field here, an attribute of every field in the framework
    required = serializers.BooleanField()  # type: ignore[assignment]


class ReadingSettingsSerializer(serializers.Serializer[Any]):
    """How studies are read at this node."""

    ai_after_first_impression = serializers.BooleanField()
    second_reading = serializers.BooleanField()
    sort_by_priority = serializers.BooleanField()


class MeSerializer(serializers.Serializer[Any]):
    """Who is signed in."""

    username = serializers.CharField()
    full_name = serializers.CharField(allow_blank=True)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    sites = SiteSerializer(many=True)
    idle_seconds = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="End of the session, or of the token.")
    idle_expires_at = serializers.DateTimeField(allow_null=True, help_text="Unless a person asks for something before.")
    second_factor = SecondFactorSerializer()
    settings = ReadingSettingsSerializer()


class TokenSerializer(serializers.Serializer[Any]):
    """An API token, without its text."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    lasting = serializers.BooleanField(help_text="false: it ends with the session that it was made in.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class TokenPageSerializer(serializers.Serializer[Any]):
    """The account's tokens."""

    results = TokenSerializer(many=True)


class MadeTokenSerializer(TokenSerializer):
    """A new token: its text is shown this once."""

    token = serializers.CharField()


class NewTokenSerializer(serializers.Serializer[dict[str, Any]]):
    """What a new token is to be."""

    name = serializers.CharField(max_length=100, help_text="What it is for, to know it again.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), min_length=1, max_length=len(Scope)
    )
    lasting = serializers.BooleanField(default=False, help_text="For a script: it outlives the session.")
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, default=USUAL_DAYS, help_text="How long a lasting one lasts."
    )

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        """Name each once."""
        return sorted(set(scopes))


def token_body(row: ApiToken) -> dict[str, Any]:
    """Return a token without its text."""
    return {
        "id": row.pk,
        "name": row.name,
        "scopes": row.scopes,
        "lasting": not row.session_family,
        "created_at": row.token.created.isoformat(),
        "expires_at": row.token.expiry.isoformat(),
    }


def me_body(user: User, session: SessionBase, token: Any) -> dict[str, Any]:
    """Return what an account may know of itself; ``token`` is what it signed in with, if not by session."""
    expires_at: datetime | None
    idle_expires_at: datetime | None
    if token is None:
        ends = deadlines(session)
        expires_at, idle_expires_at = ends.expires_at, ends.idle_expires_at
    else:
        expires_at, idle_expires_at = token.expiry, None
    return {
        "username": user.get_username(),
        "full_name": user.get_full_name(),
        "roles": sorted(roles_of(user)),
        "sites": [{"id": site.pk, "name": site.name} for site in selectors.sites_of(user)],
        "idle_seconds": settings.NODE_IDLE_SECONDS,
        "expires_at": expires_at,
        "idle_expires_at": idle_expires_at,
        "second_factor": {"enabled": second_factor.is_enabled(user), "required": second_factor.is_required()},
        "settings": {
            "ai_after_first_impression": settings.NODE_AI_AFTER_FIRST_IMPRESSION,
            "second_reading": settings.NODE_SECOND_READING,
            "sort_by_priority": settings.NODE_SORT_BY_PRIORITY,
        },
    }
