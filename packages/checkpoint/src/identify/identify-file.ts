import { ByteRange, type ByteSource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { decodeLatin1 } from '../bytes/byte-reader.js';
import { isZip, listZipNames } from '../zip/zip-directory.js';
import { FILE_KINDS } from './file-kinds.js';

/** Number of bytes that tell what a file is. */
const SNIFFED = 512;
/** The last bytes of the index of a TensorFlow checkpoint, a table of LevelDB. */
const LEVELDB_MAGIC = '\x57\xfb\x80\x8b\x24\x75\x47\xdb';
const SHOWN_TEXT = 60;

/** What a file is, in words. */
export interface IdentifiedFile {
  /** With an article: `a web page`. */
  what: string;
  /** What to do about it, as an imperative; left out if nothing but another file helps. */
  advice?: string;
}

/**
 * Says what a file is that is not one of those expected: a web page, a Git LFS pointer, an archive, a picture, a model of
 * another framework, text. Its contents tell, not its name.
 *
 * @returns undefined if the contents say nothing
 */
export function identifyFile(source: ByteSource): IdentifiedFile | undefined {
  if (source.length === 0) return { what: 'empty, 0 bytes long', advice: 'get it again' };
  const start = source.read(0, Math.min(source.length, SNIFFED));
  const text = decodeLatin1(start);
  if (isZip(source)) return identifyZip(source);
  const kind = FILE_KINDS.find(({ matches }) => matches(start, text));
  if (kind?.what === 'a JSON document')
    return { what: `a JSON document that begins with ${quote(text)}`, advice: 'check the address' };
  if (kind !== undefined) return { what: kind.what, ...(kind.advice !== undefined && { advice: kind.advice }) };
  if (hasTableMagic(source))
    return { what: 'the index of a TensorFlow checkpoint', advice: 'weights of other frameworks are not read' };
  if (start.every((byte) => byte === 0))
    return { what: 'a file of zeros', advice: 'the download has not arrived: get it again' };
  return isText(start) ? { what: `a text that begins with ${quote(text)}` } : undefined;
}

/**
 * The error about a file that is of another kind than expected.
 *
 * @param expected with an article: `a file of weights`
 * @param otherwise what to say if the contents do not tell what the file is
 */
export function wrongKindError(source: ByteSource, expected: string, otherwise: string): CheckpointError {
  const found = identifyFile(source);
  if (found === undefined) return new CheckpointError(source.name, otherwise);
  const advice = found.advice === undefined ? '' : `; ${found.advice}`;
  return new CheckpointError(source.name, `it is ${found.what}, not ${expected}${advice}`);
}

/** Names what a ZIP archive contains: pictures, arrays, a program of TorchScript. */
function identifyZip(source: ByteSource): IdentifiedFile {
  let names: string[];
  try {
    names = listZipNames(new ByteRange(source));
  } catch {
    return { what: 'the beginning of a ZIP archive', advice: 'it is not complete: get it again' };
  }
  const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
  if (count(/(^|\/)(constants\.pkl|code\/.*\.py)$/) > 0) {
    return { what: 'a TorchScript program', advice: 'save the state_dict() of its module instead' };
  }
  if (count(/(^|\/)data\.pkl$/) > 0) {
    return { what: 'a file of torch.save', advice: 'save its tensors as .safetensors, or as .npz with numpy.savez' };
  }
  const pictures = count(/\.(png|jpe?g|webp|avif|bmp|gif|tiff?)$/i);
  if (pictures > 0) return { what: `a ZIP archive of ${pictures} pictures`, advice: 'data sets belong to --data' };
  if (count(/\.npy$/) > 0) return { what: 'an archive of NumPy arrays (.npz)' };
  if (count(/(^|\/)model\.weights\.h5$/) > 0) return { what: 'a Keras model' };
  const [first = 'nothing'] = names;
  return {
    what: `a ZIP archive with ${names.length} files (${first.slice(0, SHOWN_TEXT)})`,
    advice: 'unpack it, and pass the file in it',
  };
}

function hasTableMagic(source: ByteSource): boolean {
  return source.length > 48 && decodeLatin1(source.read(source.length - 8, 8)) === LEVELDB_MAGIC;
}

function isText(start: Uint8Array): boolean {
  return start.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > SHOWN_TEXT ? `${line.slice(0, SHOWN_TEXT)}...` : line);
}
