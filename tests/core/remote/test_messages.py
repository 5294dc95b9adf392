"""Messages: there and back, and nothing but one line of what is broken."""

import io
import struct
import zlib

import numpy as np
import pytest

from dvox_core.remote.messages import (
    MAX_BODY,
    MAX_HEAD,
    Message,
    ProtocolError,
    encode_message,
    read_message,
)


def read(data: bytes) -> Message | None:
    return read_message(io.BytesIO(data))


def framed(head: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">II", len(head), len(body)) + head + body


def test_a_message_comes_as_it_was_sent() -> None:
    arrays = {
        "zeros": np.zeros((50, 60), np.float32),  # worth packing
        "noise": np.random.default_rng(0).integers(0, 255, 5000, dtype=np.uint8),
        "empty": np.zeros((0, 3), np.int64),
        "half": np.array([1.5, np.nan], np.float16),
    }
    data = encode_message(Message({"type": "frame", "id": 7, "hint": "ü"}, arrays))
    assert len(data) < 6000
    message = read(data)
    assert message is not None
    assert (message.type, message.id, message.head["hint"]) == ("frame", 7, "ü")
    assert message.size == len(data)
    for name, array in arrays.items():
        assert message.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(message.arrays[name], array)
    assert read(b"") is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0", "ended within a message"),
        (encode_message(Message({"type": "ping"}))[:-1], "ended within a message"),
        (struct.pack(">II", MAX_HEAD + 1, 0), "more than any may have"),
        (struct.pack(">II", 2, MAX_BODY + 1), "more than any may have"),
        (framed(b"no"), "no JSON"),
        (framed(b"[" * 100_000), "no JSON"),
        (framed(b"[]"), "no JSON object"),
        (framed(b'{"arrays": 5}'), "list of arrays is broken"),
        (framed(b'{"arrays": [["a", "u1", [4], 3, false]]}', b"abc"), "do not agree"),
        (framed(b'{"arrays": [["a", "O", [1], 3, false]]}', b"abc"), "arrays are broken"),
        (framed(b'{"arrays": [["a", "u1", [-1], 0, false]]}'), "impossible sizes"),
        (framed(b'{"arrays": [["a", "f8", [9999999], 0, true]]}'), "more than any"),
        (framed(b'{"arrays": [["a", "u1", [3], 3, true]]}', b"abc"), "arrays are broken"),
        (framed(b"{}", b"rest"), "do not fill"),
    ],
)
def test_what_is_no_message_is_said_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        read(data)


def test_packed_bytes_never_grow_beyond_what_they_claim() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    head = f'{{"arrays": [["a", "u1", [10], {len(bomb)}, true]]}}'.encode()
    with pytest.raises(ProtocolError, match="do not agree"):
        read(framed(head, bomb))


def test_what_is_too_large_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="too large"):
        encode_message(Message({"text": "x" * MAX_HEAD}))
