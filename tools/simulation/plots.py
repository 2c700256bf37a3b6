# SPDX-License-Identifier: LGPL-2.1-or-later
"""Curves as SVG, with the pieces of the benchmarks' plots."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'tests' / 'bench'))
# pylint: disable=wrong-import-position
from bench_plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, frame, line, text  # noqa: E402

COLOURS = ['#c01c28', '#1a5fb4', '#26a269', '#e66100']


def ticks(highest):
    """About five round numbers, the last of them no less than the highest."""
    highest = highest or 1
    step = 10 ** math.floor(math.log10(highest))
    step = next(step * part for part in (0.2, 0.5, 1, 2) if highest / (step * part) <= 6)
    return [step * n for n in range(math.ceil(highest / step) + 1)]


def curves(title, x_unit, y_unit, series):
    """`series`: name -> [(x, y)], all from 0 on."""
    points = [point for curve in series.values() for point in curve] or [(1, 1)]
    columns, rows = (ticks(max(point[axis] for point in points)) for axis in (0, 1))

    def x(value):
        return LEFT + value / columns[-1] * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - value / rows[-1] * (HEIGHT - TOP - BOTTOM)

    body = []
    for value in columns:
        body += [line(x(value), TOP, x(value), HEIGHT - BOTTOM), text(x(value), HEIGHT - BOTTOM + 18, f'{value:,g}', 'middle')]
    for value in rows:
        body += [line(LEFT, y(value), WIDTH - RIGHT, y(value)), text(LEFT - 6, y(value) + 4, f'{value:,g}', 'end')]
    body.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_unit, 'middle'))
    for number, (name, curve) in enumerate(series.items()):
        colour, height = COLOURS[number % len(COLOURS)], TOP + 12 + number * 20
        drawn = ' '.join(f'{x(px):.1f},{y(py):.1f}' for px, py in curve)
        body += [f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
                 f'<rect x="{WIDTH - RIGHT + 16}" y="{height - 9}" width="12" height="10" fill="{colour}"/>',
                 text(WIDTH - RIGHT + 34, height, name)]
    body.append(text(WIDTH - RIGHT + 16, HEIGHT - BOTTOM, y_unit))
    return frame(title, body)
