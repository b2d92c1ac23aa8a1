"""The work of compare.ts in Python: peer.py convert|read SOURCE DEST prints seconds."""

import io
import json
import os
import sys
import time
import zipfile

import numpy as np
from PIL import Image

SIZE = 32
BATCH = 128
BATCHES = 100


def convert(source, dest):
    names = sorted(os.path.join(root, name) for root, _, files in os.walk(source) for name in files)
    labels = []
    with zipfile.ZipFile(dest, "w", zipfile.ZIP_STORED) as archive:
        for i, name in enumerate(names):
            with Image.open(name) as image:
                side = min(image.size)
                left, top = (image.width - side) // 2, (image.height - side) // 2
                square = image.crop((left, top, left + side, top + side)).resize((SIZE, SIZE), Image.LANCZOS)
            encoded = io.BytesIO()
            square.save(encoded, "PNG", compress_level=0, optimize=False)
            entry = f"{i // 1000:05d}/img{i:08d}.png"
            archive.writestr(entry, encoded.getvalue())
            labels.append([entry, int(os.path.basename(os.path.dirname(name)))])
        archive.writestr("dataset.json", json.dumps({"labels": labels}))


def read(dest, batches, order):
    """Reads batches in the given order on one thread, as a data loader without workers."""
    with zipfile.ZipFile(dest) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        start = None
        for i in range(batches):
            if i == batches - BATCHES:
                start = time.perf_counter()
            images = []
            for j in order[i * BATCH : (i + 1) * BATCH]:
                with archive.open(names[j % len(names)]) as file:
                    images.append(np.array(Image.open(file)))
            np.stack(images)
        return time.perf_counter() - start


work, source, dest = sys.argv[1:]
if work == "convert":
    begin = time.perf_counter()
    convert(source, dest)
    print(time.perf_counter() - begin)
else:
    total = BATCHES + 10
    print(read(dest, total, np.random.RandomState(0).randint(0, 1 << 20, total * BATCH)))
