"""Settings: defaults of development, refusals of production, and no value in any message."""

import json
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core import migrations, tokens
from app.core.development_secrets import keep_development_secrets
from app.core.errors import ConfigurationError
from app.core.settings import Settings, load_settings

STRONG = "k3V9xQ2mZ7bT5wR8nL1yC6pD4sF0gHjA"
OTHER = "Zt6Yv1Wm8Qx3Ub5Na0Ke7Rd2Lo9Pj4Ci"
CANARY = "canary-7f3e"

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load without anything of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)

    def bare(**given: Any) -> Settings:
        return load_settings(**{"data_dir": tmp_path / "data", **given})

    return bare


@pytest.fixture
def production(load: Load) -> Load:
    def complete(**given: Any) -> Settings:
        sound = {"environment": "production", "base_url": "https://debrief.example"}
        return load(**{**sound, "secret_key": STRONG, "operator_key": OTHER, **given})

    return complete


def test_development_starts_without_settings(load: Load, tmp_path: Path) -> None:
    settings = load()
    assert settings.environment == "development"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/data/debrief.sqlite3"
    assert settings.keystore_url.get_secret_value() == f"file:{tmp_path}/data/keys"
    assert (settings.anonymous_rate, settings.raise_rate) == (120, 0)
    assert settings.trusted_proxies == ()
    assert settings.vouched_domains == frozenset()


def test_the_environment_and_the_file_are_read(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("DEBRIEF_PORT=9001\nDEBRIEF_HOST=0.0.0.0\nPOSTGRES_PASSWORD=x\n")
    monkeypatch.setenv("DEBRIEF_HOST", "::1")
    monkeypatch.setenv("DEBRIEF_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32")
    monkeypatch.setenv("DEBRIEF_VOUCHED_DOMAINS", "Acme.com, bücher.example,")
    monkeypatch.setenv("DEBRIEF_LOG_LEVEL", "warning")
    monkeypatch.setenv("DEBRIEF_SMTP_URL", "")
    settings = load()
    assert settings.base_url == "http://[::1]:9001"
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    assert settings.vouched_domains == {"acme.com", "xn--bcher-kva.example"}
    assert settings.log_level == "WARNING"
    assert settings.smtp_url is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("DEBRIEF_SMPT_URL", "DEBRIEF_SMPT_URL: no such setting; did you mean DEBRIEF_SMTP_URL?"),
        ("debrief_keystore_uri", "DEBRIEF_KEYSTORE_URI: no such setting; did you mean DEBRIEF_KEYSTORE_URL?"),
        ("DEBRIEF_COLOUR", "DEBRIEF_COLOUR: no such setting"),
    ],
)
@pytest.mark.parametrize("in_file", [False, True], ids=["environment", "file"])
def test_an_unknown_setting_is_named(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str, in_file: bool
) -> None:
    if in_file:
        (tmp_path / ".env").write_text(f"{name}={CANARY}\n")
    else:
        monkeypatch.setenv(name, CANARY)
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert refused.value.problems == (told,)


def test_variables_of_others_and_of_the_tests_are_ignored(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEBRIEFING", "DEBRIEF_TEST_DATABASE_URL", "DEBRIEF_REQUIRE_NODE"):
        monkeypatch.setenv(name, "1")
    assert load().port == 8000


def test_every_setting_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs/operating.md").read_text().partition("\n## Settings\n")[2]
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", guide.partition("\n## ")[0], re.MULTILINE)
    named = {name.lower() for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert named == set(Settings.model_fields)


def test_settings_are_frozen(load: Load) -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_development_secrets_are_made_once_and_kept_to_the_owner(load: Load, tmp_path: Path) -> None:
    first, second = load(), load()
    kept = tmp_path / "data" / "secrets.json"
    assert first.secret_key == second.secret_key
    assert first.operator_key == second.operator_key
    assert len(first.secret_key.get_secret_value()) == 64
    assert tokens.well_formed(first.operator_key.get_secret_value(), "do")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [file.name for file in kept.parent.iterdir()] == ["secrets.json"]


def test_a_given_secret_is_not_replaced(load: Load) -> None:
    settings = load(secret_key=STRONG)
    assert settings.secret_key.get_secret_value() == STRONG
    assert settings.operator_key.get_secret_value().startswith("do_")


@pytest.mark.parametrize("_", range(5))
def test_processes_that_start_together_agree(tmp_path: Path, _: int) -> None:
    path = tmp_path / "data" / "secrets.json"
    with ThreadPoolExecutor(8) as pool:
        results = set(pool.map(keep_development_secrets, [path] * 8))
    assert len(results) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"secret_key": "x"})])
