import { nativeCall } from '../../native-calls/call-table.js';
import { type Handle, type OpenVino, openVino } from './library.js';

/** In which numbers a graph computes. */
export type Precision = 'float32' | 'bfloat16';

/** Float32 numbers in host memory, row-major. */
export interface HostArray {
  data: Float32Array;
  shape: readonly number[];
}

/** OpenVINO's number of the element type float32. */
const FLOAT32 = 4;
const HINT: Record<Precision, string> = { float32: 'f32', bfloat16: 'bf16' };

/** Frees what models held that nothing refers to any more. */
const registry = new FinalizationRegistry((free: () => void) => free());

/** An ONNX file that OpenVINO has compiled for the CPU. Inputs and results are float32, whatever the precision inside. */
export class OpenVinoModel {
  private readonly library: OpenVino;
  private readonly request: Handle;

  /**
   * @param model the bytes of the file, for fixed shapes
   * @throws Error if OpenVINO is not installed, or cannot compile the file
   */
  constructor(model: Uint8Array, { precision, threads }: { precision: Precision; threads: number }) {
    const library = (this.library = openVino());
    const { check, core, free } = library;
    const make = (doing: string, call: (result: [Handle | null]) => number): Handle => {
      const result: [Handle | null] = [null];
      check(
        nativeCall(() => call(result)),
        doing,
      );
      return result[0]!;
    };
    const read = make('read the graph', (result) => library.readModel(core, model, model.length, null, result));
    const settings = {
      INFERENCE_PRECISION_HINT: HINT[precision],
      INFERENCE_NUM_THREADS: String(threads),
      PERFORMANCE_HINT: 'LATENCY',
      // The process may share its processors with others.
      ENABLE_CPU_PINNING: 'NO',
    };
    const words = Object.entries(settings).flat();
    const compile = (result: [Handle | null]) =>
      library.compileModel(core, read, 'CPU', words.length, result, ...words);
    let compiled: Handle;
    try {
      compiled = make('compile the graph', compile);
    } finally {
      free.model(read);
    }
    const request = (this.request = make('prepare the graph', (result) => library.createRequest(compiled, result)));
    registry.register(this, () => {
      free.request(request);
      free.compiled(compiled);
    });
  }

  /** Runs the graph on all inputs and writes all results, by their names in the file, without copies. */
  run(inputs: Readonly<Record<string, HostArray>>, results: Readonly<Record<string, HostArray>>): void {
    const { check, free, infer, setTensor, wrapMemory } = this.library;
    const tensors: Handle[] = [];
    try {
      for (const [name, { data, shape }] of [...Object.entries(inputs), ...Object.entries(results)]) {
        const tensor: [Handle | null] = [null];
        const dims = { rank: shape.length, dims: BigInt64Array.from(shape, BigInt) };
        check(wrapMemory(FLOAT32, dims, data, tensor), `take ${name}`);
        tensors.push(tensor[0]!);
        check(setTensor(this.request, name, tensor[0]!), `take ${name}`);
      }
      check(
        nativeCall(() => infer(this.request)),
        'run the graph',
      );
    } finally {
      for (const tensor of tensors) free.tensor(tensor);
    }
  }
}
