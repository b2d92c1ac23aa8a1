/** A canvas drawn at the screen's resolution, whose drawing is repeated when its size or the colors of the page change. */
export class SharpCanvas {
  private readonly context: CanvasRenderingContext2D;

  /** @param draw draws everything; the context's unit is a CSS pixel */
  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
  ) {
    this.context = canvas.getContext('2d')!;
    new ResizeObserver(() => this.redraw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
  }

  redraw(): void {
    const { canvas, context } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.draw(context, width, height);
  }

  /** A color of the page's style sheet, as it is now. */
  color(name: string): string {
    return getComputedStyle(this.canvas).getPropertyValue(name).trim();
  }
}
