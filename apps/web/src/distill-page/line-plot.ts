import { SharpCanvas } from '../page/sharp-canvas.js';

const MARGIN = { left: 54, right: 8, top: 8, bottom: 22 } as const;
/** More points than this are thinned out, so that a long run stays quick to draw. */
const MOST_POINTS = 2000;

/** A positive quantity against iterations, on a logarithmic axis. */
export class LinePlot {
  private readonly surface: SharpCanvas;
  private points: { x: number; y: number }[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.surface = new SharpCanvas(canvas, (context, width, height) => this.draw(context, width, height));
  }

  clear(): void {
    this.points = [];
    this.surface.redraw();
  }

  /** Adds a point, which is seen when the plot is drawn again. */
  add(x: number, y: number): void {
    if (!(y > 0)) return;
    this.points.push({ x, y });
    if (this.points.length > MOST_POINTS) this.points = this.points.filter((_, i) => i % 2 === 1);
  }

  redraw(): void {
    this.surface.redraw();
  }

  private draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    const values = this.points.map(({ y }) => y);
    const [low, high] = values.length > 0 ? decades(Math.min(...values), Math.max(...values)) : [-2, 0];
    const lastX = Math.max(100, this.points.at(-1)?.x ?? 0);
    const x = (value: number) => MARGIN.left + (value / lastX) * (width - MARGIN.left - MARGIN.right);
    const y = (log: number) => MARGIN.top + ((high - log) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
    context.font = `12px ${getComputedStyle(this.surface.canvas).fontFamily}`;
    context.fillStyle = this.surface.color('--quiet');
    context.strokeStyle = this.surface.color('--line');
    context.lineWidth = 1;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (let log = low; log <= high; log++) {
      const at = Math.round(y(log)) + 0.5;
      line(context, [MARGIN.left, at], [width - MARGIN.right, at]);
      context.fillText(String(Number((10 ** log).toPrecision(1))), MARGIN.left - 8, at);
    }
    context.textBaseline = 'alphabetic';
    for (const share of [0, 0.5, 1]) {
      context.textAlign = share === 0 ? 'left' : share === 1 ? 'right' : 'center';
      context.fillText(String(Math.round(share * lastX)), x(share * lastX), height - 5);
    }
    context.strokeStyle = this.surface.color('--accent');
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.beginPath();
    this.points.forEach((point) => context.lineTo(x(point.x), y(Math.log10(point.y))));
    context.stroke();
  }
}

/** The powers of ten around a range, at least one apart. */
function decades(low: number, high: number): [number, number] {
  const [below, above] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return [below, Math.max(above, below + 1)];
}

function line(context: CanvasRenderingContext2D, from: [number, number], to: [number, number]): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
