import { Canvas, textHeight, textWidth } from './canvas.js';

/** Images of one origin, in rows. All have the same size. */
export interface GridBlock {
  title: string;
  /** rows[r][i] is image i of row r, [size, size, channels]. */
  rows: Uint8Array[][];
}

/** Format of the images of a grid. */
export interface GridFormat {
  /** Height and width of each image, in pixels. */
  size: number;
  channels: number;
  /** Enlargement of each image. */
  scale: number;
}

const GAP = 2;
const BLOCK_GAP = 16;
const MARGIN = 10;
const TEXT_SCALE = 2;

/**
 * Draws blocks side by side. Row r of every block shows the same class, so that origins can be compared along a line.
 *
 * @param rowLabels one label per row, or an empty list
 */
export function drawComparisonGrid(
  blocks: readonly GridBlock[],
  rowLabels: readonly string[],
  format: GridFormat,
): Canvas {
  const cell = format.size * format.scale + GAP;
  const labelWidth =
    Math.max(0, ...rowLabels.map((label) => textWidth(label, TEXT_SCALE))) + (rowLabels.length > 0 ? MARGIN : 0);
  const header = blocks.some(({ title }) => title !== '') ? textHeight(TEXT_SCALE) + MARGIN : 0;
  const widths = blocks.map((block) => Math.max(block.rows[0]!.length * cell, textWidth(block.title, TEXT_SCALE)));
  const rowCount = Math.max(...blocks.map((block) => block.rows.length));
  const width = 2 * MARGIN + labelWidth + widths.reduce((a, b) => a + b, 0) + (blocks.length - 1) * BLOCK_GAP;
  const canvas = new Canvas(width, 2 * MARGIN + header + rowCount * cell, format.channels);
  rowLabels.forEach((label, row) => {
    const middle = MARGIN + header + row * cell + (cell - textHeight(TEXT_SCALE)) / 2;
    canvas.drawText(label, MARGIN, Math.round(middle), TEXT_SCALE);
  });
  let left = MARGIN + labelWidth;
  blocks.forEach((block, index) => {
    canvas.drawText(block.title, left, MARGIN, TEXT_SCALE);
    block.rows.forEach((row, r) =>
      row.forEach((image, i) =>
        canvas.drawImage(image, format.size, left + i * cell, MARGIN + header + r * cell, format.scale),
      ),
    );
    left += widths[index]! + BLOCK_GAP;
  });
  return canvas;
}
