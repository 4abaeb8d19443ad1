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
