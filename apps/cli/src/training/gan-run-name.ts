import { theCommunicator } from '../processes/communicator.js';
import { isStartName } from './gan-start.js';
import type { GanTrainOptions } from './gan-train-options.js';

/** The name of a run's folder: what was chosen, as published. */
export function formatRunName(options: GanTrainOptions, dataName: string): string {
  const { cond, subset, mirror, cfg, gamma, kimg, batch, lr, aug, p, target, augpipe, resumePkl, freezed } = options;
  const numbers = { gamma, kimg, batch, lr, p, target };
  return [
    dataName,
    ...(cond ? ['cond'] : []),
    ...(subset === undefined ? [] : [`subset${subset}`]),
    ...(mirror ? ['mirror'] : []),
    cfg === 'auto' ? `auto${theCommunicator().size}` : cfg,
    ...(aug === undefined ? [] : [aug]),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}${value}`])),
    ...(augpipe === undefined ? [] : [augpipe]),
    ...(resumePkl === undefined ? [] : [`resume${isStartName(resumePkl) ? resumePkl : 'custom'}`]),
    ...(freezed > 0 ? [`freezed${freezed}`] : []),
  ].join('-');
}
