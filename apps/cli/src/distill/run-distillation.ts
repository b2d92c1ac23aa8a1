import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createBatchSource, datasetCaptions, type BatchSource } from '@onestep/datasets';
import {
  agree,
  guidanceTag,
  needsOf,
  settleTrainingLabels,
  type ClassProbabilities,
  type DistillationMethod,
  type DenoiserNetwork,
  type Method,
  type MethodNeed,
} from '@onestep/diffusion-core';
import { PAIR_INDEX, type BestSnapshotRule } from '@onestep/diffusion-core/node';
import { parseMetric } from '@onestep/metrics';
import { PICTURES } from 'onestep';
import { startEngine } from '../engine.js';
import { NotMeasurable } from '../evaluation/detector.js';
import { metricsHook, statisticOf } from '../evaluation/metrics-hook.js';
import { digestOf } from '../files/digest-of.js';
import { loadTeacher } from '../networks/load-network.js';
import { networkPath } from '../networks/network-source.js';
import { checkCaptionsKnown, readPromptFile } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import { theCommunicator } from '../processes/communicator.js';
import { agreeOnRun } from '../processes/agree-on-run.js';
import { assertAlive } from '../training/dead-run.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { checkGuidanceNetwork } from '../options/guidance-options.js';
import { flagName, nameFlags, readMethodOptions } from '../options/method-options.js';
import { findTeacher, identifyFiles, type FileDigests, type FileOptions } from '../training/run-files.js';
import { resumesWhatIsThere, settleOptions } from '../training/run-options.js';
import { SampleGrids, studentGrid } from '../training/sample-grids.js';
import { SignalMeter } from '../training/signal-meter.js';
import { train } from '../training/train.js';
import { describeMirrored } from '../training/training-data.js';
import { UserError } from '../user-error.js';
import { assumedLabels } from '../networks/label-choice.js';
import { checkLabelNeed, checkRealLabels } from '../evaluation/data-labels.js';
import type { DistillOptions } from './distill-options.js';
import { withoutAdversary } from './adversarial-options.js';
import { augmentation, openReals } from './ingredients.js';
import { generatorKind } from './generator-kind.js';
import { foreseeDistillation } from './foresee-distillation.js';
import { checkMethodOfRun, recordedCommand, runsOf } from './method-of-run.js';
import { checkPerceptual, openPairSources } from './open-pairs.js';
import { checkStudent } from './check-student.js';
import { guidedTeacher } from './guided-teacher.js';
import { labelPrior } from './label-prior.js';
import { openTeacher } from './open-teacher.js';
import { assertSameTeacher } from './same-teacher.js';
import { openTransferred } from './transferred.js';
import { withoutEffect } from './without-effect.js';
import { writeNote } from '../terminal/output-mode.js';

/**
 * Everything between a method and its trained generator: `onestep distill NAME`.
 *
 * @param methodFile path of the method's file, if it does not come with the program
 */
