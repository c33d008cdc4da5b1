"""Client of the demo: it calls the server, and stops at the first response that the story does not expect."""

from typing import Any

import httpx


class Difference(Exception):
    """The server's response differs from the expected one."""

    def __init__(self, what: str, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected!r}, got {got!r}")
        self.what = what
        self.expected = expected
        self.got = got


class Service:
    """The server as any client sees it. Raises Difference if a response differs; counts the comparisons."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.compared = 0

    def call(
        self, method: str, path: str, expected: int, *, body: object = None, token: str | None = None
    ) -> httpx.Response:
        """Send a request, check its status and return the response."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = self.client.request(method, path, json=body, headers=headers)
        if response.status_code != expected:
            raise Difference(f"status of {method} {path}", expected, f"{response.status_code} {response.text[:300]}")
        self.compared += 1
        return response

    def same(self, what: str, got: object, expected: object) -> None:
        """Compare a value with the expected one. Raises Difference."""
        if got != expected:
            raise Difference(what, expected, got)
        self.compared += 1


def pick(answer: httpx.Response, *path: str | int) -> Any:
    """Return the value at `path` of a JSON response. Raises Difference if there is none."""
    try:
        found = answer.json()
        for step in path:
            found = found[step]
    except (ValueError, LookupError, TypeError):
        where = f"{answer.request.method} {answer.request.url.path}"
        raise Difference(f"answer of {where}", "/" + "/".join(map(str, path)), answer.text[:300]) from None
    return found
