"""The context of the use cases: built once by a composition root, and given to every route."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.db import Database
from app.sealing.keystore import KeyStore


@dataclass(frozen=True)
class Operator:
    """The operator of this server, as statements and mails name them."""

    name: str | None
    contact: str | None


@dataclass(frozen=True)
class Context:
    """The database, the key store, the clock, and the settings that use cases need."""

    db: Database
    keys: KeyStore
    clock: Clock
    pepper: bytes
    # The key of encrypted columns.
    vault_key: bytes
    operator: Operator
    base_url: str
    # The seed of the keys of blind rounds; None if blind rounds are not available.
    blind_seed: bytes | None = None
    # Whether a mailer is set up. Without one, requests cannot ask for mail.
    sends_mail: bool = False
    # Whether webhooks may go to this machine, without https, for development.
    webhooks_to_loopback: bool = False
