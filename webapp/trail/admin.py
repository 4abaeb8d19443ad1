"""The trail in the admin: looked at, never changed."""

from django.contrib import admin

from webapp.accounts.read_only import ReadOnly
from webapp.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin[AuditEvent]):
    """Events, the newest first."""

    list_display = ("at", "actor", "address", "action", "event", "object_type", "object_id", "outcome", "place")
    list_filter = ("event", "action", "outcome", "actor_kind", "object_type")
    search_fields = ("=actor", "=object_id", "=address")
    search_help_text = "A user name, an AE title, an address or an identifier, as a whole"
    date_hierarchy = "at"
    list_select_related = ("link",)
    show_full_result_count = False
    list_per_page = 100

    @admin.display(description="Place in the chain")
    def place(self, event: AuditEvent) -> str:
        """Return the number, or that it has none yet."""
        link = getattr(event, "link", None)
        return "not yet" if link is None else str(link.sequence)
