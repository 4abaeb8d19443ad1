"""The worklist: which studies, in which order, and what a row of it shows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Upper
from django.http import QueryDict

from webapp.accounts.roles import Person, Role, has_role
from webapp.paging import is_whole
from webapp.problems import Problem
from webapp.studies import readings, selectors
from webapp.studies.models import ImageResult, Instance, Prediction, Review, Round, Study, StudyState

Rows = QuerySet[Study]

_NEWEST: Final = ("-created_at", "-id")
_HIDDEN: Final = ("canary", "priors")
_SITE_DIGITS: Final = 9


def search(user: Person, query: QueryDict) -> Rows:
    """Return the studies that the query asks for, of those that the user may see."""
    rows = _visible(user, query)
    if state := query.get("state"):
        rows = rows.filter(state__in=_states(state))
    if (site := query.get("site")) is not None:
        if not (len(site) <= _SITE_DIGITS and is_whole(site, 1)):
            raise Problem(HTTPStatus.BAD_REQUEST, "site is the number of a site.")
        rows = rows.filter(site=int(site))
    if word := query.get("search", "").strip():
        rows = _searched(rows, word)
    return _ordered(user, rows, query.get("ordering")).select_related("site")


def _visible(user: Person, query: QueryDict) -> Rows:
    included = {name for given in query.getlist("include") for name in given.split(",") if name}
    if unknown := included.difference(_HIDDEN):
        raise Problem(HTTPStatus.BAD_REQUEST, f"include is {min(unknown)[:32]!r}; canary or priors is expected.")
    if included and not has_role(user, Role.ADMINISTRATOR):
        raise Problem(HTTPStatus.FORBIDDEN, "Only administrators list canaries and priors.")
    rows = selectors.studies_for(user)
    if "canary" not in included:
        rows = rows.exclude(patient_id=selectors.CANARY_PATIENT_ID)
    return rows if "priors" in included else rows.exclude(state=StudyState.PRIOR)


def _states(given: str) -> list[str]:
    states = given.upper().split(",")
    if not set(states) <= set(StudyState.values):
        known = ", ".join(StudyState.values)
        raise Problem(HTTPStatus.BAD_REQUEST, f"state is one or more of {known}, separated by commas.")
    return states


def _searched(rows: Rows, word: str) -> Rows:
    """Find by the beginning of the accession number or Patient ID; both indexes hold capitals."""
    upper = word.upper()
    # a range, not LIKE: an index serves it on every database, and no character of the word is a pattern
    after = upper + "\U0010ffff"
    named = rows.annotate(accession_upper=Upper("accession_number"), patient_upper=Upper("patient_id"))
    by_accession = named.filter(accession_upper__gte=upper, accession_upper__lt=after)
    return by_accession | named.filter(patient_upper__gte=upper, patient_upper__lt=after)


def _ordered(user: Person, rows: Rows, wanted: str | None) -> Rows:
    if wanted is None:
        wanted = "failures" if has_role(user, Role.ADMINISTRATOR) else "arrival"
    order = _ORDERS.get(wanted)
    if order is None:
        raise Problem(HTTPStatus.BAD_REQUEST, f"ordering is one of {', '.join(_ORDERS)}.")
    return order(user, rows)


def _failures_first(user: Person, rows: Rows) -> Rows:
    rank = Case(When(state=StudyState.FAILED, then=0), default=1, output_field=IntegerField())
    return rows.order_by(rank, *_NEWEST)


def _by_priority(user: Person, rows: Rows) -> Rows:
    if not settings.NODE_SORT_BY_PRIORITY:
        raise Problem(HTTPStatus.BAD_REQUEST, "Sorting by the AI's score is switched off here. Sort by arrival.")
    newest = Prediction.objects.filter(round__study=OuterRef("pk")).order_by("-round__number")
    if selectors.hides_ai(user):
        # a place in this order is a word of the AI: what is withheld stands behind what is not
        newest = newest.exclude(round__study__in=selectors.with_ai_hidden(user).values("pk"))
    scored = rows.annotate(priority=Subquery(newest.values("probability")[:1]))
    return scored.order_by(F("priority").desc(nulls_last=True), *_NEWEST)


_ORDERS: Final[Mapping[str, Callable[[Person, Rows], Rows]]] = {
    "arrival": lambda _, rows: rows.order_by(*_NEWEST),
    "-arrival": lambda _, rows: rows.order_by("created_at", "id"),
    "priority": _by_priority,
    "failures": _failures_first,
    "state": lambda _, rows: rows.order_by("state", *_NEWEST),
    "accession": lambda _, rows: rows.order_by("accession_number", *_NEWEST),
}
ORDERINGS: Final = tuple(_ORDERS)


def rows_of(user: Person, page: Sequence[Study]) -> list[dict[str, Any]]:
    """Return what the list shows of one page of studies, in a number of queries that does not grow with it."""
    keys = [study.pk for study in page]
    images = _counted(Instance.objects.filter(study__in=keys), "study")
    rounds = _newest_rounds(keys)
    scored = ImageResult.objects.filter(round__in=[row.pk for row in rounds.values()], probability__isnull=False)
    analysed = _counted(scored, "round__study")
    reviews = _reviews(keys)
    hides = selectors.hides_ai(user)
    return [
        _row(study, rounds.get(study.pk), reviews[study.pk], images[study.pk], analysed[study.pk])
        | (_WITHHELD if hides and not any(row.reader_id == user.pk for row in reviews[study.pk]) else {})
        for study in page
    ]


_WITHHELD: Final = {"probability": None, "prediction": None, "operating_point_reached": None, "ai_hidden": True}


def _counted(rows: QuerySet[Any], key: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list(key).annotate(found=Count("pk"))))


def _newest_rounds(keys: Sequence[int]) -> dict[int, Round]:
    rows = Round.objects.filter(study__in=keys).select_related("prediction").order_by("number")
    return {row.study_id: row for row in rows}


def _reviews(keys: Sequence[int]) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {key: [] for key in keys}
    for row in Review.objects.filter(study__in=keys).order_by("id").prefetch_related("breasts"):
        found[row.study_id].append(row)
    return found


def _row(study: Study, newest: Round | None, reviews: Sequence[Review], images: int, analysed: int) -> dict[str, Any]:
    prediction: Prediction | None = getattr(newest, "prediction", None)
    probability = None if prediction is None else prediction.probability
    read = readings.state_of(reviews)
    return {
        "study_instance_uid": study.study_instance_uid,
        "state": study.state,
        "patient_id": study.patient_id,
        "patient_name": study.patient_name,
        "accession_number": study.accession_number,
        "site": {"id": study.site.pk, "name": study.site.name},
        "study_date": study.study_date,
        "created_at": study.created_at,
        "last_received_at": study.last_received_at,
        "images": images,
        "analysed_images": analysed,
        "probability": probability,
        "prediction": None if prediction is None else prediction.label or None,
        "operating_point_reached": prediction.reaches_operating_point if prediction is not None else None,
        "ai_hidden": False,
        "failure": failure_of(newest),
        "review": {"state": read.state, "readers": list(read.readers)},
    }


def failure_of(newest: Round | None) -> dict[str, str] | None:
    """Return where the newest round failed and why; None where it did not."""
    if newest is None or newest.state != StudyState.FAILED:
        return None
    return {"stage": newest.failure_stage, "reason": newest.failure_reason}
