"""What must hold of the settings of the trail, in sentences that a human can act on."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from webapp.audit.addresses import trusted_proxies


@register()
def proxies_are_addresses(**_: object) -> list[CheckMessage]:
    """Refuse proxies by name: whom to believe must not depend on who answers for a name."""
    try:
        trusted_proxies(settings.NODE_TRUSTED_PROXIES)
    except ValueError as error:
        hint = "Write addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/24."
        return [Error(f"NODE_TRUSTED_PROXIES: {error}.", hint=hint, id="audit.E001")]
    return []
