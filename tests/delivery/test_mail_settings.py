"""Mail settings: wrong ones are found at start, and no message repeats them."""

from pathlib import Path
from typing import Any

import pytest

from app.composition import build_context, build_post, open_mailer
from app.core.errors import ConfigurationError
from app.core.settings import Settings, load_settings
from app.delivery.mail.mailers import FileMailer, SmtpMailer


def settings(tmp_path: Path, **over: Any) -> Settings:
    return load_settings(_env_file=None, data_dir=tmp_path, **over)


@pytest.mark.parametrize(
    "url", ["http://mail.example", "mail.example:25", "smtp://", "smtp://ada:secret@mail.example:x", "smtps:mail"]
)
def test_a_wrong_server_is_found_at_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, smtp_url=url)
    assert "DEBRIEF_SMTP_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", ["nobody", "ada@acme", "ada@acme.example\nBcc: dan@x.example"])
def test_a_wrong_sender_is_found_at_start(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError, match="DEBRIEF_MAIL_FROM"):
        settings(tmp_path, mail_from=address)


def test_name_before_sender_address_is_dropped(tmp_path: Path) -> None:
    assert settings(tmp_path, mail_from="Ada <ada@acme.example>").mail_from == "ada@acme.example"


def test_the_sender_lives_where_the_service_does(tmp_path: Path) -> None:
    assert settings(tmp_path, base_url="https://debrief.example").mail_from == "debrief@debrief.example"


def test_ways_out(tmp_path: Path) -> None:
    assert isinstance(open_mailer(settings(tmp_path)), FileMailer)
    assert isinstance(open_mailer(settings(tmp_path, smtp_url="smtp://mail.example")), SmtpMailer)


def test_a_server_gets_no_more_connections_at_once_than_it_is_set_to(tmp_path: Path) -> None:
    counts = []
    chosen: list[dict[str, Any]] = [{}, {"smtp_connections": 5}]
    for given in chosen:
        set_up = settings(tmp_path, smtp_url="smtp://mail.example", **given)
        post = build_post(set_up, build_context(set_up))
        counts.append(post and post.pace.batch)
    assert counts == [2, 5]
