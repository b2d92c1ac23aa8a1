/** Width of a glyph in pixels. */
export const GLYPH_WIDTH = 5;
/** Height of a glyph in pixels. */
export const GLYPH_HEIGHT = 7;

// Seven rows of five bits, two hexadecimal digits per row. Enough to label a picture without a font library.
// prettier-ignore
const GLYPHS: Record<string, string> = {
  A: '0e11111f111111', B: '1e11111e11111e', C: '0e11101010110e', D: '1e11111111111e', E: '1f10101e10101f',
  F: '1f10101e101010', G: '0e11101711110f', H: '1111111f111111', I: '0e04040404040e', J: '0702020202120c',
  K: '11121418141211', L: '1010101010101f', M: '111b1515111111', N: '11111915131111', O: '0e11111111110e',
  P: '1e11111e101010', Q: '0e11111115120d', R: '1e11111e141211', S: '0f10100e01011e', T: '1f040404040404',
  U: '1111111111110e', V: '11111111110a04', W: '1111111515150a', X: '11110a040a1111', Y: '11110a04040404',
  Z: '1f01020408101f', 0: '0e11131519110e', 1: '040c040404040e', 2: '0e11010204081f', 3: '1f02040201110e',
  4: '02060a121f0202', 5: '1f101e0101110e', 6: '0608101e11110e', 7: '1f010204080808', 8: '0e11110e11110e',
  9: '0e11110f01020c', '-': '0000001f000000', '.': '00000000000c0c', ',': '000000000c0408', ':': '000c0c000c0c00',
  '/': '00010204081000', '(': '02040808080402', ')': '08040202020408', '=': '00001f001f0000', '+': '0004041f040400',
  '%': '18190204081303', _: '0000000000001f', "'": '04040800000000', '&': '0c12140c15120d', '!': '04040404040004',
};

/** Whether a character can be drawn. */
export function hasGlyph(character: string): boolean {
  return character === ' ' || GLYPHS[character.toUpperCase()] !== undefined;
}

/** Returns the rows of a character's glyph from top to bottom; the leftmost pixel is the highest of five bits. */
export function glyphRows(character: string): number[] {
  const hex = GLYPHS[character.toUpperCase()];
  if (hex === undefined) return [];
  return Array.from({ length: GLYPH_HEIGHT }, (_, row) => Number.parseInt(hex.slice(2 * row, 2 * row + 2), 16));
}
