"""Dossiers at rest: encrypted under one key per application, whose destruction erases them in every backup too."""

from uuid import UUID

from app.applications.dossier import Dossier
from app.rounds.box import KIB
from app.sealing.envelope import Kind, seal, unseal

_STEP = 4 * KIB


def seal_dossier(key: bytes, application_id: UUID, dossier: Dossier) -> bytes:
    """Encrypt a dossier, padded to a multiple of 4 KiB."""
    plaintext = dossier.model_dump_json().encode()
    size = -(-max(1, len(plaintext)) // _STEP) * _STEP
    return seal(key, Kind.APPLICATION, application_id, plaintext, size=size)


def open_dossier(key: bytes, application_id: UUID, ciphertext: bytes) -> Dossier:
    """Decrypt a dossier. Raises Damaged."""
    plaintext, _ = unseal(key, Kind.APPLICATION, application_id, ciphertext)
    return Dossier.model_validate_json(plaintext)
