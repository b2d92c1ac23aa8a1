import { EIGHT_GAUSSIANS } from '@onestep/diffusion-core/toy';
import { calm } from '../page/calm.js';
import { SharpCanvas } from '../page/sharp-canvas.js';

/** The shown square reaches so far from the origin in each direction. */
const EXTENT = 1.25;
/** What remains of the way to a point's new place after a frame. */
const REMAINING = 0.8;

/** The student's points over the teacher's Gaussians. Points move to their new places, unless the reader wants no motion. */
export class Scatter {
  private readonly surface: SharpCanvas;
  private target = new Float32Array(0);
  private shown = new Float32Array(0);
  private frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.surface = new SharpCanvas(canvas, (context, width, height) => this.draw(context, width, height));
  }

  /** @param points [n, 2] */
  moveTo(points: Float32Array): void {
    this.target = Float32Array.from(points);
    if (calm.matches || this.shown.length !== points.length) {
      this.shown = Float32Array.from(points);
      this.surface.redraw();
    } else if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => this.advance());
    }
  }

  private advance(): void {
    let far = 0;
    this.shown = this.shown.map((value, i) => {
      const left = this.target[i]! - value;
      far = Math.max(far, Math.abs(left));
      return this.target[i]! - left * REMAINING;
    });
    this.surface.redraw();
    this.frame = far > 1e-3 ? requestAnimationFrame(() => this.advance()) : 0;
  }

  private draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    const scale = Math.min(width, height) / (2 * EXTENT);
    const x = (value: number) => width / 2 + value * scale;
    const y = (value: number) => height / 2 - value * scale;
    for (const [deviations, color] of [
      [2, '--mode-outer'],
      [1, '--mode-inner'],
    ] as const) {
      context.fillStyle = this.surface.color(color);
      for (const [mx, my] of EIGHT_GAUSSIANS.means) {
        context.beginPath();
        context.arc(x(mx), y(my), deviations * EIGHT_GAUSSIANS.std * scale, 0, 2 * Math.PI);
        context.fill();
      }
    }
    context.fillStyle = this.surface.color('--accent');
    context.globalAlpha = 0.75;
    for (let i = 0; i < this.shown.length; i += 2) {
      context.beginPath();
      context.arc(x(this.shown[i]!), y(this.shown[i + 1]!), 1.8, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }
}
