"""Whether two drawings look alike: lines by their distance in pixels, texts by their words."""

import re

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
NEAR = 2.0  # pixels


def lines_of(path: str) -> list[Points]:
    """Return the corners of each line of an SVG path, arrays of shape (corners, 2) in pixels; of a bow, its end."""
    lines: list[list[tuple[float, ...]]] = []
    for command, rest in re.findall(r"([A-Z])([^A-Z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", rest)]
        if command == "M":
            lines.append([])
        if command == "H":
            corners = [(number, lines[-1][-1][1]) for number in numbers]
        elif command == "V":
            corners = [(lines[-1][-1][0], number) for number in numbers]
        elif command == "Z":
            corners = lines[-1][:1]
        elif command in "ML":
            corners = list(zip(numbers[0::2], numbers[1::2], strict=True))
        else:
            corners = [tuple(numbers[-2:])]
        lines[-1].extend(corners)
    return [np.array(line) for line in lines]


def farthest(path: str, other: str) -> float:
    """Return how far the corners of a path are from another path at most, in pixels."""
    lines = lines_of(other)
    ends = np.concatenate(lines)
    starts = np.concatenate([line[[0, *range(len(line) - 1)]] for line in lines])
    along = ends - starts
    corners = np.concatenate(lines_of(path))[:, None, :]
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((corners - starts) * along).sum(axis=2) / squared, 0.0, 1.0)
    nearest = starts + share[..., None] * along
    return float(np.sqrt(((nearest - corners) ** 2).sum(axis=2)).min(axis=1).max())


def looks_like(shape: str, other: str) -> bool:
    """Return whether two paths lie within 2 pixels of each other, or two texts differ in digits at most.

    A table keeps a number to a 65,000th of the largest in its column, so that the last digits may differ.
    """
    if all(re.match(r"M-?\d", one) for one in (shape, other)):
        return shape == other or max(farthest(shape, other), farthest(other, shape)) <= NEAR
    words = [re.sub(r"\d[\d.,]*", "#", one) for one in (shape, other)]
    return words[0] == words[1] and abs(len(shape) - len(other)) <= 4
