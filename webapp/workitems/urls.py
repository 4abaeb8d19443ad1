"""URLs of the worklist."""

from django.urls import path

from webapp.workitems.api import CancelRequest, OneWorkitem, Workitems, WorkitemState

urlpatterns = [
    path("workitems", Workitems.as_view(), name="workitems"),
    path("workitems/<str:uid>", OneWorkitem.as_view(), name="workitem"),
    path("workitems/<str:uid>/state", WorkitemState.as_view(), name="workitem-state"),
    path("workitems/<str:uid>/cancelrequest", CancelRequest.as_view(), name="workitem-cancel"),
]
