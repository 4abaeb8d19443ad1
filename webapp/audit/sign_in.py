"""Who came in, who went, and who was not let in."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from webapp.audit import actors, recorder
from webapp.audit.actors import Actor
from webapp.audit.addresses import client_address
from webapp.audit.models import Action, ActorKind, Event, Outcome


def connect() -> None:
    """Listen; called once, when the applications are ready."""
    user_logged_in.connect(_came, dispatch_uid="audit")
    user_logged_out.connect(_went, dispatch_uid="audit")
    user_login_failed.connect(_was_refused, dispatch_uid="audit")


def _address(request: HttpRequest | None) -> str:
    return "" if request is None else client_address(request)


def _came(sender: object, user: User, request: HttpRequest | None = None, **_: Any) -> None:
    _note(Event.LOGIN, user, request)


def _went(sender: object, user: User | None = None, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        _note(Event.LOGOUT, user, request)


def _note(event: Event, user: User, request: HttpRequest | None) -> None:
    actor = Actor(ActorKind.USER, user.get_username(), str(user.pk), address=_address(request))
    recorder.record(event, Action.EXECUTE, "account", user.pk, actor=actor)


def _was_refused(sender: object, request: HttpRequest | None = None, **_: Any) -> None:
    # what was typed as a name may be a password: it is not kept
    address = _address(request)
    actor = Actor(ActorKind.VISITOR, address, address=address) if address else actors.current_or_process()
    recorder.record(Event.LOGIN, Action.EXECUTE, "account", actor=actor, outcome=Outcome.REFUSED)
