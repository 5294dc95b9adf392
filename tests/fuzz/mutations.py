"""Breaks files: their bytes, their numbers and words, their JSON, the entries of their zips."""

import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

INTERESTING_BYTES = (0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x20, 0x22, 0x2D, 0x30, 0x7B)
INTERESTING_NUMBERS = (
    "0", "-0.0", "-1", "1", "0.5", "1e-300", "1e300", "-1e300", "1e999", "nan", "-inf", "inf",
    "2147483648", "9223372036854775808", "1" * 30, "9" * 400, "1e", "0x10", "1,5", "٣", "",
)  # fmt: skip
INTERESTING_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1e300, -1e-300, 10**18, 10**400, float("nan"),
    float("inf"), "", "a", "../../x", "/", "\0", "a\nb", "\ud800", "9" * 50, [], [[]], {}, [0],
    [1] * 17, {"a": 1}, [None], [[0, 0, 0]] * 3,
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?")

Mutation = Callable[[bytes, random.Random], bytes]


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    """A few bits anywhere."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(changed))
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwrite(data: bytes, chance: random.Random) -> bytes:
    """A stretch of interesting or of random bytes."""
    changed = bytearray(data)
    place, count = chance.randrange(len(changed)), chance.choice((1, 2, 4, 8, 20))
    for index in range(place, min(place + count, len(changed))):
        changed[index] = chance.choice((chance.choice(INTERESTING_BYTES), chance.randrange(256)))
    return bytes(changed)


def overwrite_early(data: bytes, chance: random.Random) -> bytes:
    """As `overwrite`, within the first bytes, where heads are."""
    length = min(len(data), chance.choice((16, 64, 512, 4096)))
    return overwrite(data[:length], chance) + data[length:]


def cut(data: bytes, chance: random.Random) -> bytes:
    """The end missing."""
    return data[: chance.choice((0, 1, 8, 9, chance.randrange(len(data))))]


def leave_out(data: bytes, chance: random.Random) -> bytes:
    """A stretch missing."""
    place = chance.randrange(len(data))
    return data[:place] + data[place + chance.choice((1, 4, 8, 100)) :]


def double(data: bytes, chance: random.Random) -> bytes:
    """A stretch twice."""
    place = chance.randrange(len(data))
    stretch = data[place : place + chance.choice((1, 4, 8, 100, 1000))]
    return data[:place] + stretch * chance.choice((2, 2, 3)) + data[place:]


def change_number(data: bytes, chance: random.Random) -> bytes:
    """A number of a text, another or none."""
    found = list(_NUMBER.finditer(data[:200_000]))
    if not found:
        return overwrite(data, chance)
    spot = chance.choice(found)
    return data[: spot.start()] + chance.choice(INTERESTING_NUMBERS).encode() + data[spot.end() :]


def change_line(data: bytes, chance: random.Random) -> bytes:
    """A line left out, twice, blank, or in another's place."""
    lines = data.split(b"\n")
    place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    change = chance.randrange(4)
    if change == 0:
        del lines[place]
    elif change == 1:
        lines.insert(place, lines[other])
    elif change == 2:
        lines[place] = b""
    else:
        lines[place], lines[other] = lines[other], lines[place]
    return b"\n".join(lines)


def change_json(data: bytes, chance: random.Random) -> bytes:
    """A value of a JSON text replaced, left out, or put elsewhere; other texts change a number."""
    try:
        content = json.loads(data)
    except ValueError:
        return change_number(data, chance)
    return json.dumps(changed_value(content, chance)).encode()


def changed_value(content: Any, chance: random.Random) -> Any:
    """JSON content with one value changed somewhere."""
    places: list[tuple[Any, Any]] = []
    values: list[Any] = [content]

    def collect(value: Any) -> None:
        inner: list[tuple[Any, Any]] = []
        if isinstance(value, dict):
            inner = list(value.items())
        elif isinstance(value, list):
            inner = list(enumerate(value))
        for key, item in inner:
            places.append((value, key))
            values.append(item)
            collect(item)

    collect(content)
    if not places:
        return chance.choice(INTERESTING_VALUES)
    owner, key = chance.choice(places)
    change = chance.randrange(6)
    if change == 0:
        del owner[key]
    elif change == 1:
        owner[key] = json.loads(json.dumps(chance.choice(values)))
    elif change == 2 and isinstance(owner, list):
        owner.insert(key, owner[key])
    elif change == 3 and isinstance(owner, dict):
        owner[chance.choice(("", "a", f"{key}s"))] = owner.pop(key)
    else:
        owner[key] = chance.choice(INTERESTING_VALUES)
    return content


def change_json_line(data: bytes, chance: random.Random) -> bytes:
    """One of many lines of JSON changed."""
    lines = data.split(b"\n")
    number = chance.randrange(len(lines))
    lines[number] = lines[number] and change_json(lines[number], chance)
    return b"\n".join(lines)


def change_head(data: bytes, chance: random.Random) -> bytes:
    """A safetensors file with its JSON head changed; within it, the JSON of a scene's facts."""
    length = int.from_bytes(data[:8], "little")
    try:
        head = json.loads(data[8 : 8 + length])
        metadata = head["__metadata__"]
        if chance.random() < 0.7:
            facts = changed_value(json.loads(metadata["scene"]), chance)
            metadata["scene"] = json.dumps(facts)
            metadata.pop("checksums", None)  # else they alone would be tested
        else:
            head = changed_value(head, chance)
        text = json.dumps(head).encode()
    except (ValueError, KeyError, TypeError):
        return overwrite_early(data, chance)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def change_zip(data: bytes, chance: random.Random) -> bytes:
    """A zip with one entry broken, left out, or packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, RuntimeError):
        return overwrite(data, chance)  # it was broken before
    names = [name for name, _ in entries]
    pickled = next((name for name in names if name.endswith("data.pkl")), names[0])
    target = pickled if chance.random() < 0.7 else chance.choice(names)
    leaves_out = chance.random() < 0.1
    kind = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in entries:
            if name == target and leaves_out:
                continue
            broken = name == target and len(content) > 0
            archive.writestr(name, chance.choice(BYTES)(content, chance) if broken else content)
    return out.getvalue()


BYTES: tuple[Mutation, ...] = (
    flip_bits, overwrite, overwrite_early, cut, leave_out, double,
)  # fmt: skip
TEXT: tuple[Mutation, ...] = (*BYTES, change_number, change_number, change_number, change_line)
JSON: tuple[Mutation, ...] = (*TEXT, change_json, change_json, change_json, change_json)
LINES: tuple[Mutation, ...] = (*TEXT, *(change_json_line,) * 6)
TENSORS: tuple[Mutation, ...] = (*BYTES, change_head, change_head, change_head)
ZIP: tuple[Mutation, ...] = (*BYTES, change_zip, change_zip, change_zip)
