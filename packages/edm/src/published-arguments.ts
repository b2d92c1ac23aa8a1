import type { PythonValue } from '@onestep/checkpoint';
import { PythonFloat } from '@onestep/checkpoint';
import type { NetworkSettings } from './network-settings.js';
import { classOfScheme, publishedName } from './published-settings.js';

/** Settings that are integers in the published code; other numbers are floats. */
const INTEGER = /^(model|num|channelMult|augmentDim|timesteps|attn|resample)/;

/**
 * The published class of a network, and the constructor arguments that it is built with there: the inverse of
 * {@link settingsFromPublished}.
 */
export function publishedArguments(settings: NetworkSettings): {
  className: string;
  kwargs: Map<string, PythonValue>;
} {
  const { scheme, ...constants } = settings.preconditioning;
  const { modelType, ...model } = settings.model;
  const others = Object.entries({ ...constants, ...model }).map(([name, value]): [string, PythonValue] => [
    publishedName(name),
    toPython(name, value as number | string | number[]),
  ]);
  return {
    className: classOfScheme(scheme),
    kwargs: new Map<string, PythonValue>([
      ['img_resolution', settings.imgResolution],
      ['img_channels', settings.imgChannels],
      ['label_dim', settings.labelDim],
      ['use_fp16', settings.useFp16 ?? false],
      ['model_type', modelType],
      ...others,
    ]),
  };
}

function toPython(name: string, value: number | string | number[]): PythonValue {
  if (Array.isArray(value)) return [...value];
  return typeof value === 'number' && Number.isInteger(value) && !INTEGER.test(name) ? new PythonFloat(value) : value;
}
