"""URLs of DICOMweb (PS3.18 Table 10.4.1-1 and 10.6.1-1)."""

from django.urls import path

from webapp.portal import dicomweb, dicomweb_retrieve

_STUDY = "studies/<str:study>"
_SERIES = f"{_STUDY}/series/<str:series>"
_INSTANCE = f"{_SERIES}/instances/<str:instance>"

urlpatterns = [
    path("studies", dicomweb.Studies.as_view(), name="qido-studies"),
    path("series", dicomweb.SeriesSearch.as_view(), name="qido-all-series"),
    path("instances", dicomweb.InstanceSearch.as_view(), name="qido-all-instances"),
    path(f"{_STUDY}/series", dicomweb.SeriesSearch.as_view(), name="qido-series"),
    path(f"{_STUDY}/instances", dicomweb.InstanceSearch.as_view(), name="qido-study-instances"),
    path(f"{_SERIES}/instances", dicomweb.InstanceSearch.as_view(), name="qido-instances"),
    path(_STUDY, dicomweb_retrieve.OneStudy.as_view(), name="wado-study"),
    path(_SERIES, dicomweb_retrieve.Retrieve.as_view(), name="wado-series"),
    path(_INSTANCE, dicomweb_retrieve.Retrieve.as_view(), name="wado-instance"),
    path(f"{_STUDY}/metadata", dicomweb_retrieve.Metadata.as_view(), name="wado-study-metadata"),
    path(f"{_SERIES}/metadata", dicomweb_retrieve.Metadata.as_view(), name="wado-series-metadata"),
    path(f"{_INSTANCE}/metadata", dicomweb_retrieve.Metadata.as_view(), name="wado-instance-metadata"),
    path(f"{_INSTANCE}/frames/<str:numbers>", dicomweb_retrieve.Frames.as_view(), name="wado-frames"),
    path(f"{_INSTANCE}/bulkdata/<str:tag>", dicomweb_retrieve.BulkData.as_view(), name="wado-bulkdata"),
    path(f"{_INSTANCE}/rendered", dicomweb_retrieve.Rendered.as_view(), name="wado-rendered"),
]
