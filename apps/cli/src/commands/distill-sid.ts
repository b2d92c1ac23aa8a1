import { Command } from 'commander';
import { SidDistillation } from '@onestep/sid';
import { startEngine } from '../engine.js';
import { metricsHook } from '../measuring/metrics-hook.js';
import { metricList } from '../measuring/metric-names.js';
import { loadTeacher } from '../networks/load-network.js';
import { boolean, integer, number } from '../options/parsers.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { addRunOptions, settleOptions, type RunOptions } from '../training/run-options.js';
import { train } from '../training/train.js';
import { UserError } from '../user-error.js';

interface SidCommandOptions extends RunOptions {
  edmModel?: string;
  cond?: boolean;
  alpha: number;
  tmax: number;
  initSigma: number;
  batch: number;
  batchGpu?: number;
  lr: number;
  glr: number;
  gBeta1: number;
  ls: number;
  lsg: number;
  ema: number;
  emaRamp: number;
  dropout?: number;
  metrics: string[];
  dataStat?: string;
}

/**
 * What the live line shows of SiD. Its losses oscillate around zero; the gap between the two scores and the distance to
 * what the teacher makes of the images tell how far it is.
 */
const SID_SHOWN = { Score_gap: 'gap', Teacher_distance: 'dist' };

/** `onestep distill sid`: options and defaults of the published sid_train.py. It needs a teacher and no data. */
export function distillSidCommand(): Command {
  const command = new Command('sid')
    .description('score identity distillation (Zhou et al. 2024)')
    .option('--edm-model <source>', 'the teacher, a diffusion model: a file, its URL, or the name of a published one')
    .option('--cond <bool>', 'must agree with the teacher (default: whatever the teacher is)', boolean)
    .option('--alpha <n>', 'weight of the subtracted naive loss; 1.2 published as best, 1.0 safer', number(), 1.2)
    .option('--tmax <n>', 'largest time scores are compared at, thousandths', number({ above: 0, max: 1000 }), 800)
    .option('--init-sigma <sigma>', "noise level of the generator's input", number({ above: 0 }), 2.5)
    .option('--batch <n>', 'images in a step', integer({ min: 1 }), 512)
    .option('--batch-gpu <n>', 'images at once; gradients of a batch are accumulated', integer({ min: 1 }))
    .option('--lr <rate>', 'learning rate of the fake score network', number({ above: 0 }), 1e-5)
    .option('--glr <rate>', 'learning rate of the generator', number({ above: 0 }), 1e-5)
    .option('--g-beta1 <n>', "Adam's beta1 of the generator", number({ min: 0, max: 0.9999 }), 0)
    .option('--ls <factor>', "scale of the fake score network's loss", number({ above: 0 }), 1)
    .option('--lsg <factor>', "scale of the generator's loss", number({ above: 0 }), 100)
    .option('--ema <mimg>', 'half-life of the averaged weights, million images', number({ min: 0 }), 0.5)
    .option(
      '--ema-ramp <share>',
      'the half-life is at most this share of the images so far',
      number({ above: 0 }),
      0.05,
    )
    .option('--dropout <rate>', "dropout rate (default: the teacher's)", number({ min: 0, max: 0.99 }))
    .option(
      '--metrics <list>',
      'measured at snapshots: fid50k_full, is50k, any count (fid2k_full), or none',
      metricList,
      [],
    )
    .option(
      '--data-stat <file>',
      'reference statistics for FID (default: Fashion-MNIST, which comes with the program)',
    );
  addRunOptions(command, { duration: 200, tick: 50, snap: 50, dump: 200 });
  return command.action(async () => {
    const options = await settleOptions<SidCommandOptions>(command);
    if (options.edmModel === undefined) throw new UserError('Say which model to distil: --edm-model FILE.', 2);
    await startEngine(options.backend);
    const teacher = await loadTeacher(options.edmModel, { dropout: options.dropout });
    checkCondition(options.cond, teacher.labelDim);
    const task = new SidDistillation({
      teacher,
      options: {
        batch: options.batch,
        batchGpu: options.batchGpu ?? options.batch,
        alpha: options.alpha,
        tmax: options.tmax,
        initSigma: options.initSigma,
        lr: options.lr,
        glr: options.glr,
        gBeta1: options.gBeta1,
        ls: options.ls,
        lsg: options.lsg,
        emaHalflifeKimg: options.ema * 1000,
        emaRampUpRatio: options.emaRamp,
        seed: options.seed,
      },
    });
    const measure = await metricsHook(options.metrics, task.generator, options.dataStat);
    if (options.dryRun) {
      console.log(JSON.stringify(recordedOptions({ command: 'distill sid', options }), null, 2));
      return;
    }
    const name = describeRun(options, teacher.labelDim);
    const run = await openRun({ command: 'distill sid', options, name, task });
    await train({ task, run, options, shown: SID_SHOWN, measure });
  });
}

function checkCondition(cond: boolean | undefined, labelDim: number): void {
  if (cond === undefined || cond === labelDim > 0) return;
  throw new UserError(
    labelDim > 0
      ? `The teacher is conditioned on ${labelDim} classes: leave --cond out, or give --cond 1.`
      : 'The teacher is unconditional: leave --cond out, or give --cond 0.',
    2,
  );
}

function describeRun(options: SidCommandOptions, labelDim: number): string {
  const { glr, lr, initSigma, alpha, batch, tmax } = options;
  return `sid-${labelDim > 0 ? 'cond' : 'uncond'}-glr${glr}-lr${lr}-initsigma${initSigma}-alpha${alpha}-batch${batch}-tmax${tmax}-fp32`;
}
