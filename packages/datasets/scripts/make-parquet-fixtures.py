"""Writes the Parquet files of test/data/parquet. Needs pyarrow and Pillow.

    python packages/datasets/scripts/make-parquet-fixtures.py

Image i is a 4x4 RGB image with i in its first byte.
"""

import io
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

FOLDER = os.path.join(os.path.dirname(__file__), '..', 'test', 'data', 'parquet')
FEATURES = {
    'image': {'_type': 'Image'},
    'label': {'names': ['ant', 'bee', 'cat'], '_type': 'ClassLabel'},
}


def png(i):
    file = io.BytesIO()
    Image.frombytes('RGB', (4, 4), bytes((i + 5 * k) % 256 for k in range(48))).save(file, 'PNG')
    return file.getvalue()


def hugging_face(first, count):
    numbers = range(first, first + count)
    record = pa.struct([('bytes', pa.binary()), ('path', pa.string())])
    images = pa.array([{'bytes': png(i), 'path': f'{i}.png'} for i in numbers], record)
    labels = pa.array([i % 3 for i in numbers], pa.int64())
    table = pa.table({'image': images, 'label': labels, 'text': ['words'] * count})
    return table.replace_schema_metadata({'huggingface': json.dumps({'info': {'features': FEATURES}})})


def main():
    os.makedirs(os.path.join(FOLDER, 'data'), exist_ok=True)

    def write(name, table, **options):
        pq.write_table(table, os.path.join(FOLDER, name), **options)

    write('data/train-00000-of-00002.parquet', hugging_face(0, 5), row_group_size=2, compression='zstd')
    write('data/train-00001-of-00002.parquet', hugging_face(5, 3), row_group_size=2, compression='snappy')
    write('data/test-00000-of-00001.parquet', hugging_face(100, 2), compression='gzip')
    names = pa.table({'img': [png(i) for i in range(4)], 'kind': ['wasp', 'ant', 'wasp', 'bee'], 'label': [0, 1, -1, 0]})
    write('bytes.parquet', names, compression='brotli')
    metadata = pa.table({'file_name': ['1.png', '0.png'], 'label': ['cat', 'ant']})
    write('metadata.parquet', metadata, compression='snappy')


main()
