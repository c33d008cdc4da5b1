"""Static files: style sheets and scripts. Their URLs contain a hash of the content, so browsers may keep them."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.auth import anyone
from app.core.errors import Unknown

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """A static file. Everybody gets the same bytes, so compressing it leaks nothing."""

    body: bytes
    media_type: str
    version: str
    integrity: str


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    # A built file has its recorded hash beside it, so browsers refuse a file that differs from the recorded one.
    recorded = path.with_name(f"{path.name}.integrity")
    integrity = recorded.read_text().strip() if recorded.exists() else _integrity(body)
    return Asset(body, _MEDIA_TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16], integrity)


@cache
def _packed(name: str) -> bytes:
    """Compress a file at its first request: compressing the largest would delay each start of the process."""
    return gzip.compress(_ASSETS[name].body, mtime=0)


def _integrity(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


_ASSETS = {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES}

ICON = "data:image/svg+xml," + quote((_FOLDER / "icon.svg").read_text().strip())
"""The icon as a data URL, embedded in each page: it is smaller than a request for it."""


def address(name: str) -> str:
    """Return the URL of a file, with its version."""
    return f"/static/{name}?v={_ASSETS[name].version}"


def integrity(name: str) -> str:
    """Return the `integrity` attribute of a file (Subresource Integrity)."""
    return _ASSETS[name].integrity


@router.api_route(
    "/static/{name}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_static_file"
)
async def static_file(name: str, request: Request) -> Response:
    """Serve a file. An old version in the URL gets the current file, which browsers must not cache under that URL."""
    asset = _ASSETS.get(name)
    if asset is None:
        raise Unknown("not_found", "There is nothing here.")
    is_current = request.query_params.get("v") == asset.version
    headers = {"Cache-Control": _FOREVER if is_current else "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_packed(name), headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
