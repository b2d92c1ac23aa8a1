import { broadcastJson, gatherJson, MicroBatches } from '@onestep/diffusion-core';
import { estimateSeconds, measureSpeed, type TrainingWork } from 'onestep';
import { availableMemory } from 'onestep/node';
import { theCommunicator } from '../processes/communicator.js';
import { formatBytes, formatSpan } from '../terminal/format.js';
import { adviseTraining, type TrainingAdvice } from './advise-training.js';

/** Multiplications from which a training may take weeks, so that its time is worth a measurement. */
const LONG = 3e16;
/** A training that would take longer than this, in seconds, gets a word about it. */
const TOO_LONG = 14 * 86_400;

/** What a training will take, and what to do about it. */
export interface Foresight extends Pick<TrainingAdvice, 'batchGpu'> {
  /** Lines for people: a choice or a warning about memory, a warning about time. */
  notes: string[];
}

/**
 * Estimates the memory and the time of a training before it starts.
 *
 * @param work the training, with the images at once that were asked for, if any; `totalKimg` is its length
 * @param options `smaller` is what to do where it takes too much; with `always`, memory and time are told in any case; with `isFixed`,
 *   the images at once are a part of the training, and stay as they are
 */
export async function foreseeTraining(
  work: TrainingWork & { batchGpu?: number; totalKimg: number },
  { smaller, always = false, isFixed = false }: { smaller: string; always?: boolean; isFixed?: boolean },
): Promise<Foresight> {
  const communicator = theCommunicator();
  // Several processes have to agree on the images at once: those that the first chooses.
  const { size } = new MicroBatches(work, communicator);
  const hosts = await gatherJson(communicator, communicator.host);
  const here = hosts.filter((host) => host === communicator.host).length;
  const share = communicator.size === 1 ? work : { ...work, batch: size };
  const advice = await broadcastJson(
    communicator,
    adviseTraining(share, smaller, isFixed ? 'fixed' : '--batch-gpu', here),
  );
  const { batchGpu, note, bytes } = advice;
  const notes = note === null ? [] : [note];
  const images = (work.totalKimg * 1000) / communicator.size;
  const isLong = work.network.multiplications * images > LONG;
  if (!always && !isLong) return { batchGpu, notes };
  const seconds = estimateSeconds({ ...work, images, speed: await measureSpeed() });
  const told = `about ${formatSpan(seconds)} for ${work.totalKimg} kimg on this machine, by a short measurement`;
  if (always) {
    const { available } = availableMemory();
    notes.push(`Memory: about ${formatBytes(bytes)} of ${formatBytes(available)}. Time: ${told}.`);
  } else if (seconds > TOO_LONG) notes.push(`Time: ${told}. ${smaller}`);
  return { batchGpu, notes };
}
