/**
 * Decodes text as editors and shells write it: UTF-8, with or without a byte order mark, or UTF-16 with one.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // The decoder removes the mark.
  return new TextDecoder(encoding).decode(bytes);
}

/**
 * The form of a name by which files and lists of labels are compared: slashes between folders, no `./` at the
 * beginning, accents composed (NFC; some systems store names decomposed).
 */
export function normalizeName(name: string): string {
  return name
    .replaceAll('\\', '/')
    .replace(/^(\.?\/)+/, '')
    .normalize('NFC');
}
