/** Depth of lists and objects in each other. Files that programs write have less than ten. */
const MAX_DEPTH = 200;

/**
 * Parses JSON from outside, with or without a byte order mark. Depth costs far more memory than it takes in the file, so it
 * is bounded.
 *
 * @throws SyntaxError if the text is not JSON, or nested more than 200 deep
 */
export function parseJson(text: string): unknown {
  let [depth, inString] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) inString = !inString;
    else if (inString) i += code === BACKSLASH ? 1 : 0;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`lists and objects are nested more than ${MAX_DEPTH} deep`);
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
}

const BYTE_ORDER_MARK = '\uFEFF';
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
