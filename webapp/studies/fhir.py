"""FHIR R4: a round as a transaction of ImagingStudy, Observations and DiagnosticReport.

Every resource is created at most once (``ifNoneExist`` on an identifier that each try derives anew), nothing at
the server is overwritten, and no result is ever more than preliminary. The models of ``fhir.resources`` check
what goes out and what comes back; R4B is the nearest release it has, and these resources are the same in R4.

References
----------
HL7 FHIR R4: http 3.1.0.11 (transaction), diagnosticreport, observation, imagingstudy
"""

import uuid
from typing import Any

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from pydantic import ValidationError

from dicom_node.dicomweb import Answer, Origin, WebTimeouts, exchange, is_permanent, refusal
from dicom_node.errors import SendError
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.findings import RESEARCH_USE, BreastFinding, Findings, ImageFinding

FHIR_JSON = "application/fhir+json"
STATUS = "preliminary"

_NAMESPACE = uuid.UUID("6d0c9d2e-64a5-5f3e-9d4b-3c7f0a4f7d11")
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SNOMED = "http://snomed.info/sct"
_UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_BREASTS = {"R": ("73056007", "Right breast structure"), "L": ("80248007", "Left breast structure")}
_BREAST = ("76752008", "Breast structure")

_Resource = dict[str, Any]


def bundle_of(findings: Findings, issuer: str) -> Bundle:
    """Return the transaction of one round; `issuer` is the system of Patient ID and accession number.

    Raises
    ------
    pydantic.ValidationError
        If a value does not fit FHIR.
    """
    study = _study(findings, issuer)
    observations = [_study_observation(findings, issuer)]
    observations += [_breast_observation(findings, breast, issuer) for breast in findings.breasts]
    observations += [_image_observation(findings, image, issuer) for image in findings.images]
    report = _report(findings, observations, issuer)
    entries = [_entry(resource) for resource in (study, *observations, report)]
    return Bundle.model_validate({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def send(findings: Findings, origin: Origin, issuer: str, timeouts: WebTimeouts | None = None) -> ChannelOutcome:
    """Post the transaction of one round and read what became of each entry."""
    try:
        bundle = bundle_of(findings, issuer)
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, found["loc"])) for found in error.errors()}))
        return ChannelOutcome(False, True, "", f"The result does not fit FHIR at {places[:300]}.")
    headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON}
    body = bundle.model_dump_json().encode()
    try:
        answer = exchange(origin, "POST", "", timeouts=timeouts, headers=headers, body=body)
    except SendError as error:
        return ChannelOutcome(False, error.permanent, "", str(error))
    return _outcome(answer, len(bundle.entry or []), origin)


def _outcome(answer: Answer, sent: int, origin: Origin) -> ChannelOutcome:
    status = str(answer.status)
    if answer.status != 200:
        return ChannelOutcome(
            False,
            is_permanent(answer.status) and answer.status >= 300,
            status,
            f"{refusal(origin, answer, 'a FHIR transaction')}{_issues(answer)}",
        )
    try:
        found = Bundle.model_validate_json(answer.body)
    except ValidationError:
        return ChannelOutcome(False, False, status, f"{origin} answered HTTP 200, but no FHIR bundle.")
    entries = found.entry or []
    if found.type != "transaction-response" or len(entries) != sent:
        sentence = f"{origin} answered a {found.type} of {len(entries)} entries to a transaction of {sent}."
        return ChannelOutcome(False, False, status, sentence)
    codes = [(entry.response.status or "")[:3] if entry.response else "" for entry in entries]
    bad = [code or "none" for code in codes if code not in {"200", "201"}]
    if bad:
        permanent = all(code.isdigit() and int(code) >= 400 and is_permanent(int(code)) for code in bad)
        sentence = f"{origin} did not create {len(bad)} of {sent} resources: {', '.join(sorted(set(bad)))}."
        return ChannelOutcome(False, permanent, bad[0][:4], sentence)
    there = codes.count("200")
    return ChannelOutcome(True, False, status, f"{there} of {sent} resources were there already." if there else "")


def _issues(answer: Answer) -> str:
    """Name the kinds of issues; their free text may quote the patient and stays out of rows and logs."""
    try:
        found = OperationOutcome.model_validate_json(answer.body)
    except ValidationError:
        return ""
    return f" Issues: {', '.join(f'{issue.severity} {issue.code}' for issue in found.issue[:5])}."


def _entry(resource: _Resource) -> _Resource:
    kind, identifier = resource["resourceType"], resource["identifier"][0]
    return {
        "fullUrl": _full_url(identifier["value"]),
        "resource": resource,
        "request": {
            "method": "POST",
            "url": kind,
            "ifNoneExist": f"identifier={identifier['system']}|{identifier['value']}",
        },
    }


def _full_url(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, name)}"


