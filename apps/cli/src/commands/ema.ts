import { dirname } from 'node:path';
import { Command } from 'commander';
import { describeEma } from '@onestep/diffusion-core';
import { MAX_EMA_ERROR, reconstructEma, type ReconstructEmaArgs } from '@onestep/diffusion-core/node';
import { findRunSnapshot } from 'onestep/node';
import { number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

interface EmaCommandOptions {
  run: string[];
  at?: number;
  ema?: number;
  emaRamp?: number;
  emaRel?: number;
  emaMu?: number;
  out: string;
  overwrite?: boolean;
  maxError: number;
  json?: boolean;
}

/** `onestep ema` */
export function emaCommand(): Command {
  return new Command('ema')
    .description(
      'compute the weights that an EMA of another length would have had, from the snapshots of a run (post-hoc EMA, Karras et al. 2024)',
    )
    .requiredOption('--run <path...>', 'the folder of the run, or its snapshots of all lengths')
    .requiredOption('--out <file>', 'the network file to write (.safetensors)')
    .option('--at <kimg>', 'the moment, in thousands of images (default: the newest snapshot)', number({ min: 0 }))
    .option('--ema <mimg>', 'half-life, in million images', number({ min: 0 }))
    .option(
      '--ema-ramp <share>',
      'the half-life is at most this share of the images so far; 0: no bound (default: as in the run)',
      number({ min: 0 }),
    )
    .option('--ema-rel <sigma>', 'relative width of a power-function EMA', number({ above: 0, max: 0.28 }))
    .option('--ema-mu <decay>', 'decay in each step', number({ above: 0, below: 1 }))
    .option(
      '--max-error <share>',
      'largest error of the profile, relative to its norm; more is refused',
      number({ above: 0, max: 1 }),
      MAX_EMA_ERROR,
    )
    .option('--overwrite', 'replace the file if it exists')
    .option('--json', 'print JSON')
    .action(async ({ run, at, out, overwrite, maxError, json, ...length }: EmaCommandOptions) => {
      const wanted = readLength(length);
      if (!out.endsWith('.safetensors')) throw new UserError(`--out ${out} must end in .safetensors.`, 2);
      const sources = run.length === 1 ? [await findRun(run[0]!)] : run;
      const args = { sources, length: wanted, atKimg: at, dest: out, overwrite, maxError };
      const { parts, ...ema } = await reconstruct(args);
      if (json) return console.log(JSON.stringify({ path: out, ...ema, storedEmas: parts.length }, null, 2));
      const error = `${Number((100 * ema.reconstructed.error).toPrecision(2))} %`;
      const from = parts.length === 1 ? '1 stored EMA' : `${parts.length} stored EMAs`;
      console.log(
        `${out}: ${describeEma(ema.length)} at ${ema.images / 1000} kimg, from ${from}; its profile is off by ${error}.`,
      );
    });
}

/** @throws UserError unless exactly one length is given */
function readLength({
  ema,
  emaRamp,
  emaRel,
  emaMu,
}: Pick<EmaCommandOptions, 'ema' | 'emaRamp' | 'emaRel' | 'emaMu'>): ReconstructEmaArgs['length'] {
  const given = [ema, emaRel, emaMu].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UserError('Pass one length: --ema MIMG, --ema-rel SIGMA or --ema-mu DECAY.', 2);
  if (emaRamp !== undefined && ema === undefined) {
    throw new UserError('--ema-ramp bounds a half-life: pass it with --ema, or leave it out.', 2);
  }
  if (emaRel !== undefined) return { sigmaRel: emaRel };
  if (emaMu !== undefined) return { mu: emaMu };
  const halfLifeKimg = ema! * 1000;
  if (emaRamp === undefined) return { halfLifeKimg };
  return { halfLifeKimg, rampUpRatio: emaRamp === 0 ? null : emaRamp };
}

/** The folder of a run; `latest` is that of the newest. */
async function findRun(path: string): Promise<string> {
  if (!/(^|[\\/])latest$/.test(path)) return path;
  const snapshot = await findRunSnapshot(path);
  return snapshot === null ? path : dirname(snapshot.path);
}

/** @throws UserError if what is asked for cannot be had */
async function reconstruct(args: ReconstructEmaArgs) {
  try {
    return await reconstructEma(args);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message) : error;
  }
}
