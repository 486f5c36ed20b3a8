from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Puts its rows behind the door, its panels on "I dag" and its counts where they may be asked for."""

    name = "cases"
    label = "cases"

    def ready(self) -> None:
        from access.accounts.listing import warning
        from access.accounts.services import when_ended
        from access.context import banner
        from access.log_review import barred as log_of_barred
        from cases import (
            figures,
            protection,
            protection_consent,
            protection_meeting,
            protection_timed,
        )
        from cases.rules.consent import refuse_weaker
        from cases.rules.law_tables import offer_tables

        # Each registers what ends with a consent, wherever it ends.
        from cases.services import disclosure, meeting_end, summary  # noqa: F401
        from cases.services.barred import barred_numbers, numbers_of
        from cases.services.barred_reminders import SPARED_KINDS, numbers_barred
        from cases.services.break_glass_reviewer import nobody_reviews
        from cases.services.calendar import CALENDAR_KINDS, not_protected
        from cases.services.commitment import keep_from_inbox
        from cases.services.leaving import look_for_what_is_left
        from cases.services.reach import offer as offer_reach
        from cases.services.request_barred import nobody_decides
        from cases.services.request_deputy import deputy_for
        from cases.views import break_glass, host, ownerless, panels, request_panel
        from reminders import barred as reminders_barred
        from reminders.calendar import vouch
        from reminders.recipients import deputies_of
        from reminders.services import done_from_inbox
        from reminders.today import panel

        refuse_weaker()
        log_of_barred.asked_of(barred_numbers)
        log_of_barred.numbered_by("cases.person", numbers_of)
        reminders_barred.asked_of(numbers_barred, spares=SPARED_KINDS)
        warning(nobody_reviews)
        warning(nobody_decides)
        when_ended(look_for_what_is_left)
        protection.put_behind_the_door()
        protection_consent.put_behind_the_door()
        protection_meeting.put_behind_the_door()
        protection_timed.put_behind_the_door()
        for maker in (
            panels.tell_panel,
            panels.intake_panel,
            panels.released_panel,
            panels.meeting_calls_panel,
            request_panel.requests_panel,
        ):
            panel(maker)
        panel(host.host_panel)
        panel(ownerless.ownerless_panel)
        banner(break_glass.running_banner)
        deputies_of("police_request", deputy_for)
        done_from_inbox(kind="commitment_due", route="commitment_detail", finish=keep_from_inbox)
        vouch(kinds=CALENDAR_KINDS, voucher=not_protected)
        offer_reach()
        figures.offer()
        offer_tables()
