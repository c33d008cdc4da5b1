"""The sealed record of a manager's link: its code, and the marks that make repeated calls safe."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import Gone, Unreadable
from app.requests.models import RequestRow
from app.requests.rules import RequestState
from app.rounds.box import Channel, Code
from app.rounds.box_store import paused_round, unknown_link
from app.sealing.envelope import Damaged, Kind, seal, unseal
from app.sealing.keystore import FoundKey
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
    """Store the record of a new link; `channel` says how the link reaches the manager."""
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


def find_request(session: Session, key: FoundKey, *, lock: bool = False, taking_back: bool = False) -> RequestRow:
    """Return the open request of a manager's link, before its code is checked. Raises Unknown, Gone.

    With `taking_back`, a paused request is returned, too: a manager may retract an answer during a pause.
    """
    row = session.get(RequestRow, key.owner, with_for_update=lock or None, populate_existing=True)
    if row is None and not key.destroyed:
        raise unknown_link()
    paused = row is not None and row.state == RequestState.PAUSED and not key.destroyed
    if paused and not taking_back:
        raise paused_round()
    # A restored backup may bring back an open row; its key stays destroyed.
    if row is None or key.destroyed or not (paused or row.state == RequestState.OPEN):
        raise Gone("request_over", "This request is over.")
    return row


def check_code(session: Session, key: FoundKey, code_hash: bytes) -> Code:
    """Return the manager's code if `code_hash` is its hash. Raises Unknown, Unreadable."""
    row = session.get(ManagerBoxRow, key.owner, populate_existing=True)
    if row is None:
        raise unknown_link()
    try:
        plaintext, _ = unseal(key.key or b"", Kind.MANAGER, key.owner, row.ct)
    except Damaged as error:
        raise Unreadable("key_missing", "This link can't be opened right now. Its operator has been told.") from error
    code = Code.model_validate_json(plaintext)
    if code.code_hash != code_hash:
        raise unknown_link()
    return code


def save_code(session: Session, key: FoundKey, code: Code) -> None:
    """Encrypt the record with the changed code and store it."""
    if key.key is None:
        raise RuntimeError("a record without a key was opened")
    session.get_one(ManagerBoxRow, key.owner).ct = _sealed(key.key, key.owner, code)


def _sealed(key: bytes, request_id: UUID, code: Code) -> bytes:
    plaintext = code.model_dump_json(exclude_defaults=True).encode()
    return seal(key, Kind.MANAGER, request_id, plaintext, size=_SIZE)
