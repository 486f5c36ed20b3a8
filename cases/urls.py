from django.urls import path

from cases.views import case, concern, consent, released, summary, triage

urlpatterns = [
    path("oro/ny/", concern.concern_new, name="concern_new"),
    path("oro/utkast/", concern.concern_draft, name="concern_draft"),
    path("oro/per-telefon/", concern.concern_phone, name="concern_phone"),
    path("oro/radfraga/", concern.concern_consult, name="concern_consult"),
    path("oro/kvitton/", concern.concern_receipts, name="concern_receipts"),
    path("oro/kvitto/<uuid:pk>/", concern.concern_receipt, name="concern_receipt"),
    path("orosanmalan/", concern.report_now, name="report_now"),
    path("orosanmalan/gjorda/", concern.reports_made, name="reports_made"),
    path("orosanmalan/<uuid:pk>/", concern.report_made, name="report_made"),
    path("inkommet/", triage.intake, name="intake"),
    path("inkommet/<uuid:pk>/", triage.concern_triage, name="concern_triage"),
    path("arenden/", case.case_list, name="case_list"),
    path("arenden/<uuid:pk>/", case.case_detail, name="case_detail"),
    path("arenden/<uuid:pk>/samtycke/", consent.consent_new, name="consent_new"),
    path("samtycke/<uuid:pk>/aterkalla/", consent.consent_withdraw, name="consent_withdraw"),
    path("arenden/<uuid:pk>/sammanfattning/", summary.summary_new, name="summary_new"),
    path("sammanfattning/<uuid:pk>/", summary.summary_detail, name="summary_detail"),
    path("sammanfattning/<uuid:pk>/andra/", summary.summary_change, name="summary_change"),
    path("delat-med-oss/", released.released_list, name="released_list"),
    path("delat-med-oss/<uuid:pk>/", released.released_detail, name="released_detail"),
]
