"""Signature vectors: deliveries of each system that must be accepted or refused."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import override

from app.ats.ashby import connector as ashby
from app.ats.greenhouse import connector as greenhouse
from app.ats.lever import connector as lever
from app.delivery.webhooks import signature

Check = Callable[[Mapping[str, str], bytes, list[str], datetime], bool]


@dataclass(frozen=True)
class Vector:
    """One delivery. `now` is the receiver's time."""

    provider: str
    name: str
    key: str
    now: datetime
    headers: dict[str, str]
    body: bytes
    valid: bool

    @override
    def __str__(self) -> str:
        return f"{self.provider}-{self.name}"


def _standard(headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> bool:
    try:
        return signature.verify(secrets, headers, body, now) is signature.Verdict.GOOD
    except ValueError:  # A secret that is none.
        return False


CHECKS: dict[str, Check] = {
    "greenhouse": greenhouse.verify,
    "ashby": ashby.verify,
    "lever": lever.verify,
    "standard_webhooks": _standard,
}


def _read() -> list[Vector]:
    groups = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
    return [
        Vector(
            group["provider"],
            one["name"],
            group["key"],
            datetime.fromtimestamp(one.get("now", group["now"]), UTC),
            one["headers"],
            one["body"].encode(),
            one["valid"],
        )
        for group in groups
        for one in group["deliveries"]
    ]


VECTORS = _read()
