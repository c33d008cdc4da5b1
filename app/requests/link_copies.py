"""Sealed copies of links that were handed over, so that the page which showed them once can show them again.

A copy opens only with two things together: the secret of its reader, of which the database has a hash, and the key of
its round or request, which is destroyed at the end. So neither the server with its keys, nor a dump with a stolen
secret, reads the links. All copies have one length, and none is rewritten.
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sealing.envelope import Damaged, Kind, seal, unseal
from app.sealing.keystore import KeyName, KeyStore
from app.sealing.models import LinkCopyRow

# Ten people, each with a name of 80 characters.
_SIZE = 8 * 1024
_PURPOSE = b"debrief/v1/link-copy"


class KeptLink(BaseModel):
    """What a link and its note are made of again. `uses`: how many people may use it."""

    code: str
    role: str = ""
    name: str | None = None
    uses: int = 1


class _HasCode(Protocol):
    @property
    def code(self) -> Any: ...


_KEPT = TypeAdapter(list[KeptLink])


def keep(session: Session, owner: UUID, record_key: bytes, secret: str, links: Sequence[_HasCode]) -> None:
    """Store the copy of links for the holder of `secret`; without links, nothing."""
    if not links:
        return
    kept = [KeptLink.model_validate(link, from_attributes=True) for link in links]
    plaintext = _KEPT.dump_json(kept, exclude_defaults=True)
    ct = seal(_key(record_key, secret), Kind.LINKS, owner, plaintext, size=_SIZE)
    session.add(LinkCopyRow(owner=owner, ct=ct))


def find(session: Session, owners: Collection[UUID]) -> dict[UUID, bytes]:
    """Return the sealed copies of these rounds and requests, as far as there are any."""
    rows = session.execute(select(LinkCopyRow.owner, LinkCopyRow.ct).where(LinkCopyRow.owner.in_(owners)))
    return {row.owner: row.ct for row in rows}


async def open_copy(keys: KeyStore, name: KeyName, secret: str, ct: bytes) -> list[KeptLink]:
    """Return the links of a copy. If its key was destroyed or does not open it, there are none."""
    key = await keys.find(name)
    if key is None:
        return []
    try:
        return _KEPT.validate_json(unseal(_key(key, secret), Kind.LINKS, name.owner, ct)[0])
    except Damaged:
        # The page has more to show than its links: it must open all the same.
        return []


def _key(record_key: bytes, secret: str) -> bytes:
    return HKDF(SHA256(), 32, record_key, _PURPOSE).derive(secret.encode())
