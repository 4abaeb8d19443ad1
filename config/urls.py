"""Root URLs."""

from django.contrib import admin
from django.urls import include, path

admin.site.site_header = "Mammonode"
admin.site.site_title = "Mammonode"
admin.site.index_title = "Research use only. Not for diagnosis."

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("webapp.accounts.page_urls")),
    path("_allauth/", include("webapp.accounts.headless_urls")),
    path("", include("webapp.urls")),
]

handler400 = "webapp.problems.bad_request"
handler404 = "webapp.problems.not_found"
handler500 = "webapp.problems.server_error"
