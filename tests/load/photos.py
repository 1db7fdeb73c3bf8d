"""Examines the same photos with Pillow (draft mode) and vipsthumbnail: what a team without our code would write.

Pillow: digest, EXIF, decoding at the smallest scale that suffices, thumbnail of 512 pixels upright, difference hash, JPEG of quality 80. vipsthumbnail: one
process for all files, thumbnails alone. Prints one JSON object, rates per second of processor time."""

import hashlib
import io
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

from PIL import Image, ImageOps

SIDE = 512


def examine(data):
    digest = hashlib.sha256(data).digest()
    image = Image.open(io.BytesIO(data))
    exif = dict(image.getexif())
    image.draft("RGB", (SIDE, SIDE))
    image = ImageOps.exif_transpose(image)
    image.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    grey = image.convert("L").resize((9, 8), Image.BOX).tobytes()
    bits = [grey[y * 9 + x] > grey[y * 9 + x + 1] for y in range(8) for x in range(8)]
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return digest, exif, bits, out.getvalue()


def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main():
    files = sorted(pathlib.Path(sys.argv[1]).iterdir())
    count = int(sys.argv[2])
    photos = [file.read_bytes() for file in files]
    before = used(resource.RUSAGE_SELF)
    for n in range(count):
        examine(photos[n % len(photos)])
    pillow = count / (used(resource.RUSAGE_SELF) - before)
    before = used(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        rounds = max(1, count // len(files))
        for _ in range(rounds):
            names = [str(file) for file in files]
            subprocess.run(["vipsthumbnail", "--size", str(SIDE), "-o", f"{folder}/%s.jpg[Q=80]", *names], check=True)
    vips = rounds * len(files) / (used(resource.RUSAGE_CHILDREN) - before)
    print(json.dumps({"pillow_per_s_core": round(pillow, 1), "vipsthumbnail_per_s_core": round(vips, 1)}))


main()
