"""What a key of Lever's may: asked about ids that nothing has, so that finding out reads nothing of anybody."""

from collections.abc import Collection, Mapping

from app.integrations.lever.pulling import ask
from app.integrations.native import NotPermitted, Probe, VendorClient

_NOTHING = "00000000-0000-4000-8000-000000000000"
_NEEDED = (
    ("opportunities", f"opportunities/{_NOTHING}"),
    ("applications", f"opportunities/{_NOTHING}/applications"),
    ("panels", f"opportunities/{_NOTHING}/panels"),
    ("postings", f"postings/{_NOTHING}"),
    ("archive_reasons", f"archive_reasons/{_NOTHING}"),
    ("stages", f"stages/{_NOTHING}"),
    ("users", f"users/{_NOTHING}"),
)
# They name who wrote what.
_UNWANTED = (
    ("feedback", f"opportunities/{_NOTHING}/feedback"),
    ("notes", f"opportunities/{_NOTHING}/notes"),
)
# What nobody may decide by has no ids to ask for: it is asked what of it comes from a day that has not come.
_LATE = {"created_at_start": 9_999_999_999_999, "limit": 1}


async def probe(http: VendorClient, credentials: Mapping[str, str]) -> Probe:
    """Find out what the key may. Raises Refused when Lever does not know it."""
    missing = [name for name, path in _NEEDED if not await _may(http, credentials, path)]
    forbidden = [name for name, path in _UNWANTED if await _may(http, credentials, path)]
    if await _may(http, credentials, "eeo/responses", _LATE, only={200}):
        forbidden.append("eeo_responses")
    return Probe(tuple(missing), tuple(forbidden))


async def _may(
    http: VendorClient,
    credentials: Mapping[str, str],
    path: str,
    params: Mapping[str, str | int] | None = None,
    only: Collection[int] = (200, 404, 410),
) -> bool:
    """Tell whether something may be asked: `only` are the answers that say so."""
    try:
        return (await ask(http, credentials, path, params)).status in only
    except NotPermitted:
        return False
