"""URLs of the studies API."""

from django.urls import path

from webapp.portal.api import StudyDetail, StudyList

urlpatterns = [
    path("", StudyList.as_view(), name="study-list"),
    path("<str:study_instance_uid>/", StudyDetail.as_view(), name="study-detail"),
]
