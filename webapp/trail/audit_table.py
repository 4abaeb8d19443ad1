"""Reading the trail is told in the trail."""

from webapp.audit import admin_pages, endpoints
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, AuditEvent, Event

admin_pages.name(AuditEvent, "audit-trail", event=Event.AUDIT_USED)

endpoints.tell("audit-events", GET=Told(Event.AUDIT_USED, Action.READ, "audit-trail"))
endpoints.tell("audit-verification", GET=Told(Event.AUDIT_USED, Action.EXECUTE, "audit-trail", part="verification"))
