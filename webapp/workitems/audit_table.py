"""The worklist in the audit trail."""

from webapp.audit import admin_pages, endpoints
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event
from webapp.workitems.models import Performance, Workitem


def _told(action: Action, part: str = "") -> Told:
    return Told(Event.RECORD, action, "workitem", key="uid", part=part)


admin_pages.name(Workitem, "workitem", "uid")
admin_pages.name(Performance, "workitem", "uid")

endpoints.tell(
    "workitems",
    GET=Told(Event.QUERY, Action.EXECUTE, "workitem"),
    POST=Told(Event.RECORD, Action.CREATE, "workitem", made="uid"),
)
endpoints.tell("workitem", GET=_told(Action.READ), POST=_told(Action.UPDATE))
endpoints.tell("workitem-state", PUT=_told(Action.UPDATE, "state"))
endpoints.tell("workitem-cancel", POST=_told(Action.UPDATE, "cancel request"))