def test_damaged_development_secrets_are_reported(load: Load, tmp_path: Path, text: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secrets.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"secrets\.json is damaged"):
        load()


def test_a_complete_production_starts(production: Load, tmp_path: Path) -> None:
    settings = production()
    assert settings.raise_rate == 10
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"secret_key": ""}, "DEBRIEF_SECRET_KEY"),
        ({"secret_key": STRONG[:31]}, "DEBRIEF_SECRET_KEY"),
        ({"secret_key": "ab" * 20}, "DEBRIEF_SECRET_KEY"),
        ({"secret_key": "0123456789abcdef" * 2}, "DEBRIEF_SECRET_KEY"),
        ({"secret_key": "please-change-me-" + STRONG}, "DEBRIEF_SECRET_KEY"),
        ({"operator_key": ""}, "DEBRIEF_OPERATOR_KEY"),
        ({"operator_key": "x" * 40}, "DEBRIEF_OPERATOR_KEY"),
        ({"operator_key": STRONG}, "DEBRIEF_OPERATOR_KEY"),
        ({"base_url": "http://debrief.example"}, "DEBRIEF_BASE_URL"),
        ({"base_url": "debrief.example"}, "DEBRIEF_BASE_URL"),
        ({"anonymous_rate": 0}, "DEBRIEF_ANONYMOUS_RATE"),
        ({"raise_rate": 0}, "DEBRIEF_RAISE_RATE"),
        ({"connection_rate": 0}, "DEBRIEF_CONNECTION_RATE"),
        ({"hook_rate": 0}, "DEBRIEF_HOOK_RATE"),
        ({"recipient_rate": 0}, "DEBRIEF_RECIPIENT_RATE"),
        ({"raise_rate": -1}, "DEBRIEF_RAISE_RATE"),
        ({"webhooks_to_loopback": True}, "DEBRIEF_WEBHOOKS_TO_LOOPBACK"),
        (
            {"keystore_url": "postgresql://b:1@db/x", "database_url": "postgresql+asyncpg://a:2@db:5432/x"},
            "_KEYSTORE_URL",
        ),
        ({"keystore_url": "sqlite:///data/../a.db", "database_url": "sqlite:///a.db"}, "DEBRIEF_KEYSTORE_URL"),
        ({"database_url": "mysql://db/x"}, "DEBRIEF_DATABASE_URL"),
        ({"vouched_domains": "acme.com, not a domain"}, "DEBRIEF_VOUCHED_DOMAINS"),
        ({"trusted_proxies": "everyone"}, "DEBRIEF_TRUSTED_PROXIES"),
        ({"trusted_proxies": "0.0.0.0/0"}, "DEBRIEF_TRUSTED_PROXIES"),
        ({"trusted_proxies": "10.0.0.0/8, ::/0"}, "DEBRIEF_TRUSTED_PROXIES"),
        ({"trusted_proxies": "0.0.0.0/1,128.0.0.0/1"}, "DEBRIEF_TRUSTED_PROXIES"),
        ({"base_url": "https://debrief.example/debrief"}, "DEBRIEF_BASE_URL"),
        ({"base_url": "https://debrief.example//"}, "DEBRIEF_BASE_URL"),
        ({"base_url": "https://somebody@debrief.example"}, "DEBRIEF_BASE_URL"),
        ({"base_url": "https://debrief.example:http"}, "DEBRIEF_BASE_URL"),
        ({"smtp_connections": 0}, "DEBRIEF_SMTP_CONNECTIONS"),
        ({"environment": "staging"}, "DEBRIEF_ENVIRONMENT"),
    ],
)
def test_production_refuses(production: Load, wrong: dict[str, Any], variable: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        production(**wrong)
    assert len(refused.value.problems) == 1
    assert variable in refused.value.problems[0]
    for value in wrong.values():
        if len(str(value)) > 3:
            assert str(value) not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://debrief.example/", "https://debrief.example"),
        ("https://Debrief.example:443", "https://debrief.example"),
        ("https://debrief.example:8443", "https://debrief.example:8443"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]"),
    ],
)
def test_a_base_url_is_kept_as_browsers_write_an_origin(production: Load, given: str, kept: str) -> None:
    assert production(base_url=given).base_url == kept


