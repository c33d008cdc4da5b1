"""Development secrets: made once and stored, so that a server runs unconfigured and tokens survive a restart."""

import json
import os
from pathlib import Path

from app.core import randomness, tokens


def keep_development_secrets(path: Path) -> tuple[str, str]:
    """Return (secret key, operator key) from `path`; create the file first if it does not exist.

    Several processes may start at once. Each writes a complete file of its own and links it into place, which succeeds
    for one of them: no process reads a half-written file. Raises ValueError if the file is damaged.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _place(
            path, json.dumps({"secret_key": randomness.token_bytes(32).hex(), "operator_key": tokens.new_token("do")})
        )
    try:
        kept = json.loads(path.read_text())
        return str(kept["secret_key"]), str(kept["operator_key"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged; delete it, and new secrets will be made") from None


def _place(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{randomness.token_bytes(8).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
