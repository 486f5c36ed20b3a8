"""Sign-in and the session. Of allauth only the pages in use are routed: a page nobody asked for is closed."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path

from access.accounts import directory_views
from access.accounts import views as accounts
from access.log_review import lookup_views
from access.log_review import views as log_views
from access.signed_tables import views as signed_tables
from access.views import policy_page, session
from access.views.sign_in import activate_totp, change_password, choose_password, sign_in

urlpatterns = [
    path("logga-in/", sign_in, name="account_login"),
    path("logga-ut/", account.logout, name="account_logout"),
    path("losenord/", change_password, name="account_change_password"),
    path(
        "valj-losenord/<uuid:uidb36>-<slug:key>/",
        choose_password,
        name="account_reset_password_from_key",
    ),
    path("bekrafta/", account.reauthenticate, name="account_reauthenticate"),
    path("logga-in/kod/", mfa.authenticate, name="mfa_authenticate"),
    path("bekrafta/kod/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("andra-faktor/", mfa.index, name="mfa_index"),
    path("andra-faktor/app/", activate_totp, name="mfa_activate_totp"),
    path("andra-faktor/koder/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "andra-faktor/koder/nya/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("las/", session.lock, name="lock"),
    path("las-upp/", session.unlock, name="unlock"),
    path("byt/sett/", session.role_ended_seen, name="role_ended_seen"),
    path("byt/<uuid:pk>/", session.switch_membership, name="switch_membership"),
    path("logga-ut-overallt/", session.sign_out_everywhere, name="sign_out_everywhere"),
    path("ingen-roll/", session.no_membership, name="no_membership"),
    path("vem-far-se-vad/", policy_page.who_sees_what, name="who_sees_what"),
    path("lagtabeller/", signed_tables.law_tables, name="law_tables"),
    path("lagtabeller/<slug:code>/", signed_tables.law_table, name="law_table"),
    path("lagtabeller/<slug:code>/pdf/", signed_tables.law_table_pdf, name="law_table_pdf"),
    path(
        "lagtabeller/<slug:code>/underskrift/",
        signed_tables.law_table_sign,
        name="law_table_sign",
    ),
    path("loggkontroll/", log_views.log_review, name="log_review"),
    path("loggkontroll/kontrollera/", log_views.log_verify, name="log_verify"),
    path("loggkontroll/manad/<uuid:pk>/", log_views.log_review_month, name="log_review_month"),
    path(
        "loggkontroll/manad/<uuid:pk>/skriv-under/",
        log_views.log_review_sign,
        name="log_review_sign",
    ),
    path("loggkontroll/stickprov/<uuid:pk>/", log_views.log_review_item, name="log_review_item"),
    path("loggkontroll/sok/", lookup_views.log_find, name="log_find"),
    path("loggkontroll/nummer/<uuid:pk>/", lookup_views.log_number, name="log_number"),
    path("loggkontroll/kollega/<uuid:pk>/", lookup_views.log_colleague, name="log_colleague"),
    path("loggkontroll/dag/<str:day>/", lookup_views.log_day, name="log_day"),
    path("loggkontroll/utdrag/", lookup_views.log_export, name="log_export"),
    path("behorigheter/", accounts.role_list, name="role_list"),
    path("behorigheter/ny/", accounts.role_new, name="role_new"),
    path("behorigheter/forslag/", accounts.role_proposals, name="role_proposals"),
    path("behorigheter/forslag/<uuid:pk>/", accounts.role_proposal, name="role_proposal"),
    path("behorigheter/<uuid:pk>/", accounts.role_detail, name="role_detail"),
    path("enheter/", directory_views.unit_list, name="unit_list"),
    path("enheter/ny/<uuid:pk>/", directory_views.unit_new, name="unit_new"),
    path("enheter/<uuid:pk>/", directory_views.unit_detail, name="unit_detail"),
    path("kommunen/", directory_views.municipality, name="municipality"),
    path("enhetens-logg/", lookup_views.unit_log, name="unit_log"),
    path("enhetens-logg/<uuid:pk>/", lookup_views.unit_log_colleague, name="unit_log_colleague"),
]
