"""same_picture.py DRAWN SHOWN: the picture an example draws is the one that the documentation shows. The words must be
the same and in the same places, and every mark of the one must have a mark of the other within 24 of the picture's 640
units: what is trained differs a little from processor to processor. If it fails: bash docs/update_images.sh"""

import re
import sys

REACH = 24


def read(path):
    with open(path, encoding="utf-8") as file:
        picture = file.read()
    words = re.findall(r'translate\(([\d.]+),([\d.]+)\)[^>]*>\s*<text><tspan[^>]*>([^<]*)', picture)
    marks = re.findall(r"<use xlink:href='#gpPt6' transform='translate\(([\d.]+),([\d.]+)\)", picture)
    curves = re.findall(r"[ML]([\d.]+),([\d.]+)", re.sub(r"<defs>.*?</defs>", "", picture, flags=re.S))
    curves += re.findall(r"(?<= )([\d.]+),([\d.]+)(?= )", picture)
    return words, {(float(x), float(y)) for x, y in marks + curves}


def far_ones(marks, others):
    return [m for m in marks if all(abs(m[0] - o[0]) > REACH or abs(m[1] - o[1]) > REACH for o in others)]


(drawn_words, drawn), (shown_words, shown) = read(sys.argv[1]), read(sys.argv[2])
problems = [f"other words: {word}" for word in set(drawn_words) ^ set(shown_words)]
problems += [f"only drawn: a point at {mark}" for mark in far_ones(drawn, shown)]
problems += [f"only shown: a point at {mark}" for mark in far_ones(shown, drawn)]
print("\n".join(problems[:20]) or f"{len(drawn)} points and {len(drawn_words)} words as in the documentation")
sys.exit(bool(problems) or not drawn)
