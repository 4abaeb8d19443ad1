"""Who may ask what: one row a route and method, one status a role, for an own object and for a foreign one.

A row reads: anonymous, no role, administrator, radiologist, clinician, auditor, service. ``200/404`` is own/foreign.
Bodies are empty, so that 400 or 415 says "let in". A new endpoint gets its row here, or the test fails.
"""

ROLES = ("anonymous", "none", "administrator", "radiologist", "clinician", "auditor", "service")

INSTANCE = "/dicom-web/studies/<str:study>/series/<str:series>/instances/<str:instance>"
STUDY = "/api/v1/studies/<str:study_instance_uid>/"

TABLE: dict[tuple[str, str], str] = {
    ("/api/v1/accounts/extend/", "POST"): "401 200 200 200 200 200 200",
    ("/api/v1/accounts/me/", "GET"): "401 200 200 200 200 200 200",
    ("/api/v1/accounts/tokens/", "GET"): "401 200 200 200 200 200 200",
    ("/api/v1/accounts/tokens/", "POST"): "401 400 400 400 400 400 400",
    ("/api/v1/accounts/tokens/<int:pk>/", "DELETE"): "401 404 404 404 404 404 404",
    ("/api/v1/chat/", "POST"): "201 201 201 201 201 201 201",
    ("/api/v1/chat/<uuid:key>/", "DELETE"): "404 404 404 404 404 404 404",
    ("/api/v1/chat/<uuid:key>/", "GET"): "404 404 404 404 404 404 404",
    ("/api/v1/chat/<uuid:key>/attachment/", "POST"): "401 403 404 404 404 403 403",
    ("/api/v1/chat/<uuid:key>/messages/", "POST"): "404 404 404 404 404 404 404",
    ("/api/v1/chat/<uuid:key>/questionnaire-response/", "GET"): "404 404 404 404 404 404 404",
    ("/api/v1/chat/assessments/", "GET"): "401 403 400 400 400 403 403",
    ("/api/v1/diagnosis/", "GET"): "401 403 200 200 200 403 200",
    ("/api/v1/diagnosis/", "POST"): "401 403 415 415 415 403 415",
    ("/api/v1/diagnosis/<int:pk>/", "GET"): "401 403 200 200/404 200/404 403 200/404",
    ("/api/v1/diagnosis/<int:pk>/heatmap.png", "GET"): "401 403 404 404 404 403 404",
    ("/api/v1/diagnosis/<int:pk>/report.pdf", "GET"): "401 403 200 200/404 200/404 403 200/404",
    ("/api/v1/diagnosis/<int:pk>/shares/", "DELETE"): "401 403 400 400/404 400/404 403 403/404",
    ("/api/v1/diagnosis/<int:pk>/shares/", "GET"): "401 403 200 200/404 200/404 403 403/404",
    ("/api/v1/diagnosis/<int:pk>/shares/", "POST"): "401 403 400 400/404 400/404 403 403/404",
    ("/api/v1/monitoring/browser-errors/", "POST"): "401 400 400 400 400 400 400",
    ("/api/v1/monitoring/predictions/", "GET"): "401 403 200 200 200 403 200",
    ("/api/v1/monitoring/status/", "GET"): "401 200 200 200 200 200 200",
    ("/api/v1/risk/gail/", "POST"): "400 400 400 400 400 400 400",
    ("/api/v1/studies/", "GET"): "401 403 200 200 200 403 200",
    ("/api/v1/studies/<str:study_instance_uid>/", "GET"): "401 403 200 200/404 200/404 403 200/404",
    (f"{STUDY}complete/", "POST"): "401 403 202 403 403 403 403",
    (f"{STUDY}images/<str:sop_instance_uid>/input.png", "GET"): "401 403 404 404 404 403 404",
    (f"{STUDY}images/<str:sop_instance_uid>/saliency.png", "GET"): "401 403 404 404 404 403 404",
    (f"{STUDY}reports/<str:sop_instance_uid>.dcm", "GET"): "401 403 404 404 404 403 404",
    (f"{STUDY}reports/<str:sop_instance_uid>/", "GET"): "401 403 404 404 404 403 404",
    (f"{STUDY}resend/", "POST"): "401 403 409 403 403 403 403",
    (f"{STUDY}retry/", "POST"): "401 403 409 403 403 403 403",
    ("/api/v1/studies/<str:study_instance_uid>/shares/", "DELETE"): "401 403 400 400/404 403/404 403 403/404",
    ("/api/v1/studies/<str:study_instance_uid>/shares/", "GET"): "401 403 200 200/404 403/404 403 403/404",
    ("/api/v1/studies/<str:study_instance_uid>/shares/", "POST"): "401 403 400 400/404 403/404 403 403/404",
    ("/dicom-web/instances", "GET"): "401 403 200 200 200 403 200",
    ("/dicom-web/series", "GET"): "401 403 200 200 200 403 200",
    ("/dicom-web/studies", "GET"): "401 403 200 200 200 403 200",
    ("/dicom-web/studies", "POST"): "401 403 415 415 415 403 415",
    ("/dicom-web/studies/<str:study>", "GET"): "401 403 410 410/404 410/404 403 410/404",
    ("/dicom-web/studies/<str:study>", "POST"): "401 403 415 415 415 403 415",
    ("/dicom-web/studies/<str:study>/instances", "GET"): "401 403 200 200/404 200/404 403 200/404",
    ("/dicom-web/studies/<str:study>/metadata", "GET"): "401 403 410 410/404 410/404 403 410/404",
    ("/dicom-web/studies/<str:study>/series", "GET"): "401 403 200 200/404 200/404 403 200/404",
    ("/dicom-web/studies/<str:study>/series/<str:series>", "GET"): "401 403 410 410/404 410/404 403 410/404",
    ("/dicom-web/studies/<str:study>/series/<str:series>/instances", "GET"): "401 403 200 200/404 200/404 403 200/404",
    (INSTANCE, "GET"): "401 403 410 410/404 410/404 403 410/404",
    (f"{INSTANCE}/bulkdata/<str:tag>", "GET"): "401 403 410 410/404 410/404 403 410/404",
    (f"{INSTANCE}/frames/<str:numbers>", "GET"): "401 403 410 410/404 410/404 403 410/404",
    (f"{INSTANCE}/metadata", "GET"): "401 403 410 410/404 410/404 403 410/404",
    (f"{INSTANCE}/rendered", "GET"): "401 403 410 410/404 410/404 403 410/404",
    ("/dicom-web/studies/<str:study>/series/<str:series>/metadata", "GET"): "401 403 410 410/404 410/404 403 410/404",
}
