import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from './bitmap-font.js';

/** An 8-bit grayscale or RGB picture to draw images and text on. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [height, width, channels] */
  readonly data: Uint8Array;

  constructor(width: number, height: number, channels: number, background = 255) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.data = new Uint8Array(width * height * channels).fill(background);
  }

  /** Draws an image [size, size, channels], enlarged `scale` times (nearest neighbor), with its corner at (left, top). */
  drawImage(image: Uint8Array, size: number, left: number, top: number, scale = 1): void {
    const { channels, width, data } = this;
    for (let y = 0; y < size * scale; y++) {
      for (let x = 0; x < size * scale; x++) {
        const from = (Math.floor(y / scale) * size + Math.floor(x / scale)) * channels;
        const to = ((top + y) * width + left + x) * channels;
        for (let c = 0; c < channels; c++) data[to + c] = image[from + c]!;
      }
    }
  }

  /** Draws one line of text, enlarged `scale` times. Characters without a glyph leave a gap. */
  drawText(text: string, left: number, top: number, scale = 1, shade = 40): void {
    [...text].forEach((character, position) => {
      const offset = left + position * (GLYPH_WIDTH + 1) * scale;
      glyphRows(character).forEach((bits, row) => {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (((bits >> (GLYPH_WIDTH - 1 - column)) & 1) === 1) {
            this.fillSquare(offset + column * scale, top + row * scale, scale, shade);
          }
        }
      });
    });
  }

  private fillSquare(left: number, top: number, size: number, shade: number): void {
    for (let y = top; y < Math.min(top + size, this.height); y++) {
      for (let x = left; x < Math.min(left + size, this.width); x++) {
        this.data.fill(shade, (y * this.width + x) * this.channels, (y * this.width + x + 1) * this.channels);
      }
    }
  }
}

/** Returns the width of a line of text, in pixels. */
export function textWidth(text: string, scale = 1): number {
  return text.length * (GLYPH_WIDTH + 1) * scale;
}

/** Returns the height of a line of text, in pixels. */
export function textHeight(scale = 1): number {
  return GLYPH_HEIGHT * scale;
}
