import { describeGenerator, describeUnstatedRole } from '@onestep/diffusion-core';

/** Entries of files that the published training of diffusion models writes next to the network. */
const OF_A_DIFFUSION_MODEL = ['loss_fn', 'augment_pipe', 'dataset_kwargs', 'optimizer_state'];
/** Noise level of the students of SiD, where neither the file nor the command line says another one. */
const SID_INIT_SIGMA = 2.5;
/** The published command of Diff-Instruct. */
const DIFF_INSTRUCT_INIT_SIGMA = 1;

/** The wrapper class of ECT, and its defaults: the noise level at which its networks are the identity, and that of the noise. */
const CONSISTENCY_CLASS = 'ECMPrecond';
const BOUNDARY = 0.003;
const ECT_INIT_SIGMA = 80;

/**
 * Describes a network of ECT as the one-step generator that it is outside of training.
 *
 * @param args constructor arguments of the network, by name
 * @returns null for a network of another class
 */
export function describeConsistencyRole(
  settings: Readonly<Record<string, unknown>>,
  className: string,
  args: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  if (className !== CONSISTENCY_CLASS) return null;
  const boundary = typeof args.sigma_min === 'number' ? args.sigma_min : BOUNDARY;
  return describeGenerator(settings, { initSigma: ECT_INIT_SIGMA, method: 'ect', boundary });
}

/**
 * Adds to the settings of a published network what the entries next to it say about its role. `init_sigma` makes it a one-step
 * generator. So do the fake score networks of Diff-Instruct (`Sg`) and SiD (`fake_score`, `G`), whose noise level is that of the
 * published commands. A loss, an augmentation, a data set or an optimizer make it a diffusion model. A dict of `ema` alone, as
 * SiD writes its students, and a module without a dict say nothing.
 *
 * @param settings of the network
 * @param entries of the file, without those that are None; null if the file is a module and not a dict
 */
export function describePublishedRole(
  settings: Readonly<Record<string, unknown>>,
  entries: Readonly<Record<string, unknown>> | null,
): Record<string, unknown> {
  if (entries === null) return describeUnstatedRole(settings);
  const has = (name: string) => Object.hasOwn(entries, name);
  if (typeof entries.init_sigma === 'number') return describeGenerator(settings, { initSigma: entries.init_sigma });
  if (has('Sg')) return describeGenerator(settings, { initSigma: DIFF_INSTRUCT_INIT_SIGMA, method: 'diff-instruct' });
  if (has('fake_score') || has('G') || has('G_ema')) {
    return describeGenerator(settings, { initSigma: SID_INIT_SIGMA, method: 'sid' });
  }
  if (OF_A_DIFFUSION_MODEL.some(has)) return { ...settings };
  return describeUnstatedRole(settings, { usualInitSigma: SID_INIT_SIGMA });
}