def test_a_private_network_may_be_that_of_the_proxies(production: Load) -> None:
    settings = production(trusted_proxies="10.0.0.0/8,fc00::/7,203.0.113.0/24")
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "fc00::/7", "203.0.113.0/24"]


@pytest.mark.parametrize("name", ["who?", "50%20off", "a#b", "a b"])
def test_the_database_lies_in_a_data_directory_of_any_name(load: Load, tmp_path: Path, name: str) -> None:
    url = load(data_dir=tmp_path / name).database_url.get_secret_value()
    migrations.upgrade(url)
    assert (tmp_path / name / "debrief.sqlite3").stat().st_size > 0


def test_production_refuses_a_missing_base_url(load: Load) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(environment="production", secret_key=STRONG, operator_key=OTHER)
    assert refused.value.problems == ("DEBRIEF_BASE_URL: missing; links in mails and notes begin with it",)


def test_all_problems_are_told_at_once_without_values(load: Load) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(environment="production", base_url=f"http://{CANARY}", secret_key=CANARY, raise_rate=0)
    assert [line.partition(":")[0] for line in refused.value.problems] == [
        "DEBRIEF_BASE_URL",
        "DEBRIEF_SECRET_KEY",
        "DEBRIEF_OPERATOR_KEY",
        "DEBRIEF_RAISE_RATE",
    ]
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "allowed"),
    [({}, True), ({"host": "0.0.0.0"}, False), ({"host": "0.0.0.0", "webhooks_to_loopback": True}, True)],
)
def test_webhooks_may_go_to_this_machine_where_nobody_else_can_ask_for_it(
    load: Load, given: dict[str, Any], allowed: bool
) -> None:
    assert load(**given).webhooks_to_loopback is allowed


def test_in_production_webhooks_never_go_to_this_machine(production: Load) -> None:
    assert production(host="127.0.0.1").webhooks_to_loopback is False


def test_a_second_database_may_hold_the_keys(production: Load) -> None:
    settings = production(database_url="postgresql://db/main", keystore_url="postgresql://db/keys")
    assert settings.keystore_url.get_secret_value() == "postgresql://db/keys"


def test_subkeys_differ_by_label_and_by_secret(production: Load) -> None:
    settings, rotated = production(), production(secret_key=OTHER[::-1])
    keys = [settings.subkey("pepper"), settings.subkey("cursors"), rotated.subkey("pepper")]
    assert len(set(keys)) == 3
    assert {len(key) for key in keys} == {32}
    assert settings.subkey("pepper") == production().subkey("pepper")


def test_nothing_printed_shows_a_secret(production: Load) -> None:
    settings = production(
        smtp_url=f"smtp://a:{CANARY}@mail", database_url=f"postgresql://a:{CANARY}@db/main", keystore_url="file:/keys"
    )
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        for secret in (CANARY, STRONG, OTHER):
            assert secret not in shown


def test_a_key_store_on_another_pair_of_servers_is_taken(production: Load) -> None:
    pair = "postgresql://a@/x?host={}:5432&host={}:5432&target_session_attrs=read-write"
    settings = production(database_url=pair.format("db1", "db2"), keystore_url="postgresql://a@/x?host=keys:5432")
    assert settings.is_production
    with pytest.raises(ConfigurationError, match="is the main database"):
        production(database_url=pair.format("db1", "db2"), keystore_url=pair.format("db1", "db2"))
