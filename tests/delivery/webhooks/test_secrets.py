"""Signing secrets of endpoints: during a rotation, and when one cannot be decrypted."""

from app.delivery.webhooks import endpoints
from app.delivery.webhooks.models import EndpointRow
from app.delivery.webhooks.signature import Verdict, verify
from tests.delivery.webhooks.receiving import a_connection, a_receiver, an_endpoint, announce, deliver
from tests.support.app import Running


async def test_while_a_secret_is_replaced_both_sign(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        endpoint_id, old = await an_endpoint(app, connection_id, receiver.url)
        _, new = await app.ctx.db.write(
            endpoints.rotate_secret, connection_id, endpoint_id, app.ctx.vault_key, app.clock.now()
        )
        good = []
        for wait in (0, 23, 2):
            app.clock.advance(hours=wait)
            await announce(app, connection_id)
            await deliver(app)
            taken = receiver.taken[-1]
            good.append([verify([one], taken.headers, taken.body, app.clock.now()) for one in (new, old)])
    assert good == [[Verdict.GOOD, Verdict.GOOD], [Verdict.GOOD, Verdict.GOOD], [Verdict.GOOD, Verdict.BAD]]


async def test_a_secret_that_can_not_be_opened_is_replaced(app: Running) -> None:
    connection_id = await a_connection(app)
    async with a_receiver() as receiver:
        endpoint_id, _ = await an_endpoint(app, connection_id, receiver.url)
        await app.ctx.db.write(lambda session: setattr(session.get_one(EndpointRow, endpoint_id), "secrets", b"?"))
        _, new = await app.ctx.db.write(
            endpoints.rotate_secret, connection_id, endpoint_id, app.ctx.vault_key, app.clock.now()
        )
        await announce(app, connection_id)
        await deliver(app)
        taken = receiver.taken[-1]
    assert verify([new], taken.headers, taken.body, app.clock.now()) is Verdict.GOOD
