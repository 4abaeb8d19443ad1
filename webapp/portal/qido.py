"""QIDO-RS: which studies, series and instances are there (PS3.18 10.6)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet

from dicom_node import metadata
from dicom_node.errors import DicomNodeError
from webapp.studies import selectors
from webapp.studies.headers import read_header
from webapp.studies.models import Instance, Study

Attributes = dict[str, Any]

MOST_RESULTS: Final = 200
_MODALITY: Final = "MG"

# what a study may be searched by: keyword and tag -> the row's field
_STUDY_KEYS: Final = {
    "StudyInstanceUID": "study_instance_uid",
    "0020000D": "study_instance_uid",
    "PatientID": "patient_id",
    "00100020": "patient_id",
    "PatientName": "patient_name",
    "00100010": "patient_name",
    "AccessionNumber": "accession_number",
    "00080050": "accession_number",
}
_INSTANCE_KEYS: Final = {
    "SOPInstanceUID": "sop_instance_uid",
    "00080018": "sop_instance_uid",
    "SOPClassUID": "sop_class_uid",
    "00080016": "sop_class_uid",
    "SeriesInstanceUID": "series_instance_uid",
    "0020000E": "series_instance_uid",
}
# of an instance's header, what its search result carries (PS3.18 Table 10.6.3-5, and what a hanging protocol needs)
_INSTANCE_TAGS: Final = (
    "00080008", "00080016", "00080018", "00080060", "00180015", "00185101", "0020000D", "0020000E",
    "00200013", "00200020", "00200062", "00280010", "00280011", "00280100", "00540220",
)  # fmt: skip


class UnknownKeyError(Exception):
    """The query names an attribute that is not searched by; the text says which are."""


def search_studies(studies: QuerySet[Study], query: Mapping[str, str]) -> list[Attributes]:
    """Return the studies that match, the newest first."""
    rows = _page(_filtered(studies, query, _STUDY_KEYS), query)
    return [_study(row) for row in rows.prefetch_related("instances")]


def search_series(study: Study, query: Mapping[str, str]) -> list[Attributes]:
    """Return the image series of a study."""
    by_series: dict[str, list[Instance]] = {}
    for row in _filtered(selectors.instances_of(study), query, _INSTANCE_KEYS):
        by_series.setdefault(row.series_instance_uid, []).append(row)
    return [_series(study, uid, rows) for uid, rows in sorted(by_series.items())]


def search_instances(study: Study, series_instance_uid: str | None, query: Mapping[str, str]) -> list[Attributes]:
    """Return the images of a study, or of one series of it."""
    rows = selectors.instances_of(study, series=series_instance_uid)
    return [_instance(row) for row in _page(_filtered(rows, query, _INSTANCE_KEYS), query)]


def _filtered(rows: QuerySet[Any], query: Mapping[str, str], keys: Mapping[str, str]) -> QuerySet[Any]:
    for key, value in query.items():
        if key in {"limit", "offset", "includefield", "fuzzymatching"} or not value or value == "*":
            continue
        if key in {"ModalitiesInStudy", "00080061", "Modality", "00080060"}:
            rows = rows if value.upper() == _MODALITY else rows.none()
        elif key not in keys:
            known = ", ".join(sorted(key for key in keys if not key.isalnum() or not key[0].isdigit()))
            raise UnknownKeyError(f"There is no search by {key[:64]}. Search by {known}, Modality, limit or offset.")
        else:
            rows = rows.filter(_condition(keys[key], value))
    return rows


def _condition(field: str, value: str) -> Q:
    if field.endswith("_uid"):
        return Q(**{f"{field}__in": value.split(",")})
    if value.endswith("*"):
        return Q(**{f"{field}__istartswith": value.rstrip("*")})
    return Q(**{f"{field}__iexact": value})


def _page(rows: QuerySet[Any], query: Mapping[str, str]) -> QuerySet[Any]:
    limit, offset = (int(query[key]) if query.get(key, "").isdigit() else None for key in ("limit", "offset"))
    start = offset or 0
    return rows[start : start + min(MOST_RESULTS if limit is None else limit, MOST_RESULTS)]


def _text(vr: str, *values: str) -> Attributes:
    kept = [value for value in values if value]
    return {"vr": vr, "Value": kept} if kept else {"vr": vr}


def _study(row: Study) -> Attributes:
    instances = list(selectors.instances_of(row))
    series = {instance.series_instance_uid for instance in instances}
    name = {"vr": "PN", "Value": [{"Alphabetic": row.patient_name}]} if row.patient_name else {"vr": "PN"}
    return {
        "00080005": _text("CS", "ISO_IR 192"),
        "00080050": _text("SH", row.accession_number),
        "00080056": _text("CS", "ONLINE"),
        "00080061": _text("CS", _MODALITY),
        "00100010": name,
        "00100020": _text("LO", row.patient_id),
        "0020000D": _text("UI", row.study_instance_uid),
        "00201206": {"vr": "IS", "Value": [len(series)]},
        "00201208": {"vr": "IS", "Value": [len(instances)]},
    }


def _series(study: Study, uid: str, rows: Iterable[Instance]) -> Attributes:
    return {
        "00080005": _text("CS", "ISO_IR 192"),
        "00080060": _text("CS", _MODALITY),
        "0020000D": _text("UI", study.study_instance_uid),
        "0020000E": _text("UI", uid),
        "00201209": {"vr": "IS", "Value": [len(list(rows))]},
    }


def _instance(row: Instance) -> Attributes:
    try:
        header = read_header(settings.NODE_ARCHIVE_DIR / row.path)
        found = metadata.to_dicom_json(header, row.transfer_syntax_uid, "")
    except (DicomNodeError, OSError):
        # a file that cannot be read any more is still listed: its row says what it is
        found = {}
    return {
        **{tag: found[tag] for tag in _INSTANCE_TAGS if tag in found},
        "00080016": _text("UI", row.sop_class_uid),
        "00080018": _text("UI", row.sop_instance_uid),
        "0020000E": _text("UI", row.series_instance_uid),
        "00083002": _text("UI", row.transfer_syntax_uid),
    }
