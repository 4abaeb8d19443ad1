"""The node's addresses with the worklist switched on."""

from django.urls import include, path

urlpatterns = [path("dicom-web/", include("webapp.workitems.urls")), path("", include("config.urls"))]
