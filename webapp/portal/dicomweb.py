"""DICOMweb: QIDO-RS and WADO-RS over what the user may see, and STOW-RS (PS3.18 10.4 to 10.6)."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from dicom_node import convert, frames, metadata, preview
from dicom_node.errors import ConversionError, DicomNodeError
from webapp.accounts.permissions import MayReadStudies, MayStore
from webapp.accounts.tokens import Scope
from webapp.portal import multipart, qido
from webapp.portal.dicomweb_storing import Storing
from webapp.portal.multipart import Part
from webapp.portal.negotiation import AnyMediaType
from webapp.problems import Problem
from webapp.studies import selectors
from webapp.studies.headers import read_header
from webapp.studies.models import Instance, Study

_DICOM: Final = "application/dicom"
_DICOM_JSON: Final = "application/dicom+json"
_OCTETS: Final = "application/octet-stream"
_EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
_PIXEL_DATA: Final = "7FE00010"
_LONGEST_RENDERED_SIDE: Final = 4096
# an instance never changes: what a viewer has of it stays good
_CACHING: Final = "private, max-age=86400, immutable"


class DicomwebView(APIView):
    """What every resource shares: the scope of the user, and the way of answering."""

    permission_classes = [MayReadStudies]
    token_scopes = {"GET": Scope.READ, "POST": Scope.STOW}
    content_negotiation_class = AnyMediaType
    # PS3.18 describes it; the schema describes what is this node's own
    schema = None

    def get_permissions(self) -> list[Any]:
        """Ask who stores for another right than who reads."""
        return [MayStore()] if self.request.method == "POST" else super().get_permissions()

    def study(self, request: Request, study_instance_uid: str) -> Study:
        """Return a study that the user may see; 404 otherwise."""
        found = selectors.study_for(request.user, study_instance_uid)
        if found is None:
            raise Http404
        return found

    def instances(self, request: Request, uids: dict[str, str]) -> QuerySet[Instance]:
        """Return the instances that the path names; 404 where there is none."""
        study = self.study(request, uids["study"])
        rows = selectors.instances_of(study, series=uids.get("series"), instance=uids.get("instance"))
        if not rows.exists():
            raise Http404
        return rows


def _json(found: list[dict[str, Any]]) -> HttpResponseBase:
    if not found:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return JsonResponse(found, safe=False, content_type=_DICOM_JSON)


def _search(find: Callable[[], list[dict[str, Any]]]) -> HttpResponseBase:
    try:
        return _json(find())
    except qido.UnknownKeyError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None


class Studies(Storing, DicomwebView):
    """``GET /studies`` and ``POST /studies``."""

    def get(self, request: Request) -> HttpResponseBase:
        """Answer with the studies that match."""
        studies = selectors.studies_for(request.user)
        return _search(lambda: qido.search_studies(studies, request.query_params.dict()))


class SeriesSearch(DicomwebView):
    """``GET /studies/{study}/series``."""

    def get(self, request: Request, study: str) -> HttpResponseBase:
        """Answer with the series that match."""
        row = self.study(request, study)
        return _search(lambda: qido.search_series(row, request.query_params.dict()))


class InstanceSearch(DicomwebView):
    """``GET /studies/{study}/instances`` and ``.../series/{series}/instances``."""

    def get(self, request: Request, study: str, series: str | None = None) -> HttpResponseBase:
        """Answer with the instances that match."""
        row = self.study(request, study)
        return _search(lambda: qido.search_instances(row, series, request.query_params.dict()))


class Retrieve(DicomwebView):
    """The objects of a series, or one: Part 10 files as they came."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with multipart/related, or with the one file where the client asks for it."""
        rows = self.instances(request, uids)
        accept = request.headers.get("Accept", "")
        if "instance" in uids and accept.startswith(_DICOM) and "multipart" not in accept:
            return _cached(HttpResponse(_path(rows.get()).read_bytes(), content_type=_DICOM))
        parts = (
            Part(f"{_DICOM}; transfer-syntax={row.transfer_syntax_uid}", _path(row))
            for row in rows.iterator(chunk_size=100)
        )
        return multipart.answer(parts, _DICOM)


class OneStudy(Storing, Retrieve):
    """The objects of a study, and more of them to store."""


class Metadata(DicomwebView):
    """The headers of a study, a series, or one instance."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with DICOM JSON."""
        return _json([_metadata(request, row) for row in self.instances(request, uids)])


class Frames(DicomwebView):
    """The pixels of one instance, as stored or uncompressed."""

    def get(self, request: Request, numbers: str = "1", tag: str = _PIXEL_DATA, **uids: str) -> HttpResponseBase:
        """Answer with one part: every object here has one frame."""
        if tag != _PIXEL_DATA:
            raise Problem(HTTPStatus.NOT_FOUND, "Of the bulk data only Pixel Data (7FE00010) is given apart.")
        if numbers != "1":
            raise Problem(HTTPStatus.NOT_FOUND, "There is one frame, number 1.")
        row = self.instances(request, uids).get()
        uncompressed = f"transfer-syntax={_EXPLICIT_LITTLE_ENDIAN}" in request.headers.get("Accept", "")
        try:
            frame = frames.read_frame(_path(row), uncompressed=uncompressed)
        except ConversionError as error:
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"The pixels cannot be given: {error}") from None
        media_type = f"{_OCTETS}; transfer-syntax={frame.transfer_syntax_uid}"
        return _cached(multipart.answer([Part(media_type, frame.data)], _OCTETS))


class Rendered(DicomwebView):
    """One instance as a PNG, with its own grey level transformations applied."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with the picture, at most as large as ``viewport=width,height`` says."""
        row = self.instances(request, uids).get()
        try:
            grey = convert.convert(_path(row))
            png = preview.preview_png(grey.pixels, longest_side=_side(request), pixel_aspect=grey.pixel_aspect)
        except ConversionError as error:
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"The image cannot be shown: {error}") from None
        return _cached(HttpResponse(png, content_type="image/png"))


def _side(request: Request) -> int:
    given = request.query_params.get("viewport", "")
    sides = [int(part) for part in given.split(",")[:2] if part.isdigit()]
    if given and (len(sides) != 2 or min(sides) < 1):
        raise Problem(HTTPStatus.BAD_REQUEST, "viewport is width,height in pixels, such as 512,512.")
    return min([*sides, _LONGEST_RENDERED_SIDE])


def _path(row: Instance) -> Path:
    path: Path = settings.NODE_ARCHIVE_DIR / row.path
    if not path.is_file():
        raise Problem(HTTPStatus.GONE, f"The file of {row.sop_instance_uid} is not in the archive any more.")
    return path


def _metadata(request: Request, row: Instance) -> dict[str, Any]:
    base = request.build_absolute_uri(
        f"/dicom-web/studies/{row.study.study_instance_uid}/series/{row.series_instance_uid}"
        f"/instances/{row.sop_instance_uid}/bulkdata"
    )
    try:
        return metadata.to_dicom_json(read_header(_path(row)), row.transfer_syntax_uid, base)
    except DicomNodeError as error:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"{row.sop_instance_uid}: {error}") from None


def _cached(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = _CACHING
    return answer
