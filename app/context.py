"""The context of every use case: database, key store, clock and settings. A composition root makes it once."""

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
    # Encrypts secrets that the service has to read again.
    vault_key: bytes
    operator: Operator
    base_url: str
    # The keys of blind rounds are derived from it; None where the server offers no blind rounds.
    blind_seed: bytes | None = None
    # Whether the server can send mail. If not, no request may ask for it.
    sends_mail: bool = False
    # In development `tick --at` plays days to come; in production a tick of a later day means a wrong clock.
    is_production: bool = False
    # Domains for which the operator vouches: addresses at them belong to people of the company.
    vouched_domains: frozenset[str] = frozenset()
    # Whether webhooks may go to this machine without https, for development.
    webhooks_to_loopback: bool = False
