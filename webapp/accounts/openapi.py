"""What the schema says of the accounts API."""

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.utils import extend_schema, extend_schema_view

from webapp.accounts.serializers import MeSerializer
from webapp.openapi import problems


class FullSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The same cookie, whatever else is asked of the session."""

    target_class = "webapp.accounts.authentication.FullSession"


me = extend_schema_view(
    get=extend_schema(operation_id="get_me", responses={200: MeSerializer, **problems(401, 403)}),
)
extend = extend_schema_view(
    post=extend_schema(operation_id="extend_session", request=None, responses={200: MeSerializer, **problems(401, 403)})
)
