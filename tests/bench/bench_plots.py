# SPDX-License-Identifier: LGPL-2.1-or-later
"""SVG by hand: what calls take, and how many events reach the file."""
import html
import math

COLOURS = {'mvxlog json': '#c01c28', 'mvxlog text': '#e66100', 'glib json': '#1a5fb4', 'glib default': '#62a0ea',
           'spdlog async': '#26a269', 'spdlog sync': '#8ff0a4', 'boost async': '#813d9c', 'log4cplus async': '#63452c',
           'log4cplus sync': '#b5835a', 'quill json': '#e5a50a', 'quill text': '#f8e45c', 'fmtlog text': '#77767b',
           'nanolog binary': '#241f31', 'lttng binary': '#9a9996', 'mvxlog json,bridge': '#ed333b'}
WIDTH = 860
HEIGHT = 440
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 50
QUANTILES = [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999]


def text(x, y, content, anchor='start', size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{html.escape(content)}</text>'


def line(x1, y1, x2, y2, colour='#deddda'):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def frame(title, body):
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<title>{html.escape(title)}</title>', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 24, title, size=15), *body, '</svg>', ''])


def legend(names):
    body = []
    for row, name in enumerate(names):
        y = TOP + 12 + row * 20
        body.append(f'<rect x="{WIDTH - RIGHT + 16}" y="{y - 9}" width="12" height="10" fill="{COLOURS[name]}"/>')
        body.append(text(WIDTH - RIGHT + 34, y, name))
    return body


def chosen(results, mode, producers):
    """Name -> sample of the peers that have a colour."""
    return {f'{job[0]} {job[1]}': sample for job, sample in results.items()
            if job[2:] == (mode, producers) and f'{job[0]} {job[1]}' in COLOURS}


def formatted(samples):
    """Without those that write raw arguments: whoever reads them has to do their work."""
    return {name: sample for name, sample in samples.items() if not name.endswith(' binary')}


def nines(quantile):
    return -math.log10(1 - quantile)


def latency_axes(low, high, x, y):
    body = []
    for quantile in QUANTILES:
        body.append(line(x(quantile), TOP, x(quantile), HEIGHT - BOTTOM))
        body.append(text(x(quantile), HEIGHT - BOTTOM + 18, f'{quantile * 100:g} %', 'middle'))
    for power in range(low, high + 1):
        body.append(line(LEFT, y(10 ** power), WIDTH - RIGHT, y(10 ** power)))
        body.append(text(LEFT - 6, y(10 ** power) + 4, f'{10 ** power:,}', 'end'))
    body.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'of all calls took at most so many nanoseconds',
                     'middle'))
    return body


def latency(results):
    samples = chosen(results, 'burst', 1)
    curves = {name: [point for point in sample['quantiles'] if QUANTILES[0] <= point[0] <= QUANTILES[-1]]
              for name, sample in samples.items()}
    highest = max((point[1] for curve in curves.values() for point in curve), default=10)
    low, high = 0, max(1, math.ceil(math.log10(max(highest, 10))))

    def x(quantile):
        span = nines(QUANTILES[-1]) - nines(QUANTILES[0])
        return LEFT + (nines(quantile) - nines(QUANTILES[0])) / span * (WIDTH - LEFT - RIGHT)

    def y(ns):
        return HEIGHT - BOTTOM - (math.log10(max(ns, 1)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    body = latency_axes(low, high, x, y)
    for name, curve in curves.items():
        points = ' '.join(f'{x(quantile):.1f},{y(ns):.1f}' for quantile, ns in curve)
        body.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
    return frame('One call, in bursts of 20', body + legend(curves))


def throughput(results):
    groups = [(producers, formatted(chosen(results, 'thr', producers))) for producers in (1, 2, 4)]
    names = list(dict.fromkeys(name for _, samples in groups for name in samples))
    highest = max((sample['mps'] for _, samples in groups for sample in samples.values()), default=1)
    step = 10 ** math.floor(math.log10(highest)) / 2
    top = math.ceil(highest / step) * step
    width = (WIDTH - LEFT - RIGHT) / 3
    body = []
    for tick in range(round(top / step) + 1):
        y = HEIGHT - BOTTOM - tick * step / top * (HEIGHT - TOP - BOTTOM)
        body += [line(LEFT, y, WIDTH - RIGHT, y), text(LEFT - 6, y + 4, f'{tick * step:g}', 'end')]
    for group, (producers, samples) in enumerate(groups):
        for column, name in enumerate(names):
            if name not in samples:
                continue
            height = samples[name]['mps'] / top * (HEIGHT - TOP - BOTTOM)
            bar = width * 0.9 / len(names)
            body.append(f'<rect x="{LEFT + group * width + width * 0.05 + column * bar:.1f}" '
                        f'y="{HEIGHT - BOTTOM - height:.1f}" width="{bar * 0.9:.1f}" height="{height:.1f}" '
                        f'fill="{COLOURS[name]}"/>')
        body.append(text(LEFT + (group + 0.5) * width, HEIGHT - BOTTOM + 18,
                         f'{producers} producer{"s" if producers > 1 else ""}', 'middle'))
    return frame('Million events per second, from the first call to the last byte in the file', body + legend(names))
