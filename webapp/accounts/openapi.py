"""What the schema says of the accounts API."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from webapp.accounts.serializers import MeSerializer
from webapp.openapi import problems

me = extend_schema_view(
    get=extend_schema(operation_id="get_me", responses={200: MeSerializer, **problems(401, 403)}),
)
extend = extend_schema_view(
    post=extend_schema(operation_id="extend_session", request=None, responses={200: MeSerializer, **problems(401, 403)})
)
