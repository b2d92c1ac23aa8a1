import type { OnnxInitializer, OnnxNode } from '../onnx/model.js';

/** Name of the batch axis in files. */
export const BATCH = 'batch';

/** A length in a shape: a known number, or a multiple of the batch size. */
export type Length = number | { batches: number };

/** Builds the nodes that compute shapes from the batch size. Each shape is computed once. */
export class ShapeArithmetic {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxInitializer>();
  private readonly known = new Map<string, string>();

  /** @param input a graph input whose first axis is the batch */
  constructor(private readonly input: string) {}

  /**
   * Emits an int64 vector and returns its name.
   *
   * @param canInfer whether the operator (Reshape) infers one unknown length by itself
   */
  vector(lengths: readonly Length[], canInfer: boolean): string {
    if (canInfer && lengths.filter((length) => typeof length !== 'number').length === 1 && !lengths.includes(0)) {
      return this.constant(lengths.map((length) => (typeof length === 'number' ? length : -1)));
    }
    return this.once(`vector ${JSON.stringify(lengths)}`, (name) => {
      const parts: string[] = [];
      let run: number[] = [];
      const endRun = () => {
        if (run.length > 0) parts.push(this.constant(run));
        run = [];
      };
      for (const length of lengths) {
        if (typeof length === 'number') run.push(length);
        else {
          endRun();
          parts.push(this.multiple(length.batches));
        }
      }
      endRun();
      this.emit('Concat', parts, name, { axis: 0 });
    });
  }

  private multiple(batches: number): string {
    const one = this.once('batch', (name) => this.emit('Shape', [this.input], name, { start: 0, end: 1 }));
    if (batches === 1) return one;
    return this.once(`batch * ${batches}`, (name) => this.emit('Mul', [one, this.constant([batches])], name));
  }

  private constant(values: readonly number[]): string {
    return this.once(`constant ${values.join()}`, (name) => {
      const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      this.constants.set(name, { name, type: 'int64', dims: [values.length], data });
    });
  }

  private once(key: string, make: (name: string) => void): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = `s${this.known.size}`;
    this.known.set(key, name);
    make(name);
    return name;
  }

  private emit(op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): void {
    this.nodes.push({ op, domain: '', inputs, outputs: [output], attributes, label: 'shape' });
  }
}
