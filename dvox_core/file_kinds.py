"""Calls files that are something else than expected by their name, from their first bytes."""

from pathlib import Path

HEAD_BYTES = 512

_BINARY_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"BM", "a picture (BMP)"),
    (b"ply\n", "a point cloud or splat (PLY)"),
    (b"ply\r\n", "a point cloud or splat (PLY)"),
    (b"glTF", "a 3D model (glTF)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x7fELF", "a program"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"OggS", "a sound or video file (Ogg)"),
)

_LFS_POINTER = b"version https://git-lfs.github.com/spec"


def kind_of(path: Path) -> str:
    """What a file is if its first bytes tell, as words with an article; "" if they do not.

    An unreadable file tells nothing.
    """
    try:
        with path.open("rb") as stream:
            return kind_of_head(stream.read(HEAD_BYTES))
    except OSError:
        return ""


def kind_of_head(head: bytes) -> str:
    """As `kind_of`, from a file's first `HEAD_BYTES`."""
    if not head:
        return "an empty file"
    if head.startswith(_LFS_POINTER):
        return "a Git LFS pointer and not the file itself; run “git lfs pull” to get it"
    for magic, kind in _BINARY_KINDS:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF":
        return "a picture (WebP)" if head[8:12] == b"WEBP" else "a sound or video file (RIFF)"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "a picture (HEIC)"
    if head[4:8] == b"ftyp":
        return "a video (MP4)"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "a web page (HTML): the download gave a page instead of the file; download it again"
    if text.startswith(b"<?xml"):
        return "an XML file"
    if not head.strip(b"\0"):
        return "nothing but zeros: it was not copied whole"
    return ""
