/** A kind of file, by what it starts with. */
export interface FileKind {
  /** What it is, with an article: `a web page`. */
  what: string;
  /** What to do with it where something else is expected; left out, nothing but another file helps. */
  advice?: string;
  /** Whether a file that starts with these bytes is of this kind. @param text the same bytes as Latin-1 */
  matches(start: Uint8Array, text: string): boolean;
}

const UNPACK = 'unpack it, and pass the file in it';
const ELSEWHERE = 'weights of other frameworks are not read: save them with PyTorch or as safetensors';

/** Bytes at a position, as hexadecimal digits. */
function has(hex: string, at = 0): FileKind['matches'] {
  const bytes = hex.match(/../g)!.map((pair) => parseInt(pair, 16));
  return (start) => start.length >= at + bytes.length && bytes.every((byte, i) => start[at + i] === byte);
}

const matching =
  (pattern: RegExp): FileKind['matches'] =>
  (_, text) =>
    pattern.test(text);

/** Protocol buffer tags of the fields of an ONNX model that hold texts and messages. */
const ONNX_FIELDS = [0x12, 0x1a, 0x22, 0x2a, 0x32, 0x3a, 0x42];

/** The kinds that are recognized by their first 512 bytes. Earlier ones come first. */
export const FILE_KINDS: readonly FileKind[] = [
  {
    what: 'a Git LFS pointer, which stands for a file that was not fetched',
    advice: 'run "git lfs pull" in its folder, or download the file itself',
    matches: matching(/^version https:\/\/git-lfs/),
  },
  {
    what: 'a web page',
    advice:
      'check the address; sites often have another one for the file itself (on Hugging Face /resolve/ in place of /blob/)',
    matches: matching(/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|script|!--)/i),
  },
  {
    what: 'an XML document, such as the message of a server',
    advice: 'check the address',
    matches: matching(/^(?:\xef\xbb\xbf)?\s*<\?xml/i),
  },
  { what: 'a PNG picture', matches: has('89504e470d0a1a0a') },
  { what: 'a JPEG picture', matches: has('ffd8ff') },
  { what: 'a GIF picture', matches: matching(/^GIF8[79]a/) },
  { what: 'a WebP picture', matches: matching(/^RIFF....WEBP/s) },
  { what: 'a BMP picture', matches: matching(/^BM.{4}\0\0\0\0/s) },
  { what: 'a TIFF picture', matches: matching(/^(?:II\*\0|MM\0\*)/) },
  { what: 'an AVIF or HEIC picture, or a video', matches: matching(/^.{4}ftyp/s) },
  { what: 'a PDF document', matches: matching(/^%PDF-/) },
  { what: 'a gzip archive', advice: UNPACK, matches: has('1f8b') },
  { what: 'a bzip2 archive', advice: UNPACK, matches: matching(/^BZh[1-9]1AY&SY/) },
  { what: 'an xz archive', advice: UNPACK, matches: has('fd377a585a00') },
  { what: 'a Zstandard archive', advice: UNPACK, matches: has('28b52ffd') },
  { what: 'a 7-Zip archive', advice: UNPACK, matches: has('377abcaf271c') },
  { what: 'a RAR archive', advice: UNPACK, matches: has('526172211a07') },
  { what: 'a tar archive', advice: UNPACK, matches: (_, text) => text.slice(257, 262) === 'ustar' },
  { what: 'an HDF5 file, as Keras and h5py write', advice: ELSEWHERE, matches: has('894844460d0a1a0a') },
  { what: 'a GGUF file', advice: ELSEWHERE, matches: matching(/^GGUF/) },
  { what: 'a TensorFlow Lite model', advice: ELSEWHERE, matches: (_, text) => text.slice(4, 8) === 'TFL3' },
  { what: 'a TensorFlow checkpoint list', advice: ELSEWHERE, matches: matching(/^model_checkpoint_path:/) },
  // Protocol buffers: the version as the first field, then a string or the graph.
  { what: 'a TensorFlow SavedModel', advice: ELSEWHERE, matches: has('080112') },
  {
    what: 'an ONNX model',
    advice: 'ONNX graphs are written and not read: pass the weights that it was made from',
    matches: (start) => start[0] === 8 && start[1]! >= 2 && start[1]! <= 32 && ONNX_FIELDS.includes(start[2]!),
  },
  { what: 'a NumPy array (.npy)', matches: has('934e554d5059') },
  { what: 'a Parquet file', matches: matching(/^PAR1/) },
  { what: 'an Arrow file', matches: matching(/^ARROW1/) },
  { what: 'an SQLite database', matches: matching(/^SQLite format 3\0/) },
  { what: 'a program', matches: (start, text) => has('7f454c46')(start, text) || /^MZ[\s\S]{58}/.test(text) },
  { what: 'a script', matches: matching(/^#!/) },
  { what: 'a JSON document', matches: matching(/^(?:\xef\xbb\xbf)?\s*[{[]\s*["{[\d\]}]/) },
  {
    what: 'a MessagePack file, as Flax writes',
    advice: ELSEWHERE,
    matches: matching(/^[\x81-\x8f\xde][\xa1-\xbf\xd9]/),
  },
];