export async function runDistillation(command: Command, method: Method, methodFile?: string): Promise<void> {
  const { resume, outdir } = command.opts<DistillOptions>();
  const typedTransfer = command.getOptionValueSource('transfer') === 'cli';
  if (typedTransfer && resume !== undefined && !resumesWhatIsThere({ resume, outdir })) {
    throw new UserError('--transfer and --resume exclude each other: a resumed run has a generator of its own.', 2);
  }
  const given = await settleOptions<DistillOptions>(command, runsOf(method, methodFile));
  await checkMethodOfRun(given, method, methodFile);
  const { options: settled, notes: adversary } = withoutAdversary(given, method);
  // Before files are looked for, which may be downloaded.
  const methodOptions = settleMethodOptions(method, settled);
  const needs = needsOf(method, methodOptions);
  checkNeeds(method, needs, { ...settled, methodOptions });
  checkStudent(command, method, methodOptions, settled);
  checkPerceptual(settled, methodOptions);
  checkGuidanceNetwork(settled, methodOptions.guidance);
  const typed = (name: string) => command.getOptionValueSource(name) === 'cli';
  const { options, digests } = await identifyFiles(settled, filesOf(settled), typed);
  const keepSnapshots = bestSnapshotRule(options);
  const prompts = options.prompts === undefined ? null : await readPromptFile(options.prompts);
  await agreeOnRun(options, { ...digests, ...(methodFile && { method: await digestOf(methodFile) }) });
  await startEngine(options.backend);
  const notes = [...withoutEffect(command, options, method), ...adversary];
  const teacher = await openTeacher(options);
  // They may be in a file next to the weights.
  await agree(theCommunicator(), { 'network settings': teacher.settings });
  await assertSameTeacher(options.folder, teacher.settings);
  const dataset = await openReals(options, teacher);
  let batches: BatchSource | undefined;
  let task: DistillationMethod | undefined;
  let weaker: DenoiserNetwork | undefined;
  try {
    const inData = dataset?.hasCaptions ? datasetCaptions(dataset) : [];
    const negative = methodOptions.negativePrompt as string | null | undefined;
    await supplyText(teacher, options, [...(prompts ?? []), ...inData, negative]);
    const augmented = augmentation(options, teacher);
    if (augmented.note !== undefined && method.ignores?.augment === undefined) notes.push(augmented.note);
    const {
      generator,
      initSigma,
      note: kept,
    } = await openTransferred(options, method, methodOptions, {
      teacher,
      isTyped: typed('initSigma'),
      isThere: 'command_line.transfer' in digests,
      isStated: typed('initSigma') || (options.resume !== undefined && !options.unrecorded.includes('initSigma')),
    });
    // Recorded, since the run may be resumed without the file.
    if (initSigma !== undefined) {
      Object.assign(options, { initSigma: initSigma ?? undefined });
      methodOptions.initSigma = initSigma ?? undefined;
    }
    if (kept !== undefined) notes.push(kept);
    const { notes: pairNotes, ...pairs } = await openPairSources(options, methodOptions, teacher, typed);
    notes.push(...pairNotes);
    checkLabelNeed(method, needs, teacher);
    if (dataset !== null) checkRealLabels(method, needs, dataset, teacher);
    if (dataset !== null && needs.includes('images')) notes.push(...describeMirrored(dataset));
    if (dataset !== null && needs.includes('images')) {
      batches = createBatchSource(dataset, { batchSize: methodOptions.batch as number, seed: options.seed });
    }
    if (options.guidanceNetwork !== undefined) weaker = await loadTeacher(options.guidanceNetwork);
    const warning = method.warn?.(methodOptions, teacher, weaker);
    if (warning !== undefined) notes.push(warning);
    const prior = labelPrior(method, { teacher, dataset, prompts, pairs: pairs.pairs?.labels });
    notes.push(...prior.notes);
    const { labels } = prior;
    const classProbabilities = methodOptions.classProbabilities as ClassProbabilities | null | undefined;
    const drawnFrom = withFlagNames(method, 1, () => settleTrainingLabels(teacher, { labels, classProbabilities }));
    checkCaptionsKnown(teacher, drawnFrom, '--prompts FILE, with one prompt per line, or --data ZIP with captions');
    if (drawnFrom === undefined) notes.push(...assumedLabels(teacher));
    const foreseen = await foreseeDistillation(method, { options, methodOptions, teacher, weaker, generator });
    notes.push(...foreseen.notes);
    const { batchGpu } = foreseen;
    if (batchGpu !== undefined) options.batchGpu = methodOptions.batchGpu = batchGpu;
    const { augmentation: transforms } = augmented;
    const communicator = theCommunicator();
    task = withFlagNames(method, 1, () =>
      method.create({
        ...{ teacher, weaker, generator, labels, augmentation: transforms, data: batches, options: methodOptions },
        ...pairs,
        communicator,
      }),
    );
    await assertAlive(task, [options.transfer, options.edmModel].filter((name) => name !== undefined).join(' or '));
    const { dataStat: statistics, data, detector, resize, encoder, refMadeBy } = options;
    const basis = { statistics, data, detector, resize, encoder, refMadeBy, communicator };
    const metrics = await metricsHook(options.metrics, task.generator, basis, drawnFrom).catch((error: unknown) => {
      if (!(error instanceof NotMeasurable)) throw error;
      // Metrics of a preset were not asked for, and a training without data goes on without them.
      const isOptional = options.metricsOptional || command.getOptionValueSource('metrics') === 'config';
      if (!isOptional || keepSnapshots !== undefined) throw cannotMeasure(error, keepSnapshots !== undefined);
      notes.push(`--metrics has no effect: ${error.message}`);
      return undefined;
    });
    for (const note of notes) writeNote(note);
    const recorded = { command: recordedCommand(method), options, ...(await withFiles(digests, teacher, methodFile)) };
    if (options.dryRun) {
      console.log(JSON.stringify(recordedOptions(recorded), null, 2));
      return;
    }
    // The folder is claimed last: a mistake in an option must not leave a run behind.
    const condition = teacher.labelDim > 0 ? 'cond' : 'uncond';
    const ownTag = initSigma === null ? undefined : method.tag?.(methodOptions, options.fp16 ? 'fp16' : 'fp32');
    const tag = ownTag ?? `${initSigma === null ? `${generatorKind(generator!)}-` : ''}batch${task.batchSize}`;
    const run = await openRun({
      ...recorded,
      name: `${method.name}-${condition}-${tag}${guidanceTag(methodOptions)}`,
      task,
    });
    for (const note of notes) await run.log(note);
    const grids =
      options.pictures && communicator.rank === 0
        ? new SampleGrids(run.path, studentGrid(task.generator, drawnFrom))
        : null;
    const rates = ['lr', 'glr'].flatMap((flag) =>
      typeof methodOptions[flag] === 'number' ? [{ flag, value: methodOptions[flag] }] : [],
    );
    await train({
      command: recorded.command,
      task,
      run,
      options,
      rates,
      shown: method.shown,
      grids,
      signal: new SignalMeter(
        guidedTeacher(teacher, methodOptions, weaker),
        task.generator,
        typeof batchGpu === 'number' ? batchGpu : task.batchSize,
        drawnFrom,
      ),
      keepSnapshots,
      alsoSnapshotAt: method.snapshotTicks,
      begin: async (imagesSeen) => {
        if (imagesSeen > 0) return;
        await grids?.writeInitial();
        if (dataset !== null) await grids?.writeReals(dataset);
      },
      measure: async (report, signal) => metrics?.(report, signal),
    });
  } finally {
    task?.dispose();
    teacher.module.dispose();
    weaker?.module.dispose();
    batches?.close();
    dataset?.close();
  }
}

