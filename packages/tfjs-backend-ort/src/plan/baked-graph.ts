import type { Contents, NumericValue } from '../ir/value.js';
import { type OnnxGraph, writeModel } from '../onnx/model.js';
import { type NativeTensor, Session, type SessionOptions } from '../runtime/binding.js';

/** A leaf as a graph input. */
export type Feed = (leaf: NumericValue) => NativeTensor;

/** What to run, and on which inputs. */
export interface GraphInUse {
  session: Session;
  feeds: Record<string, NativeTensor>;
}

/** What a graph is baked from. */
export interface BakedGraphArgs {
  graph: OnnxGraph;
  /** Values of inputs that are not leaves. */
  values: Readonly<Record<string, NativeTensor>>;
  /** The input of each leaf; null for one that is part of the graph. */
  feedNames: readonly (string | null)[];
  /** Positions of the leaves that become constants. */
  steady: readonly number[];
}

/**
 * A graph with its weights as constants, so that a call passes only what changes: each input that a call passes takes two
 * microseconds. Results have the same bits, because onnxruntime neither folds the constants nor packs them here.
 */
export class BakedGraph {
  private constructor(
    private readonly session: Session,
    /** What the leaves held that became constants, by position. */
    private readonly held: ReadonlyMap<number, Contents>,
    /** Names of the inputs that are still passed, by position of their leaf. */
    private readonly passed: ReadonlyMap<number, string>,
    readonly bytes: number,
  ) {}

  /** @returns null if the constants would take more than a number of bytes */
  static bake(
    { graph, values, feedNames, steady }: BakedGraphArgs,
    leaves: readonly NumericValue[],
    feed: Feed,
    options: SessionOptions,
    mostBytes: number,
  ): BakedGraph | null {
    const read = new Set(graph.inputs.map(({ name }) => name));
    const isRead = (i: number) => feedNames[i] !== null && read.has(feedNames[i]!);
    const held = new Map(steady.filter(isRead).map((i) => [i, leaves[i]!.contents]));
    const constants = { ...values };
    for (const i of held.keys()) constants[feedNames[i]!] = feed(leaves[i]!);
    const initializers = Object.entries(constants).map(([name, { data }]) => {
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      const info = graph.inputs.find((input) => input.name === name)!;
      return { ...info, dims: info.dims as number[], data: new Uint8Array(buffer, byteOffset, byteLength) };
    });
    const bytes = initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (bytes > mostBytes) return null;
    const baked = {
      ...graph,
      initializers: [...graph.initializers, ...initializers],
      inputs: graph.inputs.filter(({ name }) => constants[name] === undefined),
    };
    const rest = [...leaves.keys()].filter((i) => isRead(i) && !held.has(i));
    const passed = new Map(rest.map((i) => [i, feedNames[i]!]));
    return new BakedGraph(new Session(writeModel(baked), { ...options, prepack: false }), held, passed, bytes);
  }

  /** Whether the leaves still hold the constants. */
  fits(leaves: readonly NumericValue[]): boolean {
    return [...this.held].every(([i, contents]) => leaves[i]!.contents === contents);
  }

  use(leaves: readonly NumericValue[], feed: Feed): GraphInUse {
    return { session: this.session, feeds: Object.fromEntries([...this.passed].map(([i, name]) => [name, feed(leaves[i]!)])) }; // prettier-ignore
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  dispose(): void {
    this.session.dispose();
  }
}
