"""A scene's scores in words, beside what the nearest photo scores."""

EVEN_DB = 0.5
"""A smaller difference is none that anybody sees."""


def verdict(psnr: float, nearest: float | None, seen: str = "") -> str:
    """How good a scene is, in a sentence's half.

    Args:
        psnr: of the scene on views that it was not trained on, dB.
        nearest: of the nearest training photos shown in its place; None where there is none.
        seen: from where photos looked, as `DirectionsSeen.words` says; "" where not known.

    Returns:
        E.g. "better than the nearest photo by 6 dB; soft behind, where no photo looked".
    """
    if nearest is None:
        text = f"{psnr:.1f} dB on views that it has not seen"
    elif psnr - nearest >= EVEN_DB:
        text = f"better than the nearest photo by {_decibels(psnr - nearest)} dB"
    elif nearest - psnr >= EVEN_DB:
        text = f"worse than the nearest photo by {_decibels(nearest - psnr)} dB; train longer"
    else:
        text = "no better than the nearest photo; train longer"
    _, _, missing = seen.partition("nothing from ")
    return f"{text}; soft from {missing}, where no photo looked" if missing else text


def _decibels(value: float) -> str:
    return f"{value:.1f}" if value < 2 else f"{value:.0f}"
