/** Pixels of a picture, [height, width, channels], 8 bits each: gray or RGB. */
export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

/**
 * How a terminal shows pictures: by the protocol of kitty, by sixels, or by characters of two pixels each, in 24-bit color or in the
 * 256 colors of a terminal.
 */
export type PictureProtocol = 'kitty' | 'sixel' | 'blocks' | 'blocks-256';

/** Most characters of base64 in a command of the protocol. */
const CHUNK = 4096;

/**
 * What a terminal can show, by what it says of itself.
 *
 * @param colorBits of its colors (`getColorDepth`), which is 1 where no colors are wanted
 * @returns `none` where it has too few colors
 */
export function pictureProtocol(colorBits: number, env: NodeJS.ProcessEnv = process.env): PictureProtocol | 'none' {
  const blocks = colorBits >= 24 ? 'blocks' : colorBits >= 8 ? 'blocks-256' : 'none';
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, TMUX } = env;
  // Multiplexers do not pass pictures on.
  if (TMUX || /^(screen|tmux)/.test(TERM)) return blocks;
  if (KITTY_WINDOW_ID || /kitty|ghostty/.test(TERM) || /^(WezTerm|ghostty)$/.test(TERM_PROGRAM)) return 'kitty';
  return /^(foot|mlterm|contour|yaft)/.test(TERM) || TERM_PROGRAM === 'iTerm.app' ? 'sixel' : blocks;
}

/**
 * A PNG in the graphics protocol of kitty, also of WezTerm and Ghostty: at the cursor, `columns` wide and `lines` high.
 * @see https://sw.kovidgoyal.net/kitty/graphics-protocol/
 */
export function kittyPicture(png: Uint8Array, columns: number, lines: number): string {
  const text = Buffer.from(png).toString('base64');
  const chunks = text.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  return chunks
    .map((chunk, i) => {
      const start = i === 0 ? `a=T,f=100,q=2,C=1,c=${columns},r=${lines},` : '';
      return `\x1b_G${start}m=${i === chunks.length - 1 ? 0 : 1};${chunk}\x1b\\`;
    })
    .join('');
}

/**
 * A picture of half blocks: each character shows two pixels, one above the other. It is made smaller to fit, by means of the pixels
 * under each.
 *
 * @param color24 whether in 24-bit color; else in 256 colors
 * @returns lines, each of which ends with a reset of the colors
 */
export function halfBlocks(pixels: Pixels, columns: number, lines: number, color24: boolean): string[] {
  const { width, height, data } = scaledColors(
    pixels,
    Math.max(1, pixels.width / columns, pixels.height / (2 * lines)),
  );
  const color = (x: number, y: number) => {
    const rgb = data.subarray((y * width + x) * 3, (y * width + x + 1) * 3);
    return color24 ? `2;${rgb.join(';')}` : `5;${paletteIndex(rgb)}`;
  };
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (__, x) => {
      const below = 2 * line + 1 < height ? `\x1b[48;${color(x, 2 * line + 1)}m` : '\x1b[49m';
      return `\x1b[38;${color(x, 2 * line)}m${below}▀`;
    });
    return `${cells.join('')}\x1b[0m`;
  });
}

/** A color in the palette of 256: of the 24 grays from 232 where it is gray, else of the cube of 6 x 6 x 6 colors from 16. */
function paletteIndex(rgb: Uint8Array): number {
  const [red, green, blue] = Array.from(rgb, (value) => Math.round((value / 255) * 5)) as [number, number, number];
  const isGray = Math.max(...rgb) - Math.min(...rgb) < 8;
  if (isGray && rgb[0]! >= 4 && rgb[0]! < 243) return 232 + Math.min(23, Math.max(0, Math.round((rgb[0]! - 8) / 10)));
  return 16 + 36 * red + 6 * green + blue;
}

/** A picture in RGB, `scale` times smaller, by means of the pixels under each. @param scale at least 1 */
export function scaledColors(pixels: Pixels, scale: number): Pixels {
  const width = Math.max(1, Math.floor(pixels.width / scale));
  const height = Math.max(1, Math.floor(pixels.height / scale));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(meanColor(pixels, x * scale, y * scale, scale), (y * width + x) * 3);
  }
  return { width, height, channels: 3, data };
}

/** The mean color of a square of pixels, as RGB. */
function meanColor({ width, height, channels, data }: Pixels, left: number, top: number, size: number): number[] {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = Math.floor(top); y < Math.min(height, Math.max(top + 1, top + size)); y++) {
    for (let x = Math.floor(left); x < Math.min(width, Math.max(left + 1, left + size)); x++) {
      for (let c = 0; c < 3; c++) sums[c]! += data[(y * width + x) * channels + (channels < 3 ? 0 : c)]!;
      count++;
    }
  }
  return sums.map((sum) => Math.round(sum / count));
}
