"""What the use cases stand on, put together once by a composition root and handed to every route."""

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
    """The two doors, the key store, the clock, and what of the settings the use cases need."""

    db: Database
    keys: KeyStore
    clock: Clock
    pepper: bytes
    # What secrets that the service has to read again are locked with.
    vault_key: bytes
    operator: Operator
    base_url: str
    # What the keys of blind rounds are derived from; None where blind rounds can't be had.
    blind_seed: bytes | None = None
    # Whether there is a way out for mail: without one nobody may ask for it.
    sends_mail: bool = False
    # Whether webhooks may go to this machine itself, without https: for trying them out.
    webhooks_to_loopback: bool = False
