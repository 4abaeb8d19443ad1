"""What the schema says of the accounts API."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)

from webapp.accounts.serializers import (
    MadeTokenSerializer,
    MeSerializer,
    NewTokenSerializer,
    TokenPageSerializer,
)
from webapp.accounts.sharing import ShareSerializer, SharingSerializer
from webapp.openapi import problems


class FullSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The same cookie, whatever else is asked of the session."""

    target_class = "webapp.accounts.authentication.FullSession"


class ScopedTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """The same header; a token also needs the scope."""

    target_class = "webapp.accounts.authentication.ScopedToken"


me = extend_schema_view(
    get=extend_schema(operation_id="get_me", responses={200: MeSerializer, **problems(401, 403)}),
)
extend = extend_schema_view(
    post=extend_schema(operation_id="extend_session", request=None, responses={200: MeSerializer, **problems(401, 403)})
)
tokens = extend_schema_view(
    get=extend_schema(operation_id="list_tokens", responses={200: TokenPageSerializer, **problems(401, 403)}),
    post=extend_schema(
        operation_id="make_token",
        request={"application/json": NewTokenSerializer},
        responses={201: MadeTokenSerializer, **problems(400, 401, 403, 415)},
    ),
)
token = extend_schema_view(
    delete=extend_schema(
        operation_id="revoke_token", responses={204: OpenApiResponse(None, "Revoked."), **problems(401, 403, 404)}
    )
)
_SHARES = inline_serializer("SharePage", {"results": ShareSerializer(many=True)})
_WHOM = OpenApiParameter("username", str, required=True, description="Whom it is not to be shown to any more.")


def shares(what: str) -> Any:
    """Return what the schema says of the shares of a study or an upload."""
    return extend_schema_view(
        get=extend_schema(operation_id=f"list_{what}_shares", responses={200: _SHARES, **problems(401, 403, 404)}),
        post=extend_schema(
            operation_id=f"share_{what}",
            request={"application/json": SharingSerializer},
            responses={201: ShareSerializer, 200: ShareSerializer, **problems(400, 401, 403, 404, 415)},
        ),
        delete=extend_schema(
            operation_id=f"unshare_{what}",
            parameters=[_WHOM],
            responses={204: OpenApiResponse(None, "Not shown any more."), **problems(400, 401, 403, 404)},
        ),
    )
