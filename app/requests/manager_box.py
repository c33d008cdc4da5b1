"""The sealed record of a manager's link: its code, and marks that make its acts safe to repeat."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import Gone, Unavailable, Unknown
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.sealing.box import Channel, Code
from app.sealing.envelope import Damaged, Kind, seal, unseal
from app.sealing.keystore import KeyName, KeyStore, Purpose
from app.sealing.models import ManagerBoxRow

# A name, an address, and about a hundred acts.
_SIZE = 16 * 1024
# The manager's code is never spent; this many acts fit into the record.
_ACTS = 100


def create(
    session: Session,
    request_id: UUID,
    key: bytes,
    code_hash: bytes,
    name: str | None,
    *,
    channel: Channel = Channel.HANDED_OVER,
    address: str | None = None,
) -> None:
    """Store the record of a new link, and how it got to the manager."""
    code = Code(
        code_hash=code_hash,
        uses=_ACTS,
        uses_left=_ACTS,
        role="hiring_manager",
        name=name,
        address=address,
        channel=channel,
    )
    session.add(ManagerBoxRow(request_id=request_id, ct=_sealed(key, request_id, code)))


@dataclass(frozen=True)
class RequestKey:
    """What the key store says of a request; fetched before the transaction, since it may be another machine."""

    request_id: UUID
    key: bytes | None
    destroyed: bool


async def request_key(keys: KeyStore, request_id: UUID) -> RequestKey:
    """Fetch the key of a request that may not exist."""
    name = KeyName(Purpose.REQUEST, request_id)
    key = await keys.find(name)
    return RequestKey(request_id, key, key is None and await keys.is_destroyed(name))


def find_request(session: Session, key: RequestKey, *, lock: bool = False) -> RequestRow:
    """Return the open request of a manager's link, whatever the code. Raises Unknown, Gone."""
    row = session.get(RequestRow, key.request_id, with_for_update=lock or None, populate_existing=True)
    if row is None and not key.destroyed:
        raise unknown_link()
    if row is None or row.state != RequestState.OPEN:
        raise Gone("request_over", "This request is over.")
    return row


def prove(session: Session, key: RequestKey, code_hash: bytes) -> Code:
    """Return the manager's code if `code_hash` is its hash. Raises Unknown, Unavailable."""
    row = session.get(ManagerBoxRow, key.request_id, populate_existing=True)
    if row is None:
        raise unknown_link()
    try:
        plaintext, _ = unseal(key.key or b"", Kind.MANAGER, key.request_id, row.ct)
    except Damaged as error:
        raise Unavailable("key_missing", "This link can't be opened right now. Its operator has been told.") from error
    code = Code.model_validate_json(plaintext)
    if code.code_hash != code_hash:
        raise unknown_link()
    return code


def put_back(session: Session, key: RequestKey, code: Code) -> None:
    """Encrypt the record again."""
    if key.key is not None:
        session.get_one(ManagerBoxRow, key.request_id).ct = _sealed(key.key, key.request_id, code)


def unknown_link() -> Unknown:
    """Return the one error of unknown requests and of unknown, foreign and malformed codes."""
    return Unknown("unknown_link", "This link is not known here. Please check that it was copied whole.")


def _sealed(key: bytes, request_id: UUID, code: Code) -> bytes:
    plaintext = code.model_dump_json(exclude_defaults=True).encode()
    return seal(key, Kind.MANAGER, request_id, plaintext, size=_SIZE)
