"""CLI command that receives webhooks, for developers of a receiver: prints each event and verifies its signature."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Annotated, Any

import typer
import uvicorn

from app.core.clock import Clock, SystemClock
from app.delivery.webhooks.signature import ID, Verdict, key_of, verify

_MOST_BYTES = 64 * 1024
_HOST = "127.0.0.1"
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

webhook_commands = typer.Typer(no_args_is_help=True, help="Receive webhooks in development.")


class Listener:
    """ASGI application that answers 204 to a valid signature and 401 to any other, and prints both."""

    def __init__(self, secrets: Sequence[str], clock: Clock, echo: Callable[[str], None]) -> None:
        self._secrets = secrets
        self._clock = clock
        self._echo = echo

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if scope["method"] != "POST" or body is None:
            await _answer(send, 405 if body is not None else 413)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        verdict = verify(self._secrets, headers, body, self._clock.now())
        # A stranger's input must not control the terminal.
        shown = body.decode(errors="replace")
        self._echo(f"{verdict.value}: {ascii(headers.get(ID, ''))[1:-1]} {ascii(shown)[1:-1]}")
        await _answer(send, 204 if verdict is Verdict.GOOD else 401)


@webhook_commands.command("listen")
def listen(
    secret: Annotated[
        list[str],
        typer.Option(
            help="The secret of the endpoint (whsec_…), or - for a prompt. Repeat the option while you replace it."
        ),
    ],
    port: Annotated[int, typer.Option(help="The port to listen on, at 127.0.0.1.")] = 8090,
) -> None:
    """Print and verify deliveries. In development, register the endpoint http://127.0.0.1:8090/."""
    secrets = [typer.prompt("Secret", hide_input=True) if one == "-" else one for one in secret]
    try:
        for one in secrets:
            key_of(one)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    listener = Listener(secrets, SystemClock(), typer.echo)
    config = uvicorn.Config(listener, log_level="warning", access_log=False, lifespan="off")
    with socket.create_server((_HOST, port)) as server:
        typer.echo(f"Listening on http://{_HOST}:{server.getsockname()[1]}/")
        asyncio.run(uvicorn.Server(config).serve(sockets=[server]))


async def _body(receive: Receive) -> bytes | None:
    """Return the body, or None if it is longer than any Debrief event."""
    pieces = b""
    while True:
        message = await receive()
        pieces += bytes(message.get("body", b""))
        if len(pieces) > _MOST_BYTES:
            return None
        if not message.get("more_body"):
            return pieces


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
