import tar from 'tar-stream';

export const CIFAR_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const string = (text: string) => Buffer.concat([Buffer.from([0x55, text.length]), Buffer.from(text)]);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

function int32(opcode: number, value: number): Buffer {
  const bytes = Buffer.from([opcode, 0, 0, 0, 0]);
  bytes.writeInt32LE(value, 1);
  return bytes;
}

/**
 * A batch of CIFAR as Python 2 pickled it. Red is `red` in all images, green 7, blue 8; the labels count up.
 *
 * @param labels keys of the lists of labels, with the number of classes
 */
export function cifarBatch(images: number, red: number, labels: Record<string, number> = { labels: 10 }): Buffer {
  const image = Buffer.concat([red, 7, 8].map((value) => Buffer.alloc(1024, value)));
  const pixels = Buffer.alloc(images * 3072, image);
  const lists = Object.entries(labels).flatMap(([key, classes]) => [
    string(key),
    latin1(']('),
    Buffer.concat(Array.from({ length: images }, (_, i) => Buffer.from([0x4b, i % classes]))),
    latin1('e'),
  ]);
  return Buffer.concat([
    latin1('\x80\x02}('),
    string('data'),
    latin1('cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85'),
    string('b'),
    latin1('tR(K\x01'),
    int32(0x4a, images),
    int32(0x4a, 3072),
    latin1('\x86cnumpy\ndtype\n('),
    string('u1'),
    latin1('K\x00K\x01tR(K\x03'),
    string('|'),
    latin1('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89'),
    int32(0x54, pixels.length),
    pixels,
    latin1('tb'),
    ...lists,
    latin1('u.'),
  ]);
}

/** The same as bytes: labels, then the planes of an image. */
export function cifarBinary(images: number, red: number, classes: readonly number[] = [10]): Buffer {
  const planes = Buffer.concat([red, 7, 8].map((value) => Buffer.alloc(1024, value)));
  return Buffer.concat(
    Array.from({ length: images }, (_, i) => Buffer.concat([Buffer.from(classes.map((n) => i % n)), planes])),
  );
}

/** The pickle with the names of the classes. */
export function cifarMeta(lists: Record<string, readonly string[]>): Buffer {
  const entries = Object.entries(lists).flatMap(([key, names]) => [
    string(key),
    latin1(']('),
    ...names.map(string),
    latin1('e'),
  ]);
  return Buffer.concat([latin1('\x80\x02}('), ...entries, latin1('u.')]);
}

/** A tar archive. Names that end with a slash are folders. */
export async function packTar(files: readonly [name: string, data: Uint8Array | string][]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, data] of files) {
    if (name.endsWith('/')) pack.entry({ name, type: 'directory' });
    else pack.entry({ name }, typeof data === 'string' ? data : Buffer.from(data));
  }
  pack.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of pack) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
