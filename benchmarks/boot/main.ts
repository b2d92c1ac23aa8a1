/**
 * Measures what the reviewers of BOOT and the readers of SiD ask: trains short runs of many settings over several seeds, on
 * Fashion-MNIST with the shipped teacher and on points in the plane, one after the other. It goes on where it was stopped.
 *
 *   npm run bench:boot -- --data fashion-mnist-32x32.zip [--only delta,alpha] [--seeds 0,1,2]
 *   npm run bench:boot -- --report          writes results/boot.json and the figures of what is there so far
 */
import { loadavg } from 'node:os';
import { ANALYSES, runAnalysis, type AnalysisName } from './analyses.js';
import { readCell, runCell } from './cells.js';
import { planCells } from './experiments.js';
import { ImageProblem } from './image-problem.js';
import { PlaneProblem } from './plane-problem.js';
import type { Problem } from './problem.js';
import { writeReport } from './report.js';
import { readSettings } from './settings.js';

const settings = readSettings();
let failures = 0;

if (!settings.report) {
  const isAnalysis = (name: string): name is AnalysisName => Object.hasOwn(ANALYSES, name);
  const trainings = settings.only?.filter((name) => !isAnalysis(name)) ?? null;
  const analyses = (settings.only ?? Object.keys(ANALYSES)).filter(isAnalysis);
  const open = new Map<string, Problem>();
  for (const { variant, seed } of planCells(trainings, settings.seeds)) {
    if (readCell(variant, seed, settings) !== null) continue;
    if (!open.has(variant.on)) open.set(variant.on, await openProblem(variant.on));
    const started = performance.now();
    try {
      const { curve, secondsPerKimg } = await runCell(variant, seed, settings, open.get(variant.on)!);
      const [name, value] = Object.entries(curve.at(-1)!)[1]!;
      const took = `${((performance.now() - started) / 1000).toFixed(0)} s, load ${loadavg()[0]!.toFixed(1)}`;
      console.log(
        `${variant.name}, seed ${seed}: ${name} ${value.toPrecision(3)}; ${secondsPerKimg.toFixed(1)} s/kimg (${took})`,
      );
    } catch (error) {
      failures += 1;
      console.error(`${variant.name}, seed ${seed}: ${(error as Error).stack}`);
    }
  }
  const images = async () => {
    const problem = (open.get('images') ?? (await openProblem('images'))) as ImageProblem;
    open.set('images', problem);
    return problem;
  };
  for (const name of analyses) {
    await runAnalysis(name, { settings, seeds: settings.seeds, images }, (line) => console.log(line));
  }
}
if (settings.report) await writeReport(settings);
process.exitCode = failures === 0 ? 0 : 1;

async function openProblem(on: 'images' | 'plane'): Promise<Problem> {
  if (on === 'plane') return PlaneProblem.open();
  if (settings.data === undefined) throw new Error('Precision and recall compare with real images: give --data ZIP.');
  return ImageProblem.open(settings.data, settings);
}
