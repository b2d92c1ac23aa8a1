import { EDM_PRECONDITIONING, edmPreconditioning, type EdmPreconditioningSettings } from './edm-preconditioning.js';
import { FLOW_PRECONDITIONING, flowPreconditioning, type FlowPreconditioningSettings } from './flow-preconditioning.js';
import {
  IDDPM_PRECONDITIONING,
  iddpmPreconditioning,
  type IddpmPreconditioningSettings,
} from './iddpm-preconditioning.js';
import type { Preconditioning } from './preconditioning.js';
import { VE_PRECONDITIONING, vePreconditioning, type VePreconditioningSettings } from './ve-preconditioning.js';
import { VP_PRECONDITIONING, vpPreconditioning, type VpPreconditioningSettings } from './vp-preconditioning.js';

/** The preconditioning of a network, with its constants. */
export type PreconditioningSettings =
  | EdmPreconditioningSettings
  | VpPreconditioningSettings
  | VePreconditioningSettings
  | IddpmPreconditioningSettings
  | FlowPreconditioningSettings;

/**
 * The published constants, by scheme.
 *
 * @internal
 */
export const PRECONDITIONING_DEFAULTS = {
  edm: EDM_PRECONDITIONING,
  vp: VP_PRECONDITIONING,
  ve: VE_PRECONDITIONING,
  iddpm: IDDPM_PRECONDITIONING,
  flow: FLOW_PRECONDITIONING,
} as const satisfies Record<PreconditioningSettings['scheme'], PreconditioningSettings>;

/** Creates the preconditioning that settings describe: a column of Table 1, Karras et al. 2022. */
export function createPreconditioning(settings: PreconditioningSettings): Preconditioning {
  switch (settings.scheme) {
    case 'edm':
      return edmPreconditioning(settings);
    case 'vp':
      return vpPreconditioning(settings);
    case 've':
      return vePreconditioning(settings);
    case 'iddpm':
      return iddpmPreconditioning(settings);
    case 'flow':
      return flowPreconditioning(settings);
  }
}
