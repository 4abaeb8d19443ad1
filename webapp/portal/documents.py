"""The objects that this node wrote, over HTTP: readable, and as files."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from pydicom import Dataset
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dicom_node.errors import DicomNodeError
from dicom_node.sr.outline import Line, outline
from webapp.accounts.permissions import MayReadStudies
from webapp.accounts.tokens import Scope
from webapp.portal import openapi
from webapp.portal.api import find_study
from webapp.portal.detail import READABLE_KINDS
from webapp.portal.negotiation import AnyMediaType
from webapp.problems import Problem
from webapp.studies import selectors
from webapp.studies.headers import read_header
from webapp.studies.models import Report, Study

HIDDEN = "Say your first impression of the study; then the AI's results are shown."


def refuse_hidden(request: Request, study: Study) -> None:
    """Refuse what the AI said while this reader shall not see it."""
    if selectors.ai_hidden_from(request.user, study):
        raise Problem(HTTPStatus.FORBIDDEN, HIDDEN)


@openapi.report
class ReportContent(APIView):
    """A Structured Report as nested lines."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    def get(self, request: Request, study_instance_uid: str, sop_instance_uid: str) -> Response:
        """Answer with the content tree in words."""
        report = _report(request, study_instance_uid, sop_instance_uid)
        if report.kind not in READABLE_KINDS:
            raise Problem(HTTPStatus.NOT_FOUND, f"{report.get_kind_display()} has no text; download the file.")
        found = outline(_read(_path(report)))
        return Response({"title": found.title, "items": [_line(line) for line in found.lines]})


@openapi.report_file
class ReportFile(APIView):
    """An object that this node wrote, as a DICOM file."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ}

    content_negotiation_class = AnyMediaType

    def get(self, request: Request, study_instance_uid: str, sop_instance_uid: str) -> HttpResponseBase:
        """Answer with the file."""
        report = _report(request, study_instance_uid, sop_instance_uid)
        name = f"{report.kind.lower()}-{report.sop_instance_uid}.dcm"
        return FileResponse(
            _path(report).open("rb"), as_attachment=True, filename=name, content_type="application/dicom"
        )


def _report(request: Request, study_instance_uid: str, sop_instance_uid: str) -> Report:
    study = find_study(request, study_instance_uid)
    refuse_hidden(request, study)
    report = Report.objects.filter(round__study=study, sop_instance_uid=sop_instance_uid).first()
    if report is None:
        raise Http404
    return report


def _path(report: Report) -> Path:
    path: Path = settings.NODE_ARCHIVE_DIR / report.path
    if not path.is_file():
        raise Problem(HTTPStatus.GONE, "The file of this report is not in the archive any more.")
    return path


def _read(path: Path) -> Dataset:
    try:
        return read_header(path)
    except (DicomNodeError, OSError) as error:
        raise Problem(HTTPStatus.GONE, f"The file of this report cannot be read: {error}") from error


def _line(line: Line) -> dict[str, Any]:
    return {"label": line.label, "value": line.value, "children": [_line(child) for child in line.children]}
