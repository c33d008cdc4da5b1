"""The group ristretto255 (RFC 9496) of the system's libsodium. Elements and scalars have 32 bytes each.

The library is loaded at first use, so that a server without it can do everything but blind rounds. libsodium computes
with secret scalars in constant time. The checks here reveal only whether the bytes are a scalar.
"""

import ctypes
import ctypes.util
from functools import cache

SIZE = 32
WIDE = 64
ORDER = 2**252 + 27742317777372353535851937790883648493
ZERO = bytes(SIZE)

_NAMES = ("libsodium.so.23", "libsodium.so.26", "libsodium.dylib", "libsodium.dll")
_RETURN_NOTHING = (
    "crypto_core_ristretto255_scalar_mul",
    "crypto_core_ristretto255_scalar_reduce",
    "crypto_core_ristretto255_scalar_sub",
)


class LibraryMissing(Exception):
    """This machine has no libsodium with this group (1.0.18 or later)."""


class BadElement(ValueError):
    """Not the canonical encoding of an element, or the identity, as an input or a result."""


class BadScalar(ValueError):
    """Not the canonical encoding of a number below the order of the group, or zero where it is not allowed."""


def available() -> bool:
    """Tell whether this machine has the library."""
    return _load() is not None


def from_uniform(uniform: bytes) -> bytes:
    """Map 64 uniform bytes to an element (RFC 9496, section 4.3.4)."""
    return _call("crypto_core_ristretto255_from_hash", _wide(uniform))


def multiply(scalar: bytes, element: bytes) -> bytes:
    """Return `scalar` times `element`. Raises BadScalar, BadElement.

    The identity is refused as an element and as a result (RFC 9497, section 2.1).
    """
    return _call("crypto_scalarmult_ristretto255", _scalar(scalar), _element(element))


def multiply_base(scalar: bytes) -> bytes:
    """Return `scalar` times the generator. Raises BadScalar, and BadElement if the result is the identity."""
    return _call("crypto_scalarmult_ristretto255_base", _scalar(scalar))


def add(one: bytes, other: bytes) -> bytes:
    """Return the sum of two elements. Raises BadElement."""
    return _call("crypto_core_ristretto255_add", _element(one), _element(other))


def reduce(wide: bytes) -> bytes:
    """Return 64 bytes, read with the least significant first, modulo the order of the group, as a scalar."""
    return _call("crypto_core_ristretto255_scalar_reduce", _wide(wide))


def scalar_subtract(one: bytes, other: bytes) -> bytes:
    """Return `one` minus `other`. Raises BadScalar."""
    return _call("crypto_core_ristretto255_scalar_sub", _scalar(one), _scalar(other))


def scalar_multiply(one: bytes, other: bytes) -> bytes:
    """Return the product of two scalars. Raises BadScalar."""
    return _call("crypto_core_ristretto255_scalar_mul", _scalar(one), _scalar(other))


def scalar_invert(scalar: bytes) -> bytes:
    """Return the inverse of a scalar. Raises BadScalar, also for zero, which has none."""
    if scalar == ZERO:
        raise BadScalar("zero has no inverse")
    return _call("crypto_core_ristretto255_scalar_invert", _scalar(scalar))


def _element(element: bytes) -> bytes:
    # libsodium 1.0.18 ignores the highest bit. RFC 9496 (section 4.3.1) refuses it, since it gives an element a second
    # encoding.
    if len(element) != SIZE or element[-1] & 0x80:
        raise BadElement("not an element")
    return element


def _scalar(scalar: bytes) -> bytes:
    # libsodium would silently drop the highest bit and reduce the rest.
    if len(scalar) != SIZE or int.from_bytes(scalar, "little") >= ORDER:
        raise BadScalar("not a scalar")
    return scalar


def _wide(uniform: bytes) -> bytes:
    if len(uniform) != WIDE:
        raise ValueError("wrong length")
    return uniform


def _call(function: str, *given: bytes) -> bytes:
    """Call a function of the library, and return its output. The caller has checked the lengths of the inputs."""
    result = ctypes.create_string_buffer(SIZE)
    if getattr(_sodium(), function)(result, *given):
        raise BadElement("not an element")
    return result.raw


def _sodium() -> ctypes.CDLL:
    library = _load()
    if library is None:
        raise LibraryMissing("libsodium 1.0.18 or later is needed for blind rounds")
    return library


@cache
def _load() -> ctypes.CDLL | None:
    for name in (ctypes.util.find_library("sodium"), *_NAMES):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        # Older ones, and minimal builds, lack the group.
        if library and hasattr(library, _RETURN_NOTHING[0]) and library.sodium_init() >= 0:
            for function in _RETURN_NOTHING:
                # By default ctypes would read a status that these functions do not return.
                getattr(library, function).restype = None
            return library
    return None
