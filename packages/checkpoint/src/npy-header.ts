/** The first bytes of an array of `numpy.save`. */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** No header of an array of numbers is longer. */
export const MAX_NPY_HEADER = 1 << 16;

const HEADER = /^\{'descr': '([^']{1,9})', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/;

/** What the header of an array says. */
export interface NpyHeader {
  /** The elements' type, such as `|u1` or `<i8`. */
  descr: string;
  /** Whether the first axis is the one whose elements stand side by side, and there are others. */
  fortranOrder: boolean;
  shape: number[];
}

/**
 * Reads the text of a header (`numpy.lib.format`, versions 1 to 3). Nothing in it is evaluated.
 *
 * @returns null if it is none of an array of numbers
 */
export function parseNpyHeader(text: string): NpyHeader | null {
  const header = HEADER.exec(text);
  if (header === null) return null;
  const [, descr, fortranOrder, sizes] = header as unknown as [string, string, string, string];
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  return { descr, fortranOrder: fortranOrder === 'True' && shape.length > 1, shape };
}
