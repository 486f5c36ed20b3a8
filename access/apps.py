from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    label = "access"

    def ready(self) -> None:
        from django.db.models import Q

        from access.log_review.protection import put_behind_the_door
        from access.models import HeldForm
        from access.protection import Protection, protect
        from access.signed_tables import protection as signed_tables

        protect(
            HeldForm,
            Protection(
                head="held_form",
                relations={"owner": lambda actor: Q(membership_id=actor.membership_id)},
                sealed={"held_form": ("payload",)},
            ),
        )
        put_behind_the_door()
        signed_tables.put_behind_the_door()
