from django.apps import AppConfig


class CryptoConfig(AppConfig):
    name = "crypto"
    verbose_name = "Keys and sealed values"

    def ready(self) -> None:
        from crypto import checks  # noqa: F401  registers the system check
        from crypto.key_services import configured

        configured()  # A mistake in SSPF_KEY_SERVICES is told at start, not at the first key.
