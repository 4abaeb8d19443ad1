"""A request and its answer -> the lines that the trail keeps of it: identifiers only."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import ResolverMatch, reverse

from webapp.audit import endpoints
from webapp.audit.endpoints import Told, Untold
from webapp.audit.models import Action, Event, Outcome

_LOOKS_ONLY: Final = frozenset({"OPTIONS", "TRACE"})
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
# nothing was asked that this address does, or not yet: a flood of those shall not fill the trail
_NOTHING: Final = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS})
_MADE: Final = "_audit_made"
_SHORT: Final = {"sop_instance_uid": "instance", "study_instance_uid": "study", "diagnosis": "upload"}


@dataclass(frozen=True)
class Line:
    """One event that is about to be written."""

    event: Event
    action: Action
    object_type: str
    object_id: str = ""
    outcome: Outcome = Outcome.SUCCESS
    detail: dict[str, object] = field(default_factory=dict)


def note_made(request: Any, identifier: object) -> None:
    """Say what a request made, where its answer does not name it."""
    setattr(getattr(request, "_request", request), _MADE, identifier)


def line_of(request: HttpRequest, match: ResolverMatch, answer: HttpResponseBase) -> Line | None:
    """Return what the registered address tells; None where that is nothing."""
    method = method_of(request, match)
    entry = endpoints.entry_of(match.view_name, method)
    if isinstance(entry, Untold) or method in _LOOKS_ONLY:
        return None
    outcome = outcome_of(request, answer)
    if outcome is None:
        return None
    told = entry or Told(Event.APPLICATION, Action.EXECUTE, "address", part=match.view_name)
    answered = _members(answer)
    if told.key:
        object_id = endpoints.identifier(told.key, match.kwargs.get(told.key, ""))
    else:
        object_id = endpoints.identifier(told.made, getattr(request, _MADE, answered.get(told.made, "")))
    detail = _detail(told, {**request.GET.dict(), **answered, **match.kwargs})
    if told.key and not object_id:
        detail["object"] = "not an identifier"
    if outcome is not Outcome.SUCCESS:
        detail["status"] = answer.status_code
    return Line(event_of(told.event, answer), told.action, told.object_type, object_id, outcome, detail)


def method_of(request: HttpRequest, match: ResolverMatch) -> str:
    """Return the method: who asks for the head of an answer learns of the object, too.

    A page that is a function, as those of the admin are, is given out whatever the method is called.
    """
    is_class = hasattr(match.func, "cls") or hasattr(match.func, "view_class")
    if request.method == "HEAD" or (request.method != "POST" and not is_class):
        return "GET"
    return str(request.method)


def outcome_of(request: HttpRequest, answer: HttpResponseBase) -> Outcome | None:
    """Return how it went; None for what gives nothing away and changes nothing."""
    status = answer.status_code
    if status in _NOTHING:
        return None
    if status == HTTPStatus.NOT_MODIFIED and request.headers.get("X-Background") == "1":
        return None
    if status in _REFUSED or _is_sent_to_sign_in(answer):
        return Outcome.REFUSED
    return Outcome.SUCCESS if status < HTTPStatus.BAD_REQUEST else Outcome.FAILED


def _is_sent_to_sign_in(answer: HttpResponseBase) -> bool:
    pages = (reverse("admin:login"), resolve_url(settings.LOGIN_URL))
    return isinstance(answer, HttpResponseRedirect) and answer.url.startswith(pages)


def event_of(usual: Event, answer: HttpResponseBase) -> Event:
    """Return the event: what is handed out as a file leaves the node."""
    is_file = answer.headers.get("Content-Disposition", "").startswith("attachment")
    return Event.EXPORT if is_file else usual


def _members(answer: HttpResponseBase) -> dict[str, object]:
    body: Any = getattr(answer, "data", None)
    return body if isinstance(body, dict) else {}


def _detail(told: Told, named: dict[str, object]) -> dict[str, object]:
    detail: dict[str, object] = {"part": told.part} if told.part else {}
    for name in told.also:
        value = named.get(name)
        identifier = "" if value is None else endpoints.identifier(name, value)
        if identifier:
            detail[_SHORT.get(name, name)] = identifier
    return detail
