"""The development mailbox: mails as files, complete at any moment, shown in a browser."""

import email
from email.policy import SMTP
from pathlib import Path
from uuid import uuid4

from app.composition import build_post
from app.delivery.mail.mailers import FileMailer
from app.delivery.worker import work_once
from tests.delivery.post import BEN, raise_mailed, rows
from tests.support.app import Running, an_app


async def test_mails_are_listed_and_read(app: Running) -> None:
    assert "No mail yet" in (await app.client.get("/dev/mail")).text
    await raise_mailed(app)
    post = build_post(app.settings, app.ctx)
    assert post is not None
    await work_once(post)
    (row,) = (row for row in await rows(app) if row.state == "sent")
    listed = await app.client.get("/dev/mail")
    assert f"/dev/mail/{row.id}" in listed.text
    assert BEN in listed.text
    read = await app.client.get(f"/dev/mail/{row.id}")
    assert read.status_code == 200
    assert "/confirm#c=" in read.text
    assert "List-Unsubscribe-Post" in read.text
    assert read.text.count("<script") == 1


async def test_what_is_not_there(app: Running) -> None:
    for name in (uuid4(), "nothing", "..%2F..%2Fsecrets.json", "%2e%2e"):
        assert (await app.client.get(f"/dev/mail/{name}")).status_code == 404


async def test_a_server_that_others_can_reach_shows_no_mail(sqlite_url: str, tmp_path: Path) -> None:
    async with an_app(sqlite_url, tmp_path, host="0.0.0.0") as app:
        assert (await app.client.get("/dev/mail")).status_code == 404


async def test_a_repetition_replaces_and_leaves_no_draft(app: Running) -> None:
    await raise_mailed(app)
    post = build_post(app.settings, app.ctx)
    assert post is not None
    assert isinstance(post.mailer, FileMailer)
    await work_once(post)
    folder = app.settings.data_dir / "mail"
    (path,) = folder.iterdir()
    content = path.read_bytes()
    path.write_bytes(b"half")
    (row,) = (row for row in await rows(app) if row.state == "sent")
    assert path.name == f"{row.id}.eml"
    await post.mailer.send(email.message_from_bytes(content, policy=SMTP), "", "")
    assert [one.name for one in folder.iterdir()] == [path.name]
    assert path.read_bytes() != b"half"
    assert path.stat().st_mode & 0o077 == 0
