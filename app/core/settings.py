"""Settings from `DEBRIEF_…` variables and `.env`, checked when the process starts, before a user finds a wrong one."""

import os
import re
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict
from pydantic_settings.sources import DotenvType
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.addresses import Email, read_address, read_domain
from app.core.development_secrets import keep_development_secrets
from app.core.errors import ConfigurationError

_PREFIX = "DEBRIEF_"
# Variables of the test suite.
_OF_TESTS = (f"{_PREFIX}TEST_", f"{_PREFIX}REQUIRE_")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_DATABASES = {"sqlite", "postgresql"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
# The shortest prefix of a public network: no operator owns a larger one.
_WIDEST_PROXIES = 8
# Words of templates and tutorials: 32 random characters contain one of them less than once in a million keys.
_DEFAULT_LOOKING = re.compile(
    r"change.?(me|this)|default|example|insecure|passw|placeholder|replace|secret", re.IGNORECASE
)


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        networks = [ip_network(part.strip()) for part in value.split(",") if part.strip()]
    except ValueError:
        raise ValueError("must be networks like 10.0.0.0/8, separated by commas") from None
    if any(network.prefixlen < _WIDEST_PROXIES and not network.is_private for network in networks):
        raise ValueError("trusts strangers, who could then choose their address; name the networks of your proxies")
    return networks


def _domains(value: object) -> object:
    if not isinstance(value, str):
        return value
    domains = [read_domain(part) for part in value.split(",") if part.strip()]
    if None in domains:
        raise ValueError("must be domains like acme.com, separated by commas")
    return frozenset(domains)


def _default_base_url(data: dict[str, Any]) -> str:
    if data["environment"] == "production":
        return ""
    host = f"[{data['host']}]" if ":" in data["host"] else data["host"]
    return f"http://{host}:{data['port']}"


class Settings(BaseSettings):
    """All settings. Only `load_settings` makes them."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    base_url: str = Field(default_factory=_default_base_url)
    data_dir: Path = Path("./data")
    database_url: SecretStr = Field(
        default_factory=lambda data: SecretStr(
            URL.create("sqlite", database=str(data["data_dir"] / "debrief.sqlite3")).render_as_string()
        )
    )
    # A directory (`file:` and its path) or a second database; never the main one, which is backed up.
    keystore_url: SecretStr = Field(default_factory=lambda data: SecretStr(f"file:{data['data_dir'] / 'keys'}"))
    # smtp://user:password@host:587 (with STARTTLS) or smtps://user:password@host:465.
    smtp_url: SecretStr | None = None
    # Simultaneous connections of each process: many servers refuse more.
    smtp_connections: int = Field(default=2, ge=1, le=100)
    mail_from: Email = Field(default_factory=lambda data: f"debrief@{urlsplit(data['base_url']).hostname}")
    secret_key: SecretStr = SecretStr("")
    operator_key: SecretStr = SecretStr("")
    operator_name: str = ""
    operator_contact: str = ""
    # Where replies to mails go; left out, the operator's contact if it is an address.
    reply_to: Email = Field(default_factory=lambda data: read_address(data["operator_contact"]) or "")
    privacy_url: str = ""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    # Companies' domains at which each address belongs to a person of the company, as the operator has checked.
    vouched_domains: Annotated[frozenset[str], NoDecode, BeforeValidator(_domains)] = frozenset()
    anonymous_rate: int = Field(default=120, ge=0)
    raise_rate: int = Field(default_factory=lambda data: 0 if data["environment"] == "development" else 10, ge=0)
    # ATSs of many employers send from few addresses, and a bulk rejection is hundreds of webhooks at once.
    hook_rate: int = Field(default=1200, ge=0)
    connection_rate: int = Field(default_factory=lambda data: 0 if data["environment"] == "development" else 600, ge=0)
    # Mails per day and address that strangers can cause; connections can cause five times as many.
    recipient_rate: int = Field(default=4, ge=0)
    # Whether webhooks may go to this machine, so that a receiver can be tried out without a domain and a certificate.
    webhooks_to_loopback: bool = Field(
        default_factory=lambda data: data["environment"] == "development" and data["host"] in _LOOPBACK
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_reachable(self) -> bool:
        """Tell whether other machines may reach this server directly."""
        return self.host not in _LOOPBACK

    def subkey(self, label: str) -> bytes:
        """Return 32 bytes for one purpose, named by `label` (HKDF-SHA-256, RFC 5869): no two purposes share a key."""
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"debrief/{label}".encode())
        return derivation.derive(self.secret_key.get_secret_value().encode())

    @field_validator("base_url", mode="after")
    @classmethod
    def _is_a_base(cls, value: str) -> str:
        fault = ValueError("must be http(s):// and a host of its own, without path, query or user")
        try:
            parts = urlsplit(value)
            host, port = parts.hostname, parts.port
        except ValueError:  # An invalid port.
            raise fault from None
        if parts.scheme not in _DEFAULT_PORTS or not host or parts.path not in {"", "/"} or "@" in parts.netloc:
            raise fault
        if parts.query or parts.fragment:
            raise fault
        # In the form of an Origin header, so that the two can be compared.
        host = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, _DEFAULT_PORTS[parts.scheme]} else "")

    @field_validator("database_url", mode="after")
    @classmethod
    def _is_a_known_database(cls, value: SecretStr) -> SecretStr:
        url = _database(value)
        if url is None or url.get_backend_name() not in _DATABASES:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _names_mail_server(value.get_secret_value()):
            raise ValueError("must be like smtp://user:password@host:587 or smtps://user:password@host:465")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    def with_secrets(self, secret_key: str, operator_key: str) -> Self:
        """Return a copy with these secrets where they were missing."""
        return self.model_copy(
            update={
                "secret_key": self.secret_key if self.secret_key.get_secret_value() else SecretStr(secret_key),
                "operator_key": self.operator_key if self.operator_key.get_secret_value() else SecretStr(operator_key),
            }
        )


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings; `overrides` win over the environment.

    In development, missing secrets are made once and stored in the data directory.
    Raises ConfigurationError, which names every problem and repeats no value.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError(_unreadable(error)) from None
    problems = _unknown(overrides.get("_env_file", Settings.model_config["env_file"])) + _shared_key_store(settings)
    if settings.is_production:
        problems += _not_for_production(settings)
    if problems:
        raise ConfigurationError(problems)
    if not settings.is_production and not (
        settings.secret_key.get_secret_value() and settings.operator_key.get_secret_value()
    ):
        try:
            settings = settings.with_secrets(*keep_development_secrets(settings.data_dir / "secrets.json"))
        except (ValueError, OSError) as error:
            raise ConfigurationError([f"{_variable('data_dir')}: {error}"]) from error
    return settings


def environment_with(**settings: str) -> dict[str, str]:
    """Return an environment for another Debrief process, with these settings and no others of Debrief."""
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith(_PREFIX)}
    return others | {_variable(field): value for field, value in settings.items()}


def _unreadable(error: ValidationError) -> list[str]:
    # pydantic reports a default that depends on a wrong value, too. That needs no line of its own.
    return [
        f"{_variable(str(fault['loc'][0]))}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
        if fault["type"] != "default_factory_not_called"
    ]


def _unknown(env_file: DotenvType | None) -> list[str]:
    """Return a line for each `DEBRIEF_…` variable that is no setting: a typo would leave the default in force."""
    known = sorted(_variable(field) for field in Settings.model_fields)
    given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings, env_file=env_file).env_vars}
    ours = {name.upper() for name in given if name.upper().startswith(_PREFIX)}
    problems = []
    for name in sorted(ours.difference(known)):
        if not name.startswith(_OF_TESTS):
            alike = get_close_matches(name, known, n=1, cutoff=0.8)
            problems.append(f"{name}: no such setting" + (f"; did you mean {alike[0]}?" if alike else ""))
    return problems


def _not_for_production(settings: Settings) -> list[str]:
    problems = []
    if not settings.base_url:
        problems.append(f"{_variable('base_url')}: missing; links in mails and notes begin with it")
    elif not settings.base_url.startswith("https://"):
        problems.append(f"{_variable('base_url')}: must begin with https://, or codes travel in the clear")
    secrets = {"secret_key": settings.secret_key, "operator_key": settings.operator_key}
    for name, secret in secrets.items():
        fault = _weakness(secret.get_secret_value())
        if fault:
            problems.append(f"{_variable(name)}: {fault}")
    if secrets["secret_key"] == secrets["operator_key"] and settings.secret_key.get_secret_value():
        problems.append(f"{_variable('operator_key')}: must differ from {_variable('secret_key')}")
    problems += [
        f"{_variable(name)}: 0 switches a limit off, which is for development only"
        for name in ("anonymous_rate", "raise_rate", "connection_rate", "hook_rate", "recipient_rate")
        if getattr(settings, name) == 0
    ]
    if settings.webhooks_to_loopback:
        problems.append(f"{_variable('webhooks_to_loopback')}: for development only; it lets others reach this machine")
    return problems


def _weakness(secret: str) -> str | None:
    if not secret:
        return "missing"
    if len(secret) < 32:
        return "too short; take 32 random characters or more"
    if len(set(secret)) < 10 or secret in (secret + secret)[1:-1]:
        return "too uniform; take random characters"
    if _DEFAULT_LOOKING.search(secret):
        return "looks like the text of an example; take random characters"
    return None


def _shared_key_store(settings: Settings) -> list[str]:
    keys, main = _database(settings.keystore_url), _database(settings.database_url)
    if keys is None or main is None or _place(keys) != _place(main):
        return []
    return [f"{_variable('keystore_url')}: is the main database; a backup of it would keep keys that must die"]


def _names_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # An invalid port.
        return False


def _database(secret: SecretStr) -> URL | None:
    try:
        return make_url(secret.get_secret_value())
    except ArgumentError:
        return None


def _place(url: URL) -> tuple[str, ...]:
    """Return the identity of a database, without user and driver."""
    if url.get_backend_name() == "sqlite":
        return ("sqlite", str(Path(url.database or "").resolve()))
    # The query may name a primary and its standby.
    hosts = ",".join(url.normalized_query.get("host", ())) or f"{url.host or 'localhost'}:{url.port or 5432}"
    return (url.get_backend_name(), hosts, url.database or "")


def _variable(field: str) -> str:
    return _PREFIX + field.upper()
