"""Icons in the theme's colours, from the Material Design set of qtawesome."""

from PySide6.QtGui import QIcon

from viewer.theme.tokens import Theme


def icon(name: str, theme: Theme, color: str = "muted") -> QIcon:
    """An icon by its Material Design name, e.g. "folder-open-outline".

    Args:
        name: as listed by qtawesome under "mdi6".
        theme: whose colours.
        color: the name of a token of `theme`.
    """
    import qtawesome  # takes 0.1 s, so only what shows an icon pays for it

    colors = {"color": getattr(theme, color), "color_disabled": theme.faint}
    made: QIcon = qtawesome.icon(f"mdi6.{name}", **colors)
    return made
