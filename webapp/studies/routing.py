"""Where the reports of a study go: to every active destination, unless somebody knows better for this study."""

from collections.abc import Callable

from webapp.studies.models import Destination, Study

_exceptions: list[Callable[[Study], list[Destination] | None]] = []


def register(exception: Callable[[Study], list[Destination] | None]) -> None:
    """Add an exception: given a study, its own destinations, or None where the rule holds."""
    if exception not in _exceptions:
        _exceptions.append(exception)


def destinations_of(study: Study) -> list[Destination]:
    """Return where the reports of this study go."""
    for exception in _exceptions:
        own = exception(study)
        if own is not None:
            return own
    return list(Destination.objects.filter(active=True))
