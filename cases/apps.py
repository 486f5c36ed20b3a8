from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    label = "cases"

    def ready(self) -> None:
        from cases import protection

        protection.put_behind_the_door()
