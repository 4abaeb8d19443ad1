"""Every address of the resolver tells the trail something, or says why not."""

from collections.abc import Iterator
from typing import Any

from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from webapp.audit import admin_pages, endpoints
from webapp.workitems import urls as workitem_urls

METHODS = ("get", "post", "put", "patch", "delete")


def addresses(patterns: list[Any], spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Return the name of every address, as a request's resolver match has it, and its view."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, (*spaces, *([entry.namespace] if entry.namespace else [])))
        else:
            assert isinstance(entry, URLPattern)
            yield ":".join([*spaces, entry.name or _unnamed(entry.callback)]), entry.callback


def _unnamed(view: Any) -> str:
    return f"{view.__module__}.{view.__name__}"


# the worklist is switched off by default
ADDRESSES = [*addresses(get_resolver().url_patterns), *addresses(workitem_urls.urlpatterns)]


def _is_told(name: str, view: Any, method: str) -> bool:
    url_name = name.rpartition(":")[2]
    spaces: list[str | None] = [*name.split(":")[:-1]]
    match = ResolverMatch(view, (), {}, url_name, namespaces=spaces)
    return endpoints.entry_of(name, method.upper()) is not None or admin_pages.is_known(match)


def _methods(view: Any) -> list[str]:
    known = getattr(view, "cls", None) or getattr(view, "view_class", None)
    # a function that does not say so may answer both
    return [method for method in METHODS if known is None or hasattr(known, method)] if known else ["get", "post"]


def test_every_address_is_registered_or_excused() -> None:
    allowed = {"admin:autocomplete", "admin:monitoring_performance", "admin:monitoring_canary_send"}
    missing = [
        f"{method.upper()} {name}"
        for name, view in ADDRESSES
        for method in _methods(view)
        if not _is_told(name, view, method) and name not in allowed
    ]
    assert missing == []
    for name, method in zip(sorted(allowed), ("GET", "POST", "GET"), strict=True):
        assert endpoints.entry_of(name, method) is not None


def test_nothing_is_registered_that_is_no_address() -> None:
    assert sorted(endpoints.registered() - {name for name, _ in ADDRESSES}) == []


def test_what_tells_nothing_says_why() -> None:
    for name in endpoints.registered():
        entry = endpoints.entry_of(name, "*")
        assert entry is None or (isinstance(entry, endpoints.Untold) and len(entry.reason) > 15)


def test_identifiers_are_kept_and_what_people_type_is_not() -> None:
    kept = {
        "study": "1.2.840.113619",
        "instance": "2.25.4711",
        "pk": "17",
        "key": "7b1c5a0e-0000-4000-8000-000000000000",
    }
    assert {name: endpoints.identifier(name, value) for name, value in kept.items()} == kept
    typed = [
        ("study", "PID-77"),
        ("study", "1234567"),
        ("study", "DOE^JANE"),
        ("pk", "Doe"),
        ("pk", "1\n"),
        ("uid", ""),
    ]
    typed += [("study", "1.2." + "3" * 61), ("pk", "1" * 19), ("study", "1.\u0662"), ("study", "1.2.3\n")]
    assert [endpoints.identifier(name, value) for name, value in typed] == [""] * len(typed)
