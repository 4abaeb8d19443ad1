"""What the pages of the admin tell: lists, rows that are read, rows that are changed, actions on chosen rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.urls import ResolverMatch

from webapp.audit import endpoints, telling
from webapp.audit.models import Action, Event, Outcome
from webapp.audit.telling import Line

_LIST: Final = "changelist"
_ROW: Final = frozenset({"change", "history", "add", "delete"})
_WRITTEN: Final = {"change": Action.UPDATE, "add": Action.CREATE, "delete": Action.DELETE}
_CHOSEN: Final = "_selected_action"


@dataclass(frozen=True)
class _Naming:
    """How the trail calls the rows of a model."""

    object_type: str
    path: str
    event: Event


@dataclass(frozen=True)
class _Page:
    """A further page of the admin about one row."""

    model: type[Model]
    key: str
    part: str


_namings: dict[type[Model], _Naming] = {}
_further: dict[str, _Page] = {}


def name(model: type[Model], object_type: str, path: str = "pk", *, event: Event = Event.RECORD) -> None:
    """Say how the trail calls a model's rows, where that is not the model's name and the row's key.

    ``path`` leads from the row to the identifier, as in a query: ``study__study_instance_uid``.
    """
    _namings[model] = _Naming(object_type, path, event)


def further(view_name: str, model: type[Model], key: str, part: str) -> None:
    """Say that a page beside the usual ones is about one row: the keyword that names it, and what of it.

    A ``part`` that is itself a keyword of the address stands for its value.
    """
    _further[view_name] = _Page(model, key, part)


def is_known(match: ResolverMatch) -> bool:
    """Tell whether an address is a page of a model."""
    return match.view_name in _further or page_of(match) is not None


def page_of(match: ResolverMatch) -> tuple[ModelAdmin[Any], str] | None:
    """Return the admin and the page that an address belongs to; None where it is no page of a model."""
    owner = getattr(match.func, "model_admin", None)
    if not isinstance(owner, ModelAdmin):
        return None
    prefix = f"{owner.opts.app_label}_{owner.opts.model_name}_"
    page = (match.url_name or "").removeprefix(prefix)
    return owner, page if page in {_LIST, *_ROW} else ""


def lines_of(request: HttpRequest, match: ResolverMatch, answer: HttpResponseBase) -> list[Line] | None:
    """Return what a page of a model tells; None where the address is no such page."""
    if not is_known(match):
        return None
    outcome = _outcome(request, answer)
    method = telling.method_of(request, match)
    if outcome is None:
        return []
    status = {} if outcome is Outcome.SUCCESS else {"status": answer.status_code}
    if match.view_name in _further:
        page = _further[match.view_name]
        # only what was done is a word of this node; what was refused may be anything
        part = str(match.kwargs.get(page.part, page.part)) if outcome is Outcome.SUCCESS else page.part
        action = Action.READ if method == "GET" else Action.EXECUTE
        return [_row(page.model, match.kwargs.get(page.key), action, outcome, {"page": f"admin {part}", **status})]
    found = page_of(match)
    assert found is not None  # it is known
    owner, name_of_page = found
    detail: dict[str, object] = {"page": f"admin {name_of_page}", **status}
    if name_of_page == _LIST and method == "POST":
        return _action(request, owner, answer, outcome, detail)
    if name_of_page == _LIST:
        return [Line(Event.QUERY, Action.EXECUTE, _naming(owner.model).object_type, "", outcome, detail)]
    if not name_of_page:  # it leads on to the page of the row
        return []
    action = Action.READ if method == "GET" else _WRITTEN.get(name_of_page, Action.EXECUTE)
    return [_row(owner.model, match.kwargs.get("object_id"), action, outcome, detail)]


def _naming(model: type[Model]) -> _Naming:
    return _namings.get(model) or _Naming(str(model._meta.model_name), "pk", Event.CONFIGURATION)


def _row(model: type[Model], key: object, action: Action, outcome: Outcome, detail: dict[str, object]) -> Line:
    naming = _naming(model)
    identifier = "" if key is None else _key(model, unquote(str(key)))
    (named,) = _names(model, [identifier]) if identifier else ("",)
    return Line(naming.event, action, naming.object_type, named, outcome, detail)


def _key(model: type[Model], typed: str) -> str:
    """Return the key that the admin takes a text for: " 5" and "+5" are 5 to it, too; empty where it is none."""
    try:
        key = model._meta.pk.to_python(typed)
    except ValidationError:
        return ""
    return endpoints.identifier("object_id", key)


def _action(
    request: HttpRequest,
    owner: ModelAdmin[Any],
    answer: HttpResponseBase,
    outcome: Outcome,
    detail: dict[str, object],
) -> list[Line]:
    """One line a chosen row, so that whoever looks for an object finds what was done with it."""
    naming = _naming(owner.model)
    event = telling.event_of(naming.event, answer)
    asked = request.POST.get("action", "")
    detail["action"] = asked if asked in owner.get_actions(request) else "save" if "_save" in request.POST else "none"
    # all of them: the framework takes a thousand fields at most
    keys = list(dict.fromkeys(key for typed in request.POST.getlist(_CHOSEN) if (key := _key(owner.model, typed))))
    if request.POST.get("select_across") == "1":
        keys, detail["chosen"] = [], "all"
    names = _names(owner.model, keys) or [""]
    return [Line(event, Action.EXECUTE, naming.object_type, named, outcome, detail) for named in names]


def _outcome(request: HttpRequest, answer: HttpResponseBase) -> Outcome | None:
    """The admin sends on to its index who asks for a row that is not there, and shows a wrong form again."""
    outcome = telling.outcome_of(request, answer)
    if isinstance(answer, HttpResponseRedirect) and request.method != "POST":
        return Outcome.REFUSED
    shown: Any = getattr(answer, "context_data", None) or {}
    if request.method == "POST" and answer.status_code == HTTPStatus.OK and "adminform" in shown:
        return Outcome.FAILED
    return outcome


def _names(model: type[Model], keys: Iterable[str]) -> list[str]:
    """Return how rows are called; a row that is gone goes by its key."""
    naming, wanted = _naming(model), list(keys)
    if naming.path == "pk" or not wanted:
        return wanted
    found = model._base_manager.filter(pk__in=wanted).values_list("pk", naming.path)
    named = {str(key): str(value) for key, value in found}
    return [named.get(key, key) for key in wanted]
