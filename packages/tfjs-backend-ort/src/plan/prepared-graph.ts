import type { Contents, NumericValue } from '../ir/value.js';
import { type OnnxGraph, writeModel } from '../onnx/model.js';
import { type NativeTensor, Session, type SessionOptions } from '../runtime/binding.js';
import { BakedGraph, type Feed, type GraphInUse } from './baked-graph.js';
import { hideShapes } from './hide-shapes.js';
import { type ResultOf, splitPreparation } from './split-preparation.js';

/** Runs with the same leaves after which a graph is split: splitting costs a compilation. */
const RUNS = 64;
/** Most that prepared values may take, in bytes. */
const MOST_BYTES = 2 ** 28;
/** Most that the constants of a baked graph may take: a larger network computes for longer than its weights take to pass. */
const MOST_BAKED_BYTES = 2 ** 25;

/** What runs in place of a whole graph. */
interface Prepared {
  /** Positions of the leaves that the preparation reads. */
  constant: readonly number[];
  /** Those leaves, and what they held when they were prepared. */
  leaves: readonly NumericValue[];
  contents: readonly Contents[];
  preparation: Session;
  names: readonly string[];
  /** Null until they are computed for the first time. */
  values: Readonly<Record<string, NativeTensor>> | null;
  rest: Session;
  /** Inputs of `rest` that are leaves. */
  read: ReadonlySet<string>;
  bytes: number;
  /** The graph of `rest`. */
  graph: OnnxGraph;
  /** Positions of all leaves that stayed the same until the split. */
  steady: readonly number[];
  /** Runs on the same weights. */
  runs: number;
}

/**
 * A graph without updates that is run again and again on the same weights, as a sampler runs a network. After some runs, what
 * depends on leaves that stayed the same is computed once and kept: the blocking and transposing of weights takes a seventh
 * of the time of one picture. After the same number of further runs, the
 * weights of a small graph are baked into it. The results have the same bits.
 */
export class PreparedGraph {
  /** What each leaf has held since the first run; null for one that has changed, and for one that is part of the graph. */
  private unchanged: (Contents | null)[] | null = null;
  private runs = 0;
  private prepared: Prepared | null = null;
  private baked: BakedGraph | null = null;

  constructor(
    private graph: OnnxGraph | null,
    private resultOf: ResultOf | null,
    private readonly feedNames: readonly (string | null)[],
    private readonly options: SessionOptions,
  ) {}

  /** Bytes of the prepared values and the baked weights. */
  get bytes(): number {
    return this.baked?.bytes ?? this.prepared?.bytes ?? 0;
  }

  /**
   * Says what to run for some leaves.
   *
   * @returns the session with its inputs, or null for the whole graph
   */
  use(leaves: readonly NumericValue[], feed: Feed): GraphInUse | null {
    if (this.graph !== null) this.observe(leaves, this.graph);
    const { prepared } = this;
    if (prepared === null) return null;
    if (this.baked?.fits(leaves)) return this.baked.use(leaves, feed);
    const hasChanged = prepared.constant.some((i, k) => leaves[i]!.contents !== prepared.contents[k]);
    if (prepared.values === null || hasChanged) this.prepare(prepared, leaves, feed);
    const feeds: Record<string, NativeTensor> = { ...prepared.values };
    if (++prepared.runs === RUNS) this.bake(prepared, leaves, feed);
    this.feedNames.forEach((name, i) => {
      if (name !== null && prepared.read.has(name)) feeds[name] = feed(leaves[i]!);
    });
    return { session: prepared.rest, feeds };
  }

  /** Frees the prepared values of weights that are gone. */
  forgetDisposed(): void {
    if (this.prepared?.leaves.some(({ isDisposed }) => isDisposed)) this.dispose();
  }

  endProfiling(): void {
    this.prepared?.rest.endProfiling();
    this.baked?.endProfiling();
  }

  dispose(): void {
    this.prepared?.preparation.dispose();
    this.prepared?.rest.dispose();
    this.baked?.dispose();
    this.prepared = this.baked = null;
  }

  /** Finds the leaves that stay the same, and splits the graph by them. */
  private observe(leaves: readonly NumericValue[], graph: OnnxGraph): void {
    this.runs += 1;
    const held = leaves.map(({ contents }, i) => (this.feedNames[i] === null ? null : contents));
    this.unchanged = this.unchanged?.map((contents, i) => (contents === held[i] ? contents : null)) ?? held;
    if (this.runs < RUNS) return;
    const constant = this.unchanged.flatMap((contents, i) => (contents === null ? [] : [i]));
    const split = splitPreparation(graph, new Set(constant.map((i) => this.feedNames[i]!)), this.resultOf!);
    if (split !== null && split.bytes <= MOST_BYTES) {
      const { preparation, bytes } = split;
      const rest = hideShapes(split.rest);
      const needed = new Set(preparation.inputs.map(({ name }) => name));
      this.prepared = {
        constant: constant.filter((i) => needed.has(this.feedNames[i]!)),
        leaves: [],
        contents: [],
        preparation: new Session(writeModel(preparation), { ...this.options, profile: undefined }),
        names: preparation.outputs.map(({ name }) => name),
        values: null,
        rest: new Session(writeModel(rest), {
          ...this.options,
          profile: this.options.profile && `${this.options.profile}-prepared`,
        }),
        read: new Set(rest.inputs.map(({ name }) => name)),
        bytes,
        graph: rest,
        steady: constant,
        runs: 0,
      };
    }
    this.unchanged = this.graph = this.resultOf = null;
  }

  private prepare(prepared: Prepared, leaves: readonly NumericValue[], feed: Feed): void {
    const { constant, preparation, names } = prepared;
    const feeds = Object.fromEntries(constant.map((i) => [this.feedNames[i]!, feed(leaves[i]!)]));
    const results = preparation.compute(feeds, names);
    prepared.values = Object.fromEntries(names.map((name, i) => [name, results[i]!]));
    prepared.leaves = constant.map((i) => leaves[i]!);
    prepared.contents = prepared.leaves.map(({ contents }) => contents);
    prepared.runs = 0;
    this.baked?.dispose();
    this.baked = null;
  }

  private bake(prepared: Prepared, leaves: readonly NumericValue[], feed: Feed): void {
    const { graph, values, steady } = prepared;
    const args = { graph, values: values!, feedNames: this.feedNames, steady };
    this.baked = BakedGraph.bake(args, leaves, feed, this.options, MOST_BAKED_BYTES);
    if (this.baked !== null) prepared.values = null;
  }
}
