/**
 * The time of a training step that N processes share, from the work, the exchange and the link. main.ts measures points of it;
 * docs/scale-out.md compares them, and computes larger settings.
 */

/** A training step. */
export interface Work {
  /** Images in a batch, of all processes. */
  batch: number;
  /** Multiplications for one image: 3 a forward pass of a training step, 11 of an iteration of SiD. */
  multiplications: number;
  /** Bytes of the gradients of one exchange. */
  bytes: number;
  /** Exchanges in a step: 2 in an iteration of SiD. */
  exchanges: number;
}

/** What a step runs on. */
export interface Machine {
  /** Multiplications that a process computes in a second. */
  rate: number;
  /** Seconds of each process that do not depend on the batch: random numbers, the update of the weights. */
  fixed: number;
  /** Bytes that a process copies in a second, to bring gradients to and from the array that is summed. */
  copy: number;
  /** Bytes that a link carries in a second. */
  bandwidth: number;
  /** Seconds of a message. */
  latency: number;
}

/** Seconds of a step, in parts. */
export interface StepTime {
  compute: number;
  exchange: number;
}

/** @param processes number of the processes; with one there is no exchange */
export function stepTime(
  { batch, multiplications, bytes, exchanges }: Work,
  machine: Machine,
  processes: number,
): StepTime {
  const { rate, fixed, copy, bandwidth, latency } = machine;
  const compute = (batch / processes) * (multiplications / rate) + fixed;
  if (processes === 1) return { compute, exchange: 0 };
  // A ring passes 2 (N - 1) / N of the array over each link, in 2 (N - 1) messages (Patarasuk & Yuan 2009).
  const ring = ((2 * (processes - 1)) / processes) * (bytes / bandwidth) + 2 * (processes - 1) * latency;
  return { compute, exchange: exchanges * (ring + (2 * bytes) / copy) };
}

/** The share of a step that is not computing. */
export function exchangeShare({ compute, exchange }: StepTime): number {
  return exchange / (compute + exchange);
}

/** Images a second of N processes, as a share of N times those of one. */
export function efficiency(work: Work, machine: Machine, processes: number): number {
  const total = ({ compute, exchange }: StepTime) => compute + exchange;
  return total(stepTime(work, machine, 1)) / (processes * total(stepTime(work, machine, processes)));
}
