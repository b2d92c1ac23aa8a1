import type { Method, MethodNeed } from '@onestep/diffusion-core';
import type { EngineName } from '../engine/engine-name.js';
import type { Call } from '../rpc/messages.js';

/** How a distillation stands. */
export interface ToyProgress {
  iteration: number;
  iterationsPerSecond: number;
  /** The method's measure of how far it is, averaged over the iterations since the last report; null before the first. */
  measure: number | null;
  /** How much the teacher corrects the student's points, as a share of its correction at the start. */
  signal: number;
  /** Points of the student, [n, 2], always from the same noise. */
  points: Float32Array;
  /** The share of them that lies within two standard deviations of a mode; of the teacher's own it is 86 %. */
  hits: number;
}

/** What the page says of a method. The methods themselves, and the tensor library with them, stay in the worker. */
export interface ToyMethodCard extends Pick<Method, 'title' | 'about' | 'progress'> {
  /** Name in addresses. */
  name: string;
  /** What the student learns from besides the teacher. */
  needs: readonly MethodNeed[];
}

/** What the worker of the second page does. */
export interface ToyCalls {
  /** Starts an engine, and says in one line which. */
  start: Call<EngineName, string>;
  /** The methods to choose from. */
  methods: Call<null, ToyMethodCard[]>;
  /** Begins anew with a method, from the address of the network that student and score network are copies of. */
  begin: Call<{ method: string; network: string }, ToyProgress>;
  /** Goes on until it is stopped or `iterations` more are done. */
  run: Call<{ iterations?: number }, ToyProgress, ToyProgress>;
}
