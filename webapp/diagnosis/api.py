"""``POST /api/diagnosis/``: an image in, a score out."""

from http import HTTPStatus

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import NotAuthenticated
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.diagnosis import scoring
from webapp.diagnosis.serializers import diagnosis_body
from webapp.problems import Problem


class DiagnosisView(APIView):
    """Score one uploaded mammogram."""

    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        """Answer with the prediction and its confidence."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > settings.NODE_UPLOAD_BYTES_LIMIT:
            limit = settings.NODE_UPLOAD_BYTES_LIMIT // 1024**2
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The upload is larger than {limit} MiB.")
        upload = request.FILES.get("image")
        if not isinstance(upload, UploadedFile):
            raise Problem(HTTPStatus.BAD_REQUEST, "No file came in the field 'image'. Send it as multipart/form-data.")
        if not upload.size:
            raise Problem(HTTPStatus.BAD_REQUEST, "The uploaded file is empty.")
        if not request.user.is_authenticated:
            raise NotAuthenticated
        return Response(diagnosis_body(scoring.diagnose(upload, request.user)))
