"""The group ristretto255 (RFC 9496), as the system's libsodium has it: elements and scalars are 32 bytes each.

Loaded when it is first needed, so that a server without the library does everything but blind rounds. libsodium takes
as long for one secret scalar as for another; the checks here tell nothing of a scalar but whether it is one.
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
    """There is no libsodium with this group (1.0.18 or later) on this machine."""


class BadElement(ValueError):
    """Not the canonical spelling of an element that can be computed with, or a result that can't be."""


class BadScalar(ValueError):
    """Not the canonical spelling of a number below the order of the group, or zero where that can't be."""


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
    # libsodium 1.0.18 takes an element whose highest bit is set for the one without, where RFC 9496 (section 4.3.1)
    # refuses it: a second spelling of the same.
    if len(element) != SIZE or element[-1] & 0x80:
        raise BadElement("not an element")
    return element


def _scalar(scalar: bytes) -> bytes:
    # libsodium would drop the highest bit, and reduce the rest, without a word.
    if len(scalar) != SIZE or int.from_bytes(scalar, "little") >= ORDER:
        raise BadScalar("not a scalar")
    return scalar


def _wide(uniform: bytes) -> bytes:
    if len(uniform) != WIDE:
        raise ValueError("wrong length")
    return uniform


def _call(function: str, *given: bytes) -> bytes:
    """Return what a function of the library writes. It gets addresses and trusts us with the lengths behind them."""
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
                # Unless told so, ctypes reads a status from where none was written.
                getattr(library, function).restype = None
            return library
    return None
