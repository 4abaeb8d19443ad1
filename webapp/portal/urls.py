"""URLs of the studies API."""

from django.urls import path

from webapp.portal.api import StudyDetail, StudyList
from webapp.portal.sharing_api import StudyShares

urlpatterns = [
    path("<str:study_instance_uid>/shares/", StudyShares.as_view(), name="study-shares"),
    path("", StudyList.as_view(), name="study-list"),
    path("<str:study_instance_uid>/", StudyDetail.as_view(), name="study-detail"),
]
