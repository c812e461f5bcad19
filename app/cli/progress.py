"""The progress bar of the commands that work through a file."""

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress


def progress_bar() -> Progress:
    """Build a progress bar on standard error; it shows nothing where that is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=console, disable=not console.is_terminal
    )