def _named(findings: Findings, part: str) -> list[_Resource]:
    return [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{findings.key}/{part}')}"}]


def _study_identifier(findings: Findings) -> _Resource:
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{findings.study_instance_uid}"}


def _subject(findings: Findings, issuer: str) -> _Resource:
    """Name the patient by identifier alone: the server knows its patients, and this node makes none."""
    identifier = {"value": findings.patient.patient_id or "unknown", **({"system": issuer} if issuer else {})}
    return {"type": "Patient", "identifier": identifier}


def _study(findings: Findings, issuer: str) -> _Resource:
    series: dict[str, list[_Resource]] = {}
    for image in findings.images:
        instance = {
            "uid": image.sop_instance_uid,
            "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{image.sop_class_uid}"},
        }
        series.setdefault(image.series_instance_uid, []).append(instance)
    modality = {"system": _DICOM, "code": "MG", "display": "Mammography"}
    return {
        "resourceType": "ImagingStudy",
        "identifier": [_study_identifier(findings), *_accession(findings, issuer)],
        "status": "available",
        "subject": _subject(findings, issuer),
        "numberOfSeries": len(series),
        "numberOfInstances": len(findings.images),
        "series": [
            {"uid": uid, "modality": modality, "numberOfInstances": len(instances), "instance": instances}
            for uid, instances in series.items()
        ],
    }


def _accession(findings: Findings, issuer: str) -> list[_Resource]:
    if not findings.accession_number:
        return []
    kind = {"coding": [{"system": f"{_TERMINOLOGY}/v2-0203", "code": "ACSN"}]}
    return [{"type": kind, "value": findings.accession_number, **({"system": issuer} if issuer else {})}]


def _observation(findings: Findings, part: str, breast: tuple[str, str], issuer: str) -> _Resource:
    return {
        "resourceType": "Observation",
        "identifier": _named(findings, part),
        "status": STATUS,
        "category": [{"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": "imaging"}]}],
        "code": {"coding": [{"system": _DICOM, "code": "111047", "display": "Probability of cancer"}]},
        "subject": _subject(findings, issuer),
        "effectiveDateTime": findings.analysed_at.isoformat(),
        "bodySite": {"coding": [{"system": _SNOMED, "code": breast[0], "display": breast[1]}]},
        "derivedFrom": [{"reference": _full_url(_study_identifier(findings)["value"])}],
        "note": [{"text": RESEARCH_USE}],
        "contained": [_device(findings)],
        "device": {"reference": "#model"},
    }


def _device(findings: Findings) -> _Resource:
    model = findings.model
    return {
        "resourceType": "Device",
        "id": "model",
        "deviceName": [{"name": model.name, "type": "model-name"}],
        "version": [{"value": model.version}],
        "property": [{"type": {"text": "sha256"}, "valueCode": [{"text": model.sha256}]}],
        "note": [{"text": f"operating point {model.operating_point}, threshold {model.threshold:.6g}"}],
    }


def _value(probability: float | None, label: str, reason: str = "", attempted: str = "not-performed") -> _Resource:
    if probability is None:
        coding = [{"system": f"{_TERMINOLOGY}/data-absent-reason", "code": attempted}]
        return {"dataAbsentReason": {"coding": coding, "text": reason or "no image could be analysed"}}
    quantity = {"value": round(probability * 100, 4), "unit": "%", "system": _UCUM, "code": "%"}
    return {"valueQuantity": quantity, "interpretation": [{"text": f"{label} at the operating point"}]}


def _study_observation(findings: Findings, issuer: str) -> _Resource:
    base = _observation(findings, "study", _BREAST, issuer)
    return {**base, **_value(findings.probability, findings.label), "method": {"text": "highest of the study's images"}}


def _breast_observation(findings: Findings, breast: BreastFinding, issuer: str) -> _Resource:
    base = _observation(findings, f"breast/{breast.laterality}", _BREASTS[breast.laterality], issuer)
    return {**base, **_value(breast.probability, breast.label)}


def _image_observation(findings: Findings, image: ImageFinding, issuer: str) -> _Resource:
    base = _observation(findings, image.sop_instance_uid, _BREASTS.get(image.laterality, _BREAST), issuer)
    view = " ".join(filter(None, (image.laterality, image.view))) or "view unknown"
    return {
        **base,
        **_value(image.probability, image.label, image.reason),
        "method": {"text": f"image {image.sop_instance_uid}, {view}"},
    }


def _report(findings: Findings, observations: list[_Resource], issuer: str) -> _Resource:
    accession = _accession(findings, issuer)
    order = [{"type": "ServiceRequest", "identifier": number} for number in accession]
    return {
        "resourceType": "DiagnosticReport",
        "identifier": _named(findings, "report"),
        "status": STATUS,
        "category": [{"coding": [{"system": f"{_TERMINOLOGY}/v2-0074", "code": "RAD", "display": "Radiology"}]}],
        "code": {"text": "Automatic analysis of mammograms. Research use only."},
        "subject": _subject(findings, issuer),
        "effectiveDateTime": findings.analysed_at.isoformat(),
        "issued": findings.analysed_at.isoformat(),
        "result": [{"reference": _full_url(one["identifier"][0]["value"])} for one in observations],
        "imagingStudy": [{"reference": _full_url(_study_identifier(findings)["value"])}],
        "conclusion": findings.conclusion,
        **({"basedOn": order} if order else {}),
    }
