import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { programArguments } from '../../../test-support/program.js';
import { runCli } from './support/cli.js';
import { TinyTrainings } from './support/tiny-trainings.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of ranks that fail or differ are skipped: ${missing}.`);
const program = await programArguments('apps/cli/src/main.ts');
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The error lines of this program, without those of the launcher. */
const errorsOf = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('error:'));

describe.skipIf(missing !== null)('a rank that fails ends the job, by name', () => {
  let trainings: TinyTrainings;
  beforeAll(async () => void (trainings = await TinyTrainings.create()));
  afterAll(() => rm(trainings.folder, { recursive: true }));

  /** Starts two ranks, one of which runs some code first. */
  const withFault = (name: string, rank: number, code: string) => {
    const load = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
    return runJob(
      'Open MPI',
      trainings.onTwoRanks(name).map((args, i) => (i === rank ? [...load, ...args] : args)),
    );
  };
  const limit = (option: string) => `execFileSync('prlimit', ['--pid', String(process.pid), ${option}]);`;

  it('where the disk is full', async () => {
    const imports = `import { execFileSync } from 'node:child_process';`;
    const { code, stderr, stdout } = await withFault('full', 0, `${imports} ${limit("'--fsize=100000'")}`);
    expect(code).toBe(1);
    const [error, ...others] = errorsOf(stderr);
    expect(error).toMatch(
      /^error: Rank 0 on \S+: .*training-state-\d+\.safetensors could not be written: there is no room/,
    );
    expect(others).toEqual([]);
    expect(stdout).not.toContain('Done: ');
    expect(await runJob('Open MPI', trainings.onTwoRanks('full'))).toMatchObject({ code: 0 });
  });

  it('where memory runs out', async () => {
    // With enough left to tell it: at the very limit the system or V8 ends the process, and the launcher tells that.
    const size = "2 ** 29 + 1024 * Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])";
    const code = [
      "import { execFileSync } from 'node:child_process'; import { existsSync, readFileSync } from 'node:fs';",
      // Once the training is under way.
      `const timer = setInterval(() => { if (!existsSync(${JSON.stringify(join(trainings.folder, 'memory/stats.jsonl'))})) return;`,
      `clearInterval(timer); ${limit(`\`--as=\${${size}}\``)} new ArrayBuffer(2 ** 33); }, 20);`,
    ];
    const { code: exitCode, stderr, stdout } = await withFault('memory', 1, code.join(' '));
    expect(exitCode).not.toBe(0);
    expect(errorsOf(stderr)).toEqual([expect.stringMatching(/^error: Rank 1 on \S+: Memory ran out \(/)]);
    expect(stdout).not.toContain('Done: ');
    expect(await runJob('Open MPI', trainings.onTwoRanks('memory'))).toMatchObject({ code: 0 });
  });
});

describe.skipIf(missing !== null)('ranks that differ are refused, by name', () => {
  let folder: string;
  const inRank = (rank: number, name = '') => join(folder, `rank-${rank}`, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onestep-differing-'));
    for (const rank of [0, 1]) {
      await mkdir(inRank(rank));
      const source = await writeIdxFiles(inRank(rank), 8, 1 + rank);
      await runCli(['dataset', 'convert', '--source', source, '--dest', inRank(rank, 'data.zip'), '--resolution=8x8']);
      await writeTinyTeacher(inRank(rank), 8);
      await writeFile(inRank(rank, 'pixels.npz'), `rank ${rank}`);
    }
    await appendFile(inRank(1, 'teacher-8-10.safetensors'), '\0');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const teacher = ['--teacher', 'teacher-8-10.safetensors'];
  it.each([
    ['--data', ['edm', 'train', '--data', 'data.zip', '--outdir', 'run']],
    ['--edm-model', ['distill', 'sid', '--edm-model', 'teacher-8-10.safetensors', '--outdir', 'run']],
    ['--network', ['edm', 'pairs', '--network', 'teacher-8-10.safetensors', '--outdir', 'run', '--num', '4']],
    ['--data', ['compare', '--data', 'data.zip', '--outdir', 'run', '--budget', '1kimg', '--teacher', 'fashion-mnist']],
    ['--teacher', ['compare', ...teacher, '--outdir', 'run', '--budget', '1kimg']],
    ['--ref', ['compare', '--ref', 'pixels.npz', '--outdir', 'run', '--teacher', 'fashion-mnist']],
  ])('in the file of %s: %j', async (option, args) => {
    const ranks = [args, args].map((typed) => [...program, ...typed]);
    const { code, stderr } = await runJob('Open MPI', ranks, [], [inRank(0), inRank(1)]);
    expect(code).toBe(1);
    expect(errorsOf(stderr)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error: Rank 1 on \\S+ has another file of ${option} than rank 0 on \\S+: sha256:\\w+ instead of sha256:`,
        ),
      ),
    ]);
    expect(await readdir(inRank(0))).not.toContain('run');
  });

  it('in the code of the program', async () => {
    const copy = join(folder, 'copy');
    const dependencies = join(copy, 'node_modules');
    await mkdir(join(dependencies, '@onestep'), { recursive: true });
    for (const name of await readdir(join(ROOT, 'node_modules'))) {
      const isOwn = name === '@onestep' || name === 'onestep' || name.startsWith('.');
      if (!isOwn) await symlink(join(ROOT, 'node_modules', name), join(dependencies, name));
    }
    // A package of others under a name of ours.
    const runtime = join('@onestep', 'onnxruntime');
    await symlink(join(ROOT, 'node_modules', runtime), join(dependencies, runtime));
    const sources = ['apps/cli', ...(await readdir(join(ROOT, 'packages'))).map((name) => `packages/${name}`)];
    for (const path of sources) {
      for (const part of ['package.json', 'src']) {
        await cp(join(ROOT, path, part), join(copy, path, part), { recursive: true });
      }
      // Dependencies of a version that only this package has.
      const own = join(ROOT, path, 'node_modules');
      if (existsSync(own)) await symlink(own, join(copy, path, 'node_modules'));
      const name = basename(path);
      await symlink(join(copy, path), join(dependencies, ...(name === 'onestep' ? [name] : ['@onestep', name])));
    }
    const args = (root: string) => [
      ...['--conditions=@onestep/source', '--import', import.meta.resolve('tsx')],
      ...[join(root, 'apps/cli/src/main.ts'), 'edm', 'pairs', '--network', 'none', '--outdir', 'none', '--num', '1'],
    ];
    const start = () => runJob('Open MPI', [args(ROOT), args(copy)]);
    // The same code in another place goes on, to the mistake in the command.
    expect(errorsOf((await start()).stderr)).toEqual([expect.not.stringContaining('another program')]);
    await appendFile(join(copy, 'packages/sid/src/index.ts'), '// changed\n');
    const { code, stderr } = await start();
    expect(code).toBe(1);
    const program = 'onestep \\S+ \\(code [0-9a-f]{16}\\)';
    expect(errorsOf(stderr)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error: Rank 1 on \\S+ has another program than rank 0 on \\S+: ${program} instead of ${program}\\.`,
        ),
      ),
    ]);
  });
});
