import type { OpenedNetwork } from 'onestep';
import {
  guidanceRangeOf,
  hasClasses,
  hasOwnLatents,
  isDenoiser,
  isExternal,
  isMultiStep,
  isSynthesisGenerator,
  nameClasses,
  RenoisingGenerator,
  type Generator,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import type { NetworkCard, Synthesis } from './calls.js';

/**
 * Describes what the page has to know of a network.
 *
 * @param generator that it is; null for a diffusion model
 */
export function describeNetwork(opened: OpenedNetwork, generator: Generator | null): NetworkCard {
  const { network, record } = opened;
  const { imgResolution: size, imgChannels: channels, labelDim, labels } = network;
  const isStudent = generator !== null;
  const guidanceRange = isStudent ? guidanceRangeOf(generator) : null;
  return {
    role: isStudent ? 'generator' : 'teacher',
    isRoleAssumed: opened.role === null,
    name: opened.name,
    parameters: network.module.parameterCount(),
    size,
    channels,
    labelDim,
    classNames: hasClasses(network) ? nameClasses(labelDim, opened.classNames) : [],
    areClassesAssumed: labelDim > 0 && labels === undefined,
    exampleLabel: labels?.rows?.[0],
    ...describeCaptions(labels),
    ownLatents: isStudent && hasOwnLatents(generator),
    severalSteps: isStudent && isMultiStep(generator),
    // A file that does not state the method says nothing about it.
    isTrainedForOneStep: generator instanceof RenoisingGenerator && record?.method !== undefined,
    ...(isStudent && isSynthesisGenerator(generator) && { synthesis: synthesisOf(generator.settings) }),
    ...(guidanceRange !== null && { guidanceRange }),
    ...(typeof record?.guidance === 'number' && { trainedGuidance: record.guidance }),
    canBeGuided: isDenoiser(network) && (network.labelDropout ?? 0) > 0,
  };
}

/** A text encoder that is not part of the file makes label vectors like any others for the page, which does not have it. */
function describeCaptions(labels: TrainingLabels | undefined): Pick<NetworkCard, 'captions' | 'textEncoder'> {
  if (labels?.kind !== 'captions') return {};
  const encoder = labels.encoder!;
  return isExternal(encoder)
    ? { textEncoder: encoder.name }
    : { captions: { encoder, examples: labels.captions ?? [] } };
}

function synthesisOf(settings: Readonly<Record<string, unknown>>): Synthesis {
  const { psi, noise } = settings.generator as Synthesis;
  return { psi, noise };
}
