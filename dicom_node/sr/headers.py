"""Patient, study and request as an image states them, cleaned so that a report can carry them.

A report repeats what the images of its study say about patient and study. Sources are messy: undeclared
character sets, values too long or malformed, half-filled sequences. The rule here is one: **a value is copied
as it is or left out; it is never shortened, repaired or guessed**. What is left out is logged by keyword and
SOP Instance UID, never by value. Attributes the standard wants even without a value (type 2) are then empty.

References
----------
DICOM PS3.3 C.7.1.1 (Patient), C.7.1.3 and C.7.2.3 (Clinical Trial), C.7.2.1 (General Study), C.7.2.2 (Patient
Study), C.12.1.1.2 (Specific Character Set), C.17.2 (Referenced Request Sequence); PS3.5 6.2 (value
representations).
"""

import logging
import re
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from dicom_node.sr.values import clean_element

_log = logging.getLogger(__name__)

_TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber"),
)
_PATIENT = (
    *("IssuerOfPatientID", "TypeOfPatientID", "IssuerOfPatientIDQualifiersSequence", "PatientBirthTime"),
    *("QualityControlSubject", "OtherPatientIDsSequence", "OtherPatientNames", "PatientComments"),
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    *("ResponsiblePerson", "ResponsiblePersonRole", "ReferencedPatientSequence"),
)
_STUDY = (
    *("IssuerOfAccessionNumberSequence", "ConsultingPhysicianName", "StudyDescription", "ProcedureCodeSequence"),
    *("PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "ReferencedStudySequence", "RequestingService"),
    *("RequestingServiceCodeSequence", "ReasonForPerformedProcedureCodeSequence"),
)
_PATIENT_STUDY = (
    *("AdmittingDiagnosesDescription", "AdmittingDiagnosesCodeSequence", "PatientAge", "PatientSize"),
    *("PatientSizeCodeSequence", "PatientBodyMassIndex", "PatientWeight", "MedicalAlerts", "Allergies"),
    *("Occupation", "SmokingStatus", "AdditionalPatientHistory", "PregnancyStatus", "LastMenstrualDate"),
    *("ReasonForVisit", "ReasonForVisitCodeSequence", "AdmissionID", "IssuerOfAdmissionIDSequence"),
    *("ServiceEpisodeID", "ServiceEpisodeDescription", "IssuerOfServiceEpisodeIDSequence", "PatientState"),
)
_TRIAL_TYPE_1 = ("ClinicalTrialSponsorName", "ClinicalTrialProtocolID")
_TRIAL_TYPE_2 = ("ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName")
_TRIAL_SUBJECT = ("ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID")
_TRIAL_TIME_POINT = ("ClinicalTrialTimePointID", "ClinicalTrialTimePointDescription")

# the first may stand only where one of the others has a value
_ONLY_WITH = MappingProxyType(
    {
        "ResponsiblePerson": ("ResponsiblePersonRole",),
        "ResponsiblePersonRole": ("ResponsiblePerson",),
        "PatientIdentityRemoved": ("DeidentificationMethod", "DeidentificationMethodCodeSequence"),
        "IssuerOfPatientIDQualifiersSequence": ("PatientID",),
        "IssuerOfPatientID": ("PatientID",),
        "TypeOfPatientID": ("PatientID",),
        "IssuerOfAccessionNumberSequence": ("AccessionNumber",),
    }
)

_REQUEST_TYPE_2 = (
    *("AccessionNumber", "RequestedProcedureID", "RequestedProcedureDescription"),
    *("PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest"),
)
_REQUEST_TYPE_3 = (
    *("IssuerOfAccessionNumberSequence", "OrderPlacerIdentifierSequence", "OrderFillerIdentifierSequence"),
    *("ReasonForTheRequestedProcedure", "ReasonForRequestedProcedureCodeSequence"),
)
_REQUEST_SEQUENCES_TYPE_2 = ("ReferencedStudySequence", "RequestedProcedureCodeSequence")

_OFFSET = re.compile(r"[+-](0[0-9]|1[0-4])[0-5][0-9]")


def study_attributes(image: Dataset) -> Dataset:
    """Return everything `image` says about its patient and study that a report can carry.

    Parameters
    ----------
    image : Dataset
        Header of an image, in any character set.

    Returns
    -------
    Dataset
        Unicode values; type 2 attributes always there, empty where the image has no valid value.
    """
    wanted = (*_TYPE_2, *_PATIENT, *_STUDY, *_PATIENT_STUDY)
    attributes, invalid = _read(image, wanted)
    for keyword in invalid:
        _log.warning("image %s: the value of %s is not valid and is left out", _uid(image), keyword)
    _add_trial(image, attributes)
    for keyword, partners in _ONLY_WITH.items():
        if keyword in attributes and not any(attributes.get(partner) for partner in partners):
            _log.warning("image %s: %s left out, it needs %s", _uid(image), keyword, " or ".join(partners))
            del attributes[keyword]
    for keyword in _TYPE_2:
        if keyword not in attributes:
            setattr(attributes, keyword, "")
    return attributes


def referenced_requests(images: Iterable[Dataset]) -> list[Dataset]:
    """Return the items of Referenced Request Sequence (0040,A370): each request the images name, once.

    Parameters
    ----------
    images : iterable of Dataset
        Headers; Request Attributes Sequence (0040,0275) says which requests an image fulfils.
    """
    requests: list[Dataset] = []
    for image in images:
        accession = _copy(image, ("AccessionNumber", "IssuerOfAccessionNumberSequence"))
        for stated in _copy(image, ("RequestAttributesSequence",)).get("RequestAttributesSequence", []):
            request = _request(image, stated, accession)
            if request is not None and request not in requests:
                requests.append(request)
    return requests


def timezone_offset(image: Dataset) -> str | None:
    """Return Timezone Offset From UTC (0008,0201) as ``+HHMM`` or ``-HHMM`` where the image states a valid one."""
    offset = str(_copy(image, ("TimezoneOffsetFromUTC",)).get("TimezoneOffsetFromUTC", ""))
    return offset if _OFFSET.fullmatch(offset) else None


def patient_key(image: Dataset) -> tuple[str, str]:
    """Return Patient ID and its issuer, empty where not stated: what two images of one patient share."""
    found = _copy(image, ("PatientID", "IssuerOfPatientID"))
    return str(found.get("PatientID", "")).strip(), str(found.get("IssuerOfPatientID", "")).strip()


def image_attributes(image: Dataset, keywords: Sequence[str]) -> Dataset:
    """Return the named attributes of an image that have a valid value, as unicode."""
    return _copy(image, keywords)


def _request(image: Dataset, stated: Dataset, accession: Dataset) -> Dataset | None:
    request = Dataset()
    for keyword in (*_REQUEST_TYPE_2, *_REQUEST_SEQUENCES_TYPE_2, *_REQUEST_TYPE_3):
        if keyword in stated:
            request[keyword] = stated[keyword]
    if not request.get("RequestedProcedureID"):
        _log.warning("image %s: a request without Requested Procedure ID left out", _uid(image))
        return None
    if not request.get("AccessionNumber"):
        request.update(accession)
    request.StudyInstanceUID = stated.get("StudyInstanceUID") or image.StudyInstanceUID
    for keyword in _REQUEST_TYPE_2:
        if keyword not in request:
            setattr(request, keyword, "")
    for keyword in _REQUEST_SEQUENCES_TYPE_2:
        if keyword not in request:
            setattr(request, keyword, DicomSequence())
    return request


def _add_trial(image: Dataset, attributes: Dataset) -> None:
    """Add the clinical trial modules, whole or not at all: their type 1 attributes decide."""
    trial = _copy(image, (*_TRIAL_TYPE_1, *_TRIAL_TYPE_2, *_TRIAL_SUBJECT))
    if not all(trial.get(keyword) for keyword in _TRIAL_TYPE_1):
        return
    if not any(trial.get(keyword) for keyword in _TRIAL_SUBJECT):
        return
    for keyword in _TRIAL_TYPE_2:
        if keyword not in trial:
            setattr(trial, keyword, "")
    time_point = _copy(image, _TRIAL_TIME_POINT)
    if time_point.get("ClinicalTrialTimePointID"):
        trial.update(time_point)
    attributes.update(trial)


def _copy(image: Dataset, keywords: Iterable[str]) -> Dataset:
    return _read(image, keywords)[0]


def _read(image: Dataset, keywords: Iterable[str]) -> tuple[Dataset, list[str]]:
    """Return the attributes that have a valid value, and the keywords of those whose value is not valid."""
    found, invalid = Dataset(), []
    for keyword in keywords:
        if keyword not in image:
            continue
        element = clean_element(image, keyword)
        if element is None:
            invalid.append(keyword)
        elif not element.is_empty:
            found.add(element)
    return found, invalid


def _uid(image: Dataset) -> str:
    return str(image.get("SOPInstanceUID", "without UID"))
