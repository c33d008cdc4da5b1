"""What RFC 9497 (appendix A.1.2) and RFC 9496 (appendix A.1) say, which holds with and without the library."""

import json
from pathlib import Path

from app.blinding.voprf import KeyPair

SUITE = json.loads((Path(__file__).parent / "vectors.json").read_text())
VECTORS = SUITE["vectors"]
KEYS = KeyPair(bytes.fromhex(SUITE["skSm"]), bytes.fromhex(SUITE["pkSm"]))
# The secret two, and twice the generator.
OTHERS = KeyPair(
    (2).to_bytes(32, "little"), bytes.fromhex("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919")
)
TOKEN, BLINDING, ELEMENT, EVALUATED = (
    bytes.fromhex(VECTORS[0][name][0]) for name in ("Input", "Blind", "BlindedElement", "EvaluationElement")
)
PROOF = bytes.fromhex(VECTORS[0]["Proof"])