/** The options that name files. Without metrics, those of metrics are not read. */
function filesOf({ metrics, transfer }: DistillOptions): FileOptions<DistillOptions> {
  const measured: FileOptions<DistillOptions> =
    metrics.length === 0
      ? {}
      : { dataStat: { flag: '--data-stat', find: networkPath }, detector: { flag: '--detector' } };
  return {
    edmModel: { flag: '--edm-model', find: findTeacher },
    guidanceNetwork: { flag: '--guidance-network', find: findTeacher },
    ...(transfer === PICTURES ? {} : { transfer: { flag: '--transfer', find: networkPath, onlyAtStart: true } }),
    data: { flag: '--data' },
    prompts: { flag: '--prompts' },
    textEncoder: { flag: '--text-encoder' },
    pairs: { flag: '--pairs', index: PAIR_INDEX },
    regressionPairs: { flag: '--regression-pairs', index: PAIR_INDEX },
    lpips: { flag: '--lpips', find: networkPath },
    vgg16: { flag: '--vgg16', find: networkPath },
    ...measured,
  };
}

/** Adds what is recorded besides the options: the teacher's settings, which its file may not state, and the method's file. */
async function withFiles(digests: FileDigests, { settings }: DenoiserNetwork, path: string | undefined) {
  if (path === undefined) return { digests, details: () => ({ teacher: settings }) };
  const details = () => ({ teacher: settings, method: resolve(path) });
  return { digests: { ...digests, method: await digestOf(path) }, details };
}

/** What to do where the metrics that were asked for cannot be measured. */
function cannotMeasure(error: NotMeasurable, isNeeded: boolean): UserError {
  const without = isNeeded
    ? 'Or leave --save-best-and-last and --metrics out.'
    : 'Or train without: --metrics none. With --metrics-optional, a run begins anyway, and measures nothing.';
  return new UserError(`--metrics cannot be measured: ${error.message} ${without}`);
}

/** The method's options, complete. @throws UserError if one is not allowed */
function settleMethodOptions(method: Method, options: DistillOptions): Record<string, unknown> {
  const typed = readMethodOptions(method.options, { ...options }, isTrainedBefore(options));
  return withFlagNames(method, 2, () => method.settle({ ...typed, seed: options.seed }));
}

/** Whether the student was trained before: pictures begin as noise. */
function isTrainedBefore({ transfer }: DistillOptions): boolean {
  return transfer !== undefined && transfer !== PICTURES;
}

/** Runs `f`, whose errors about options name them as they are typed. */
function withFlagNames<T>(method: Method, exitCode: 1 | 2, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw error instanceof RangeError ? new UserError(nameFlags(error.message, method.options), exitCode) : error;
  }
}

/** @throws UserError if the method needs something that was not given */
function checkNeeds(
  method: Method,
  needs: readonly MethodNeed[],
  { data, pairs, methodOptions }: DistillOptions & { methodOptions: Readonly<Record<string, unknown>> },
): void {
  const { name } = method;
  if (needs.includes('images') && data === undefined) {
    const off = Object.entries(method.options).find(
      ([option]) =>
        methodOptions[option] === true && !needsOf(method, { ...methodOptions, [option]: false }).includes('images'),
    );
    const without = off === undefined ? '' : ` Or give ${flagName(...off)} 0 to learn without them.`;
    throw new UserError(`The method ${name} learns from real images too: give --data ZIP.${without}`, 2);
  }
  if (needs.includes('pairs') && pairs === undefined) {
    throw new UserError(
      `The method ${name} learns pairs of noise and images: make them with "onestep edm pairs", and give --pairs FOLDER.`,
      2,
    );
  }
}

/** @throws UserError if nothing is measured that could tell which snapshot is best */
function bestSnapshotRule({ saveBestAndLast, metrics }: DistillOptions): BestSnapshotRule | undefined {
  if (!saveBestAndLast) return undefined;
  const [first] = metrics;
  if (first === undefined) {
    throw new UserError('--save-best-and-last needs a metric to tell the best by: give --metrics fid50k_full.', 2);
  }
  const { affixes, better } = parseMetric(first).family;
  // Precision and recall have no number by the metric's own name.
  return { statistic: statisticOf(affixes[0] === 'pr' ? `${first}_precision` : first), best: better };
}
