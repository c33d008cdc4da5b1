"""Talking to the service, and stopping as soon as it answers anything else than the story tells."""

from typing import Any

import httpx


class Difference(Exception):
    """The service did something else than was expected."""

    def __init__(self, what: str, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected!r}, got {got!r}")
        self.what = what
        self.expected = expected
        self.got = got


class Service:
    """The service as any client sees it. Raises Difference where an answer differs; counts what was compared."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.compared = 0

    def call(
        self, method: str, path: str, expected: int, *, body: object = None, token: str | None = None
    ) -> httpx.Response:
        """Return the answer, after a look at its status."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = self.client.request(method, path, json=body, headers=headers)
        if response.status_code != expected:
            raise Difference(f"status of {method} {path}", expected, f"{response.status_code} {response.text[:300]}")
        self.compared += 1
        return response

    def same(self, what: str, got: object, expected: object) -> None:
        """Compare."""
        if got != expected:
            raise Difference(what, expected, got)
        self.compared += 1


def pick(answer: httpx.Response, *path: str | int) -> Any:
    """Return what stands at `path` of a JSON answer. Raises Difference if nothing does."""
    try:
        found = answer.json()
        for step in path:
            found = found[step]
    except (ValueError, LookupError, TypeError):
        where = f"{answer.request.method} {answer.request.url.path}"
        raise Difference(f"answer of {where}", "/" + "/".join(map(str, path)), answer.text[:300]) from None
    return found
