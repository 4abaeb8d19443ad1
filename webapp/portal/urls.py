"""URLs of the studies API."""

from django.urls import path

from webapp.portal import documents, pictures, reviewing, staff
from webapp.portal.api import StudyDetail, StudyList
from webapp.portal.sharing_api import StudyShares

_STUDY = "<str:study_instance_uid>"
_IMAGE = f"{_STUDY}/images/<str:sop_instance_uid>"
_REPORT = f"{_STUDY}/reports/<str:sop_instance_uid>"

urlpatterns = [
    path("<str:study_instance_uid>/shares/", StudyShares.as_view(), name="study-shares"),
    path("", StudyList.as_view(), name="study-list"),
    path(f"{_STUDY}/", StudyDetail.as_view(), name="study-detail"),
    path(f"{_IMAGE}/saliency.png", pictures.Saliency.as_view(), name="study-saliency"),
    path(f"{_IMAGE}/input.png", pictures.ModelInput.as_view(), name="study-model-input"),
    path(f"{_REPORT}/", documents.ReportContent.as_view(), name="study-report"),
    path(f"{_REPORT}.dcm", documents.ReportFile.as_view(), name="study-report-file"),
    path(f"{_STUDY}/reviews/", reviewing.StudyReviews.as_view(), name="study-reviews"),
    path(f"{_STUDY}/outcomes/", reviewing.StudyOutcomes.as_view(), name="study-outcomes"),
    path(f"{_STUDY}/complete/", staff.Complete.as_view(), name="study-complete"),
    path(f"{_STUDY}/retry/", staff.Retry.as_view(), name="study-retry"),
    path(f"{_STUDY}/resend/", staff.Resend.as_view(), name="study-resend"),
]
