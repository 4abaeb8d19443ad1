"""QIDO-RS: which studies, series and instances match (PS3.18 10.6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from pydicom.datadict import keyword_for_tag, tag_for_keyword

from webapp.portal import qido_answers
from webapp.portal.qido_answers import Attributes, Wanted
from webapp.studies import selectors
from webapp.studies.models import Instance, Study

MOST_RESULTS: Final = 200
_MODALITIES_IN_STUDY: Final = "00080061"
_MODALITY: Final = "00080060"
_STUDY_DATE: Final = "00080020"
_BIRTH_DATE: Final = "00100030"
_PAGE: Final = frozenset({"limit", "offset", "includefield", "fuzzymatching", "accept"})
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_LARGEST: Final = 2**31 - 1
_MOST_STARS: Final = 3
_MOST_VALUES: Final = 200

# what each level may be searched by: tag -> the field of its row
_STUDY_KEYS: Final = {
    "0020000D": "study_instance_uid",
    "00100020": "patient_id",
    "00100010": "patient_name",
    "00080050": "accession_number",
    _STUDY_DATE: "study_date",
    _BIRTH_DATE: "patient_birth_date",
}
_SERIES_KEYS: Final = {tag: f"study__{name}" for tag, name in _STUDY_KEYS.items()} | {
    "0020000E": "series_instance_uid",
}
_INSTANCE_KEYS: Final = _SERIES_KEYS | {
    "00080018": "sop_instance_uid",
    "00080016": "sop_class_uid",
    "00200062": "laterality",
}


class QueryError(Exception):
    """The query cannot be answered; the text says what can."""


@dataclass(frozen=True)
class Query:
    """What is asked for: values by tag, which attributes to tell, and which page."""

    values: Mapping[str, str]
    wanted: Wanted = field(default_factory=Wanted)
    limit: int = MOST_RESULTS
    offset: int = 0
    is_fuzzy: bool = False


@dataclass(frozen=True)
class Found:
    """One page of what matches, and what the client must be told about it."""

    items: list[Attributes]
    warnings: list[str]


def parse(parameters: QueryDict) -> Query:
    """Read a query.

    Raises
    ------
    QueryError
        If a name is no attribute's, or a number is none.
    """
    values = {}
    for name, texts in parameters.lists():
        if name not in _PAGE:
            values[_tag(name)] = _value(texts[-1])
    names = [name.strip() for text in parameters.getlist("includefield") for name in text.split(",") if name.strip()]
    return Query(
        values,
        Wanted(frozenset(_tag(name) for name in names if name != "all"), everything="all" in names),
        min(_number(parameters, "limit", MOST_RESULTS), MOST_RESULTS),
        _number(parameters, "offset", 0),
        parameters.get("fuzzymatching", "").lower() == "true",
    )


def search_studies(studies: QuerySet[Study], query: Query, base_url: str) -> Found:
    """Return the studies that match, the newest first."""
    rows = _filtered(studies, query, _STUDY_KEYS).order_by("-last_received_at", "-pk")
    page, warnings = _page(rows.prefetch_related("instances"), query)
    return Found([qido_answers.of_study(row, query.wanted, base_url) for row in page], warnings)


def search_series(instances: QuerySet[Instance], query: Query, base_url: str, *, with_study: bool) -> Found:
    """Return the image series that match; with what concerns their study where the address does not name it."""
    rows = selectors.series_of(_filtered(instances, query, _SERIES_KEYS))
    page, warnings = _page(rows, query)
    first = selectors.first_instances(page)
    found = [
        qido_answers.of_series(first[row["first"]], row["images"], query.wanted, base_url, with_study=with_study)
        for row in page
    ]
    return Found(found, warnings)


def search_instances(instances: QuerySet[Instance], query: Query, base_url: str, *, with_study: bool) -> Found:
    """Return the images that match, in the order that they came."""
    rows = _filtered(instances, query, _INSTANCE_KEYS).order_by("received_at", "pk").select_related("study")
    page, warnings = _page(rows, query)
    return Found(
        [qido_answers.of_instance(row, query.wanted, base_url, with_study=with_study) for row in page], warnings
    )


def _filtered(rows: QuerySet[Any], query: Query, keys: Mapping[str, str]) -> QuerySet[Any]:
    for tag, value in query.values.items():
        if tag in {_MODALITIES_IN_STUDY, _MODALITY}:
            rows = rows if _is_ours(value) else rows.none()
        elif value.strip("*") and tag not in keys:
            known = ", ".join(sorted(keyword_for_tag(int(tag, 16)) for tag in keys))
            raise QueryError(f"There is no search by {tag}. Search by {known}, Modality or ModalitiesInStudy.")
        elif value.strip("*"):
            rows = rows.filter(_condition(tag, keys[tag], value))
    return rows


def _is_ours(value: str) -> bool:
    """Tell whether a value matches the one modality of this node."""
    values = re.split(r"[,\\]", value)
    return not value or any(one.strip().upper() in {"", "*", qido_answers.MODALITY} for one in values)


def _condition(tag: str, name: str, value: str) -> Q:
    if tag in {_STUDY_DATE, _BIRTH_DATE}:
        return _within(name, value)
    if name.endswith("_uid"):
        uids = [uid.strip() for uid in re.split(r"[,\\]", value)]
        if len(uids) > _MOST_VALUES:
            raise QueryError(f"Up to {_MOST_VALUES} UIDs are searched for at once.")
        return Q(**{f"{name}__in": uids})
    if value.count("*") > _MOST_STARS:
        raise QueryError(f"A value has up to {_MOST_STARS} wildcards *.")
    if "*" not in value and "?" not in value:
        return Q(**{f"{name}__iexact": value})
    if "?" not in value and "*" not in value[:-1]:
        return Q(**{f"{name}__istartswith": value[:-1]})
    pattern = re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
    return Q(**{f"{name}__iregex": f"^{pattern}$"})


def _within(name: str, value: str) -> Q:
    """Return what a date, or a range of dates, stands for (PS3.4 C.2.2.2.5)."""
    first, dash, last = value.partition("-")
    condition = Q()
    if first:
        condition &= Q(**{f"{name}__gte": _date(first)})
    if last or not dash:
        condition &= Q(**{f"{name}__lte": _date(last or first)})
    return condition


def _date(text: str) -> date:
    try:
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        pass
    raise QueryError("Dates are written YYYYMMDD, and ranges of them YYYYMMDD-YYYYMMDD.")


def _page(rows: QuerySet[Any], query: Query) -> tuple[list[Any], list[str]]:
    page = list(rows[query.offset : query.offset + query.limit])
    warnings = []
    if query.is_fuzzy:
        warnings.append("The fuzzymatching parameter is not supported. Only literal matching has been performed.")
    # a page that is not full is the last one
    if len(page) == query.limit and (remaining := rows.count() - query.offset - len(page)) > 0:
        warnings.append(f"There are {remaining} additional results that can be requested.")
    return page, [f'299 {settings.NODE_AE_TITLE}: "{text}"' for text in warnings]


def _tag(name: str) -> str:
    if _TAG.fullmatch(name):
        return name.upper()
    tag = tag_for_keyword(name)
    if tag is None:
        raise QueryError(f"{name[:64]} is no attribute: write its keyword, or its tag in eight hexadecimal digits.")
    return f"{tag:08X}"


def _value(text: str) -> str:
    if "\0" in text:
        raise QueryError("A value holds no NUL characters: not every database takes them.")
    return text.strip()


def _number(parameters: QueryDict, name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= _LARGEST):
        raise QueryError(f"{name} is a whole number from 0 on.")
    return int(text)
