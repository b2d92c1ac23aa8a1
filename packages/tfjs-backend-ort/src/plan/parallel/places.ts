import { sizeOf } from '../../lower/lowered-tensor.js';
import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../onnx/model.js';
import type { ResultOf } from '../split-preparation.js';

/** Where a value is computed. */
export interface Place {
  stage: number;
  /** Null for what belongs to no part. */
  part: number | null;
}

/** Bytes of a value that pieces may pass to each other. */
export const bytesOf = ({ dims }: OnnxValueInfo) => 4 * sizeOf(dims as readonly number[]);

/**
 * Finds the place of each node of a graph.
 *
 * @param partOf the part of each input that belongs to one
 */
export function placeNodes(
  graph: OnnxGraph,
  partOf: ReadonlyMap<string, number>,
  resultOf: ResultOf,
): Map<OnnxNode, Place> {
  const places = placeEarly(graph, partOf);
  return withoutLonePart(placeLate(graph, places, latestStages(graph, places), resultOf));
}

/** Where only one part computes something in a stage, that belongs to no part: an update that reads a number of one part, say. */
function withoutLonePart(places: ReadonlyMap<OnnxNode, Place>): Map<OnnxNode, Place> {
  const parts = new Map<number, Set<number>>();
  for (const { stage, part } of places.values()) {
    if (part !== null) parts.set(stage, (parts.get(stage) ?? new Set()).add(part));
  }
  const isLone = ({ stage, part }: Place) => part !== null && parts.get(stage)!.size === 1;
  return new Map([...places].map(([node, place]) => [node, isLone(place) ? { ...place, part: null } : place]));
}

/** The first stage in which each node can be computed. */
function placeEarly(graph: OnnxGraph, partOf: ReadonlyMap<string, number>): Map<OnnxNode, Place> {
  const values = new Map<string, Place>();
  for (const { name } of graph.inputs) values.set(name, { stage: 0, part: partOf.get(name) ?? null });
  const places = new Map<OnnxNode, Place>();
  for (const node of graph.nodes) {
    const read = node.inputs.flatMap((name) => values.get(name) ?? []);
    const parts = new Set(read.flatMap(({ part }) => part ?? []));
    const joins = parts.size > 1;
    // Parts are computed after what belongs to none, in each stage.
    const stage = Math.max(0, ...read.map((place) => place.stage + (joins && place.part !== null ? 1 : 0)));
    const place = { stage, part: parts.size === 1 ? [...parts][0]! : null };
    places.set(node, place);
    for (const name of node.outputs) values.set(name, place);
  }
  return places;
}

/** The last stage in which each node can be computed. */
function latestStages(graph: OnnxGraph, places: ReadonlyMap<OnnxNode, Place>): Map<OnnxNode, number> {
  /** The stage before which, or in which, a value has to be there, for readers of a part and for others. */
  const needed = new Map<string, { byPart: number; byOthers: number }>();
  const latest = new Map<OnnxNode, number>();
  for (const node of [...graph.nodes].reverse()) {
    const { stage, part } = places.get(node)!;
    const readers = node.outputs.flatMap((name) => needed.get(name) ?? []);
    // Parts are computed after what belongs to none, in each stage.
    const own = Math.min(
      ...readers.map(({ byPart, byOthers }) => Math.min(byPart, byOthers - (part === null ? 0 : 1))),
    );
    const last = Number.isFinite(own) ? own : stage;
    latest.set(node, last);
    for (const name of node.inputs) {
      const { byPart = Infinity, byOthers = Infinity } = needed.get(name) ?? {};
      needed.set(
        name,
        part === null ? { byPart, byOthers: Math.min(byOthers, last) } : { byPart: Math.min(byPart, last), byOthers },
      );
    }
  }
  return latest;
}

/**
 * Nodes of no part as late as possible. Nodes of a part, too, where what they read is no larger than what they compute, so that
 * little is kept from one stage to the next: a forward pass is computed in the stage of its backward pass.
 */
function placeLate(
  graph: OnnxGraph,
  early: ReadonlyMap<OnnxNode, Place>,
  latest: ReadonlyMap<OnnxNode, number>,
  resultOf: ResultOf,
): Map<OnnxNode, Place> {
  const results = new Map(graph.outputs.map((output) => [output.name, bytesOf(output)]));
  /** The stages of what parts have computed so far, and the last stage that it passes to. */
  const stages = new Map<string, { made: number; passed: number }>();
  const places = new Map<OnnxNode, Place>();
  for (const node of graph.nodes) {
    const { stage: first, part } = early.get(node)!;
    const last = latest.get(node)!;
    if (part === null) {
      places.set(node, { stage: last, part });
      continue;
    }
    const read = [...new Set(node.inputs)].flatMap((name) => {
      const known = stages.get(name);
      return known === undefined ? [] : [{ name, known }];
    });
    const passing = read.filter(({ known }) => known.made < last && known.passed < last);
    const total = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + (results.get(name) ?? resultOf(name).bytes), 0);
    const isLate = total(passing.map(({ name }) => name)) <= total(node.outputs);
    const stage = isLate ? last : Math.max(first, ...read.map(({ known }) => known.made));
    for (const { known } of read) known.passed = Math.max(known.passed, stage);
    for (const name of node.outputs) stages.set(name, { made: stage, passed: stage });
    places.set(node, { stage, part });
  }
  return places;
}
