"""Printing of the measured figures."""

from collections.abc import Sequence


def heading(title: str, *notes: str) -> None:
    """Print the title of a table and the notes on how it was measured."""
    print(f"\n{title}")
    for note in notes:
        print(f"  {note}")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns: the first column to the left, figures to the right."""
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    for row in [columns, ["-" * width for width in widths], *rows]:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]))


def against(measured: float, target: float, figure: str) -> str:
    """Write a figure with whether it reached its target."""
    return f"{figure} {'reached' if measured >= target else 'missed'}"
