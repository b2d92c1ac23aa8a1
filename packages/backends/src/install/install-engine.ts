import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type EngineRecord,
  enginesFolder,
  PREPARED_ENGINES,
  type PreparedEngine,
  readEngineRecord,
} from '@onestep/tfjs-backend-ort/engine-folder';
import { BackendError } from '../backend-error.js';
import { hasNvidiaDriver } from '../node/nvidia-driver.js';
import { folderBytes, makeWritableFolder, requireSpace } from './disk.js';
import type { InstallOptions } from './install-options.js';
import { installPackages } from './npm-packages.js';
import { ortCudaRecipe } from './ort-cuda-recipe.js';
import { wheelPlatform } from './platform.js';
import { probeEngine, type Probe } from './probe.js';
import { findPythonTensorflow } from './python-tensorflow.js';
import type { Recipe } from './recipe.js';
import { prepareInPlace } from './staging.js';
import { tensorflowRecipe } from './tensorflow-recipe.js';
import { together } from './together.js';
import { findCompiler, findNpm, type Tool } from './tools.js';
import { formatBytes, timed } from './units.js';
import { unpackWheel } from './unpack-wheel.js';
import { chooseWheels, type ChosenWheel, diskBytes, downloadBytes, fetchWheel, removeDownloads } from './wheels.js';

/** A prepared engine. */
export interface InstalledEngine {
  folder: string;
  record: EngineRecord;
  /** Whether it starts on this machine. */
  probe: Probe;
  /** Whether it had been ready before. */
  wasReady: boolean;
}

/** Bytes of the npm packages. */
const PACKAGES_BYTES = 350e6;

/**
 * Prepares an engine that npm cannot install, in a folder of its own: `tensorflow` (TensorFlow's libraries from PyPI, and tfjs-node's
 * binding compiled for them) or `ort-cuda` (ONNX Runtime's CUDA provider). The engine is tried before it takes its place. Python is not needed.
 *
 * @throws BackendError, before any work if the platform, the compiler, npm, the network, the folder or the disk is not fit; then, if
 *   a file is damaged or the engine does not start. Nothing half-made is left: only partial downloads, which the next call completes
 */
export async function installEngine(engine: PreparedEngine, options: InstallOptions = {}): Promise<InstalledEngine> {
  if (!PREPARED_ENGINES.includes(engine)) {
    throw new BackendError(`'${engine}' is not prepared by this command: choose ${PREPARED_ENGINES.join(' or ')}.`);
  }
  const { report, signal, force = false, tensorflow: existing, wheels: given = [] } = options;
  const cuda = options.cuda === true || engine === 'ort-cuda';
  const platform = wheelPlatform(engine, cuda);
  const recipe = engine === 'ort-cuda' ? ortCudaRecipe() : tensorflowRecipe(cuda, platform, existing);
  const engines = resolve(options.folder ?? enginesFolder());
  const folder = join(engines, engine);

  const before = readEngineRecord(folder);
  if (before !== null && !force && (before.cuda || !cuda) && isCurrent(before, recipe)) {
    const probe = await probeIn(engines, engine, signal);
    requireStart(engine, probe, `What is in ${folder} does not work any more; --force installs it again.`);
    return { folder, record: before, probe, wasReady: true };
  }

  const npm = await findNpm();
  const compiler = recipe.compiles ? await findCompiler() : null;
  await makeWritableFolder(engines);
  report?.progress('Reading the package index');
  const wheels = await chooseWheels(recipe.wheels, given, platform, signal);
  const bytes = downloadBytes(wheels);
  const needed = diskBytes(wheels) + PACKAGES_BYTES;
  const free = await requireSpace(engines, needed);
  const tools = [compiler, npm].flatMap((tool) => tool?.version ?? []).join('; ');
  report?.step(`Checked: ${platform.description}; ${tools}; ${engines} has ${formatBytes(free)} free`);
  if (bytes > 0)
    report?.step(`To download: ${formatBytes(bytes)}; while it works it needs about ${formatBytes(needed)}`);
  const python = engine === 'tensorflow' && existing === undefined ? findPythonTensorflow() : null;
  if (python !== null)
    report?.step(`Python has a TensorFlow in ${python}; --tensorflow ${python} would use it instead`);

  const downloads = join(engines, 'downloads');
  let result: InstalledEngine | undefined;
  await prepareInPlace(engines, engine, async (staging) => {
    const [files] = await together(signal, [
      (signal) => unpackWheels(wheels, staging, downloads, recipe, { report, signal }),
      (signal) => addPackages(staging, recipe, { report, signal }),
    ]);
    const preload = await recipe.build({ folder: staging, platform, compiler, report, signal });
    const record = newRecord(engine, cuda, recipe, wheels, files, compiler, preload);
    await writeFile(join(staging, 'engine.json'), `${JSON.stringify(record, null, 2)}\n`);
    report?.progress('Starting it');
    const { value: probe, seconds } = await timed(() => probeIn(join(staging, '..'), engine, signal));
    requireStart(engine, probe, 'What was prepared does not work, and was not kept.');
    // A problem may name files, which are in another place now.
    const moved = probe.starts ? probe : { ...probe, problem: probe.problem.replaceAll(staging, folder) };
    if (probe.starts) {
      report?.step(`Tried in a new process: a product and the gradient of a convolution are right (${seconds})`);
    }
    result = { folder, record, probe: moved, wasReady: false };
  });
  await removeDownloads(downloads);
  report?.step(`Ready: ${folder}, ${formatBytes(await folderBytes(folder))}`);
  return result!;
}

