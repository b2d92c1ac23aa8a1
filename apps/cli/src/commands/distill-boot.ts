import { BootDistillation, DISTANCES, SOLVERS, type DistanceName, type Guidance, type SolverName } from '@onestep/boot';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addDistillOptions, commonOptions, type DistillOptions } from '../distill/distill-options.js';
import { runDistillation } from '../distill/run-distillation.js';
import { number, numberList } from '../options/parsers.js';

interface BootCommandOptions extends DistillOptions {
  initSigma: number;
  delta: number;
  deltaEnd?: number;
  deltaKimg: number;
  solver: SolverName;
  tMin: number;
  tMax: number;
  beta: number;
  weightClip: number;
  distance: DistanceName;
  guidance?: Guidance;
  glr: number;
  gBeta1: number;
}

/** A number, or two with a comma between them. */
function guidance(text: string): Guidance {
  const scales = numberList(text);
  if (scales.length === 1) return scales[0]!;
  if (scales.length === 2) return [scales[0]!, scales[1]!];
  throw new InvalidArgumentError('It has to be one scale, such as 2, or a range of them, such as 1,4.');
}

/** `onestep distill boot`. There is no published script: the names of the options are ours, in the style of the others. */
export function distillBootCommand(): Command {
  const command = new Command('boot').description('BOOT, data-free distillation with bootstrapping (Gu et al. 2023)');
  const time = number({ min: 0, max: 1 });
  addDistillOptions(command, { duration: 200, tick: 50, snap: 50, dump: 200, batch: 512 })
    .option('--init-sigma <sigma>', "noise level of the generator's input", number({ above: 0 }), 2.5)
    .option('--delta <t>', 'step of the bootstrap, as a share of the time', number({ above: 0, max: 1 }), 0.05)
    .option('--delta-end <t>', 'step in the end (default: the same)', number({ above: 0, max: 1 }))
    .option('--delta-kimg <kimg>', 'how long it takes from --delta to --delta-end', number({ min: 0 }), 0)
    .addOption(
      new Option(
        '--solver <name>',
        'how a step is computed: of first order, or with a second evaluation of the teacher',
      )
        .choices(Object.keys(SOLVERS))
        .default('heun'),
    )
    .option('--t-min <t>', 'where the bootstrap ends: 0 is the least noise', time, 0)
    .option('--t-max <t>', 'where it begins: 1 is the most noise', time, 1)
    .option('--beta <weight>', 'weight of the boundary loss', number({ min: 0 }), 0.1)
    .option('--weight-clip <weight>', 'largest weight of the bootstrap loss', number({ min: 1 }), 25)
    .addOption(
      new Option('--distance <name>', 'how the student is compared with its target')
        .choices(Object.keys(DISTANCES))
        .default('l2'),
    )
    .option('--guidance <w>', 'scale of classifier-free guidance, or a range such as 1,4 (default: none)', guidance)
    .option('--glr <rate>', 'learning rate of the generator', number({ above: 0 }), 1e-4)
    .option('--g-beta1 <n>', "Adam's beta1", number({ min: 0, max: 0.9999 }), 0.9);
  return command.action(() =>
    runDistillation<BootCommandOptions>(command, {
      name: 'boot',
      shown: { 'G_Loss/bootstrap': 'loss', Boundary_residual: 'boundary' },
      withoutEffect: { dropout: 'the student learns without dropout', augment: 'there is no score network' },
      takesGuidance: true,
      warning: ({ guidance }, { settings }) =>
        guidance === undefined || settings.model.labelDropout > 0
          ? undefined
          : '--guidance compares with images without a label, which this teacher never saw: it was trained without label dropout.',
      createTask: ({ teacher, generator, guidanceLabels, options }) => {
        const { initSigma, delta, deltaKimg, solver, tMin, tMax, beta, weightClip, distance, glr, gBeta1 } = options;
        const own = { initSigma, delta, deltaKimg, solver, tMin, tMax, beta, weightClip, distance, glr, gBeta1 };
        const { deltaEnd = null, guidance = null } = options;
        const student = generator?.network;
        return new BootDistillation({
          teacher,
          student,
          guidanceLabels,
          options: { ...commonOptions(options), ...own, deltaEnd, guidance },
        });
      },
      describe: ({ glr, delta, solver, beta, initSigma, batch, guidance }) =>
        `glr${glr}-delta${delta}-${solver}-beta${beta}-initsigma${initSigma}-batch${batch}` +
        `${guidance === undefined ? '' : `-guidance${[guidance].flat().join('to')}`}-fp32`,
    }),
  );
}
