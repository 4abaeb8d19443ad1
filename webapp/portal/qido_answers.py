"""What a search tells of a study, a series, an instance (PS3.18 Tables 10.6.3-3 to 10.6.3-5)."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from pydicom.dataset import Dataset

from dicom_node import metadata
from dicom_node.errors import DicomNodeError
from webapp.studies import selectors
from webapp.studies.headers import read_header
from webapp.studies.models import Instance, Study

Attributes = dict[str, Any]

MODALITY: Final = "MG"
# what of an image's header is told of its study, its series and itself
_STUDY_TAGS: Final = frozenset(
    {"00080020", "00080030", "00080090", "00080201", "00100030", "00100040", "00200010"}
)  # fmt: skip
_MORE_OF_STUDY: Final = frozenset({"00080080", "00081030", "00101010", "00081032", "00081048", "00081060", "00321060"})
_SERIES_TAGS: Final = frozenset({"00080021", "00080031", "0008103E", "00200011", "00200060"})
_MORE_OF_SERIES: Final = frozenset({"00080070", "00081010", "00081090", "00180015", "00181030", "00400244", "00400245"})
_INSTANCE_TAGS: Final = frozenset(
    {
        "00080008", "00180015", "00185101", "00200013", "00200020", "00200062", "00280008", "00280010", "00280011",
        "00280100", "00540220",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """The attributes that a client asks for beside those that it always gets."""

    tags: frozenset[str] = frozenset()
    everything: bool = False


def of_study(row: Study, wanted: Wanted, base_url: str) -> Attributes:
    """Return a study: what its row says, and the rest from its first image."""
    instances = list(selectors.instances_of(row))
    tags = _STUDY_TAGS | wanted.tags | (_MORE_OF_STUDY if wanted.everything else frozenset())
    found = _chosen(instances[0], tags) if instances else {}
    series = {instance.series_instance_uid for instance in instances}
    return _sorted(
        found | _row_of_study(row),
        {
            "00080005": _text("CS", "ISO_IR 192"),
            "00080056": _text("CS", "ONLINE"),
            "00080061": _text("CS", MODALITY),
            "00081190": _text("UR", f"{base_url}/studies/{row.study_instance_uid}"),
            "00201206": {"vr": "IS", "Value": [len(series)]},
            "00201208": {"vr": "IS", "Value": [len(instances)]},
        },
    )


def of_series(first: Instance, images: int, wanted: Wanted, base_url: str, *, with_study: bool) -> Attributes:
    """Return a series, told by its first image."""
    tags = _SERIES_TAGS | wanted.tags
    if with_study:
        tags |= _STUDY_TAGS
    if wanted.everything:
        tags |= _MORE_OF_SERIES | (_MORE_OF_STUDY if with_study else frozenset())
    study = first.study
    return _sorted(
        _chosen(first, tags),
        _row_of_study(study) if with_study else {},
        {
            "00080005": _text("CS", "ISO_IR 192"),
            "00080056": _text("CS", "ONLINE"),
            "00080060": _text("CS", MODALITY),
            "00081190": _text(
                "UR", f"{base_url}/studies/{study.study_instance_uid}/series/{first.series_instance_uid}"
            ),
            "0020000D": _text("UI", study.study_instance_uid),
            "0020000E": _text("UI", first.series_instance_uid),
            "00201209": {"vr": "IS", "Value": [images]},
        },
    )


def of_instance(row: Instance, wanted: Wanted, base_url: str, *, with_study: bool) -> Attributes:
    """Return an instance. A file that cannot be read any more is still listed: its row says what it is."""
    tags = _INSTANCE_TAGS | wanted.tags
    if with_study:
        tags |= _STUDY_TAGS | _SERIES_TAGS
    study, series, instance = row.study.study_instance_uid, row.series_instance_uid, row.sop_instance_uid
    return _sorted(
        _chosen(row, None if wanted.everything else tags),
        _row_of_study(row.study) if with_study else {},
        {
            "00080005": _text("CS", "ISO_IR 192"),
            "00080016": _text("UI", row.sop_class_uid),
            "00080018": _text("UI", instance),
            "00080056": _text("CS", "ONLINE"),
            "00080060": _text("CS", MODALITY),
            "00081190": _text("UR", f"{base_url}/studies/{study}/series/{series}/instances/{instance}"),
            "00083002": _text("UI", row.transfer_syntax_uid),
            "0020000D": _text("UI", study),
            "0020000E": _text("UI", series),
        },
    )


def _row_of_study(row: Study) -> Attributes:
    name = {"vr": "PN", "Value": [{"Alphabetic": row.patient_name}]} if row.patient_name else {"vr": "PN"}
    found = {
        "00080050": _text("SH", row.accession_number),
        "00100010": name,
        "00100020": _text("LO", row.patient_id),
        "0020000D": _text("UI", row.study_instance_uid),
    }
    if row.study_date is not None:
        found["00080020"] = _text("DA", f"{row.study_date:%Y%m%d}")
    if row.patient_birth_date is not None:
        found["00100030"] = _text("DA", f"{row.patient_birth_date:%Y%m%d}")
    return found


def _chosen(row: Instance, tags: frozenset[str] | None) -> Attributes:
    """Return attributes of an image's header, or all; none where its file cannot be read any more."""
    try:
        header = read_header(settings.NODE_ARCHIVE_DIR / row.path)
        return metadata.without_bulk_data(header if tags is None else _part_of(header, tags))
    except (DicomNodeError, OSError):
        return {}


def _part_of(header: Dataset, tags: frozenset[str]) -> Dataset:
    return metadata.part_of(header, sorted(int(tag, 16) for tag in tags))


def _text(vr: str, *values: str) -> Attributes:
    kept = [value for value in values if value]
    return {"vr": vr, "Value": kept} if kept else {"vr": vr}


def _sorted(*parts: Attributes) -> Attributes:
    """Join them, the later over the earlier, in the order of tags."""
    joined: Attributes = {}
    for part in parts:
        joined |= part
    return dict(sorted(joined.items()))