/** Whether an engine was prepared with the versions of npm packages that this version of onestep uses. */
function isCurrent({ versions }: EngineRecord, { packages }: Recipe): boolean {
  return Object.entries(packages).every(([name, version]) => versions[name] === version);
}

async function addPackages(staging: string, recipe: Recipe, { report, signal }: InstallOptions): Promise<void> {
  const { packages, overrides } = recipe;
  const { seconds } = await timed(() => installPackages(staging, packages, overrides, signal));
  report?.step(`Installed ${versionList(packages)} with npm, without install scripts: ${seconds}`);
}

async function unpackWheels(
  wheels: readonly ChosenWheel[],
  staging: string,
  downloads: string,
  recipe: Recipe,
  { report, signal }: InstallOptions,
): Promise<EngineRecord['wheels']> {
  const files: EngineRecord['wheels'] = [];
  for (const wheel of wheels) {
    const { path, file, sha256 } = await fetchWheel(wheel, downloads, report, signal);
    report?.progress(`Unpacking ${file}`);
    const { value, seconds } = await timed(() => unpackWheel(path, staging, recipe.wanted, signal));
    report?.step(`Unpacked ${value.files} of its files: ${formatBytes(value.bytes)} in ${seconds}`);
    files.push({ file, sha256 });
  }
  return files;
}

function newRecord(
  engine: PreparedEngine,
  cuda: boolean,
  recipe: Recipe,
  wheels: readonly ChosenWheel[],
  files: EngineRecord['wheels'],
  compiler: Tool | null,
  preload: string[],
): EngineRecord {
  const versions = {
    ...recipe.packages,
    ...Object.fromEntries(wheels.map((w) => [w.needed.projects.at(-1)!, w.version])),
  };
  return {
    engine,
    cuda,
    versions,
    wheels: files,
    compiler: compiler?.version ?? null,
    preload,
    date: new Date().toISOString(),
  };
}

function versionList(packages: Record<string, string>): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

/** Starts an engine that lies in a folder of engines. TensorFlow says all that it has to say, for the case that it crashes. */
function probeIn(engines: string, engine: PreparedEngine, signal?: AbortSignal): Promise<Probe> {
  return probeEngine(engine, { signal, environment: { ONESTEP_ENGINES: engines, TF_CPP_MIN_LOG_LEVEL: '0' } });
}

/** Without an NVIDIA GPU, ONNX Runtime's CUDA provider does not start; it may be prepared for another machine. */
function requireStart(engine: PreparedEngine, probe: Probe, problem: string): void {
  if (probe.starts || (engine === 'ort-cuda' && !hasNvidiaDriver())) return;
  throw new BackendError(`${problem} ${probe.problem}`);
}
