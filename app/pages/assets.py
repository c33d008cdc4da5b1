"""The style sheet and the scripts. Their addresses hold a hash of what they are: they may be kept for long."""

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
    """A file as it is served. The same for everyone, so that compressing it tells nothing."""

    body: bytes
    media_type: str
    version: str
    integrity: str


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    # What was built from other sources has its hash beside it: a browser refuses a file that is not the one recorded.
    recorded = path.with_name(f"{path.name}.integrity")
    integrity = recorded.read_text().strip() if recorded.exists() else _integrity(body)
    return Asset(body, _MEDIA_TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16], integrity)


@cache
def _packed(name: str) -> bytes:
    """Compress a file when it is first asked for: the largest would delay each start of the process."""
    return gzip.compress(_ASSETS[name].body, mtime=0)


def _integrity(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


_ASSETS = {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES}

ICON = "data:image/svg+xml," + quote((_FOLDER / "icon.svg").read_text().strip())
"""The icon stands in each page: it is smaller than a request for it."""


def address(name: str) -> str:
    """Return where a page finds a file."""
    return f"/static/{name}?v={_ASSETS[name].version}"


def integrity(name: str) -> str:
    """Return what a browser shall check of a file before it runs it."""
    return _ASSETS[name].integrity


@router.api_route(
    "/static/{name}", methods=["GET", "HEAD"], dependencies=[Depends(anyone)], operation_id="page_static_file"
)
async def static_file(name: str, request: Request) -> Response:
    """Serve a file. With an old version in its address comes the present file, which must not be kept under it."""
    asset = _ASSETS.get(name)
    if asset is None:
        raise Unknown("not_found", "There is nothing here.")
    present = request.query_params.get("v") == asset.version
    headers = {"Cache-Control": _FOREVER if present else "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_packed(name), headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
