import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionEntries } from '../src/completion/commands.js';
import { completionScript } from '../src/completion/scripts.js';
import { examineEngines } from '../src/doctor/examine-engines.js';
import { examineDisk, examineMemory, examineNode, examineProcessors } from '../src/doctor/examine-machine.js';
import { renderFindings } from '../src/doctor/finding.js';
import { createProgram } from '../src/program.js';
import { runHere, runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let program: Command;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-daily-'));
  program = await createProgram([]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether a shell is on this machine. */
const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe('onestep completion', () => {
  /** What bash offers after words, of which the last one is being typed. */
  const inBash = async (words: readonly (readonly string[])[]): Promise<string[][]> => {
    await writeFile(inFolder('completion.bash'), completionScript('bash', completionEntries(program)));
    const asked = words.map((each) => `ask ${each.map((word) => `'${word}'`).join(' ')}`).join('\n');
    const script = `cd '${folder}'\nsource completion.bash
ask() { COMP_WORDS=(onestep "$@"); COMP_CWORD=$#; _onestep; (IFS='|'; echo "\${COMPREPLY[*]}"); }\n${asked}`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n').map((line) => line.split('|')); // prettier-ignore
  };

  it.skipIf(!has('bash'))('bash: commands, options, their values, and files', async () => {
    await writeFile(inFolder('two words.zip'), '');
    const [first, edm, methods, options, values, some, file, argument, ...others] = await inBash([
      [''],
      ['edm', ''],
      ['distill', 'si'],
      ['edm', 'train', '--ar'],
      ['edm', 'train', '--arch', ''],
      ['gan', 'train', '--batch', '8', '--on-nan', 's'],
      ['edm', 'train', '--data', 'comp'],
      ['convert', 'comp'],
      // As bash takes them apart: an option with its value, an argument of a list, a name that is quoted.
      ['edm', 'train', '--arch', '=', 'dd'],
      ['completion', ''],
      ['edm', 'train', '--data', 'two\\ w'],
      ['dataset', 'info', '"two'],
    ]);
    expect(first).toEqual(expect.arrayContaining(['quickstart', 'edm', 'distill', 'doctor', '--version']));
    expect(edm).toEqual(['train', 'generate', 'pairs', '--help']);
    expect(methods).toEqual(['sid', 'sida', 'sim']);
    expect(options).toEqual(['--arch']);
    expect(values).toEqual(['ddpmpp', 'ncsnpp', 'adm']);
    expect(some).toEqual(['stop', 'skip']);
    expect([file, argument]).toEqual([['completion.bash'], ['completion.bash']]);
    const [withEquals, shells, escaped, quoted] = others;
    expect(withEquals).toEqual(['ddpmpp']);
    expect(shells).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect([escaped, quoted]).toEqual([['two words.zip'], ['two words.zip']]);
  });

  it.skipIf(!has('fish'))('fish: the same', async () => {
    await writeFile(inFolder('completion.fish'), completionScript('fish', completionEntries(program)));
    const ask = (line: string) => {
      const script = `source ${inFolder('completion.fish')}; complete -C '${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
      return stdout.trimEnd().split('\n').map((each) => each.split('\t')[0]); // prettier-ignore
    };
    expect(ask('onestep edm ')).toEqual(expect.arrayContaining(['train', 'generate', 'pairs']));
    expect(ask('onestep edm train --arch ')).toEqual(expect.arrayContaining(['ddpmpp', 'ncsnpp', 'adm']));
    expect(ask('onestep edm train --ar')).toEqual(['--arch']);
  });

  it.skipIf(!has('zsh'))('zsh: the same, typed in a terminal of its own', async () => {
    await writeFile(inFolder('completion.zsh'), completionScript('zsh', completionEntries(program)));
    await writeFile(inFolder('two words.zip'), '');
    const typed = ['di', 'edm train --arch dd', 'edm train --arch=nc', 'edm train --data two\\ w', 'completion z', 'dataset info "two'];
    // After each line, Tab, and keys that print what it has become.
    const script = `cd '${folder}'
zmodload zsh/zpty
zpty shell TERM=dumb zsh -f -i
zpty -w shell 'autoload -U compinit; compinit -D -u; source completion.zsh; say() { print -r -- "<""<$BUFFER>>"; BUFFER= }; zle -N say; bindkey "^X^T" say; PS1='
${typed.map((line) => `zpty -w -n shell 'onestep ${line}'$'\\t\\x18\\x14'
zpty -r shell reply '*<<*>>*'
print -r -- "\${\${reply##*<<}%%>>*}"`).join('\n')}
zpty -d shell`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').map((line) => line.trimEnd())).toEqual([
      'onestep distill',
      'onestep edm train --arch ddpmpp',
      'onestep edm train --arch=ncsnpp',
      'onestep edm train --data two\\ words.zip',
      'onestep completion zsh',
      'onestep dataset info "two words.zip"',
    ]);
  }); // prettier-ignore

  it('knows every command and option', () => {
    const entries = completionEntries(program);
    const sid = entries.find(({ words }) => words === 'distill sid')!;
    expect(sid.options.find(({ name }) => name === '--backend')).toMatchObject({ takesValue: true });
    expect(sid.options.find(({ name }) => name === '--dry-run')).toMatchObject({ takesValue: false });
    for (const { options } of entries) for (const { about } of options) expect(about.length).toBeLessThanOrEqual(70);
  });
});

describe('onestep doctor', () => {
  it('says what is found and what to do', async () => {
    expect(examineNode('v20.19.0').state).toBe('ok');
    expect(examineNode('v20.18.3')).toMatchObject({
      state: 'fault',
      advice: expect.stringContaining('20.19') as string,
    });
    expect(examineNode('v18.20.0').state).toBe('fault');
    expect(examineProcessors({})).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/threads: \d+$/) as string,
    });
    expect(examineProcessors({ ONESTEP_THREADS: 'abc' })).toMatchObject({ state: 'fault' });
    expect(examineMemory({ total: 8e9, available: 5e9 })).toEqual({
      ...{ name: 'memory', state: 'ok', found: '5.0 GB available of 8.0 GB' },
    });
    expect(examineMemory({ total: 8e9, available: 1e9 })).toMatchObject({ state: 'note' });
    expect(await examineDisk('runs', inFolder('not/yet/there'))).toMatchObject({
      found: expect.stringContaining(folder) as string,
    });
    await writeFile(inFolder('a-file'), '');
    expect(await examineDisk('runs', inFolder('a-file'))).toMatchObject({ state: 'fault' });
    expect((await examineDisk('runs', inFolder('a-file/runs'))).found).toMatch(/a-file.*is in the way/);
    const missing = (['ort', 'tensorflow', 'ort-cuda'] as const).map((name) => ({
      ...{ name, about: '', starts: false as const, problem: 'A text\nof many lines.' },
    }));
    const [ort, tensorflow, cuda] = examineEngines(missing, true);
    expect([ort!.state, tensorflow!.state, cuda!.state]).toEqual(['fault', 'note', 'note']);
    expect(tensorflow!.advice).toContain('onestep engine install tensorflow');
    expect(cuda!.advice).toContain('onestep engine install ort-cuda');
    const withoutGpu = examineEngines(missing, false)[2]!;
    expect(withoutGpu).toMatchObject({ found: 'No NVIDIA GPU was found.', problem: missing[2]!.problem });
    expect(renderFindings([withoutGpu]).split('\n')).toHaveLength(1);
  });

  it('tells what batch fits, in 80 columns and as JSON', async () => {
    const { stdout } = await runHere(['doctor', '--no-engines', '--outdir', folder]);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      / batch distilling the Fashion-MNIST teacher with SiD: \d+ images at once/,
    );
    const json = await runInside(['doctor', '--no-engines', '--json', '--network', inFolder('none')]);
    const findings = JSON.parse(json.stdout) as { name: string; state: string }[];
    expect(findings.find(({ name }) => name === 'batch')).toMatchObject({ state: 'fault' });
    expect(json.code).toBe(1);
  });
});

describe('help', () => {
  const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];
  const helpOf = (command: Command): string => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp();
    return text;
  };

  it('has 80 columns, and examples whose options there are', () => {
    const examples = commands(program).flatMap((command) => {
      const help = helpOf(command);
      const [, after = ''] = help.split('\nExamples:\n');
      const examples = after.replaceAll('\\\n', ' ').split('\n').filter((line) => line.startsWith('  onestep ')); // prettier-ignore
      expect(help.split('\n').filter((line) => line.length > 80), command.name()).toEqual([]); // prettier-ignore
      return examples;
    });
    expect(examples.length).toBeGreaterThan(50);
    for (const example of examples) {
      const words = example
        .trim()
        .replace(/ (>|#).*/, '')
        .split(/\s+/)
        .slice(1);
      let command = program;
      for (;;) {
        const child = command.commands.find((each) => each.name() === words[0]);
        if (child === undefined) break;
        command = child;
        words.shift();
      }
      expect(command.parseOptions(words).unknown, example).toEqual([]);
    }
  });
});

describe('the command line', () => {
  it.each([
    [['edm', 'trian'], /unknown command 'trian'\s+\(Did you mean train\?\)/],
    [['edm', 'train', '--bacth', '3'], /unknown option '--bacth'\s+\(Did you mean --batch\?\)/],
    [['distil'], /Did you mean distill\?/],
    [['wacth', '--help'], /Did you mean watch\?/],
    [['help', 'metrics', 'clac'], /Did you mean calc\?/],
    [['runs', 'a', 'b'], /too many arguments[^]*add --help/],
  ])('%j: suggests what was meant', async (args, message) => {
    const { stderr, code } = await runInside(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  const missing = () => inFolder('missing.zip');
  it.each([
    ['edm train', () => ['edm', 'train', '--outdir', folder, '--data', missing()]],
    ['edm train, settings', () => ['edm', 'train', '--config', missing()]],
    ['gan train', () => ['gan', 'train', '--outdir', folder, '--data', missing()]],
    ['distill', () => ['distill', 'sid', '--outdir', folder, '--edm-model', missing()]],
    [
      'distill, prompts',
      () => ['distill', 'sid', '--outdir', folder, '--edm-model=fashion-mnist', '--prompts', missing()],
    ],
    ['distill, method', () => ['distill', inFolder('missing.mjs')]],
    ['generate', () => ['generate', '--network', missing(), '--outdir', inFolder('o'), '--seeds=0']],
    [
      'generate, prompts',
      () => ['generate', '--network=fashion-mnist', '--outdir', inFolder('o'), '--prompts', missing()],
    ],
    ['edm generate', () => ['edm', 'generate', '--network', missing(), '--outdir', inFolder('o'), '--seeds=0']],
    ['metrics calc', () => ['metrics', 'calc', '--images', missing()]],
    ['metrics calc, ref', () => ['metrics', 'calc', '--network=fashion-mnist', '--ref', missing()]],
    ['metrics ref', () => ['metrics', 'ref', '--data', missing(), '--dest', inFolder('r.npz')]],
    ['convert', () => ['convert', missing(), inFolder('c.onnx')]],
    ['dataset info', () => ['dataset', 'info', missing()]],
    ['dataset convert', () => ['dataset', 'convert', '--source', missing(), '--dest', inFolder('d.zip')]],
    ['compare', () => ['compare', '--data', missing(), '--outdir', inFolder('c')]],
    ['watch', () => ['watch', missing(), '--once']],
    ['report', () => ['report', missing()]],
  ])('%s: a missing file is no wrong usage', async (_name, args) => {
    const { stderr, code } = await runInside(args());
    expect([code, stderr]).toEqual([1, expect.stringMatching(/missing\.(zip|mjs)/)]);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('--json prints nothing else, and --quiet no notes', async () => {
    const source = await writeIdxFiles(folder, 8);
    const made = await runHere(['dataset', 'convert', '--source', source, '--dest', inFolder('json.zip'), '--json']);
    expect(JSON.parse(made.stdout)).toMatchObject({ numImages: 8, resolution: 32, skipped: [] });
    const sample = ['generate', '--network', 'fashion-mnist', '--outdir', inFolder('samples'), '--seeds=0'];
    const loud = await runHere([...sample, '--json', '--data-stat=x']);
    expect(JSON.parse(loud.stdout)).toEqual({
      ...{ outdir: inFolder('samples'), numImages: 1, evaluations: 1 },
      imagesPerSecond: expect.any(Number) as number,
    });
    expect(loud.stderr).toMatch(/1 images in/);
    expect(loud.stderr).toMatch(/--data-stat has no effect/);
    const quiet = await runHere([...sample, '--json', '--data-stat=x', '--quiet']);
    expect(JSON.parse(quiet.stdout)).toMatchObject({ numImages: 1 });
    expect(quiet.stderr).toBe('');
  });

  it('--json: what was sampled with steps, paired and converted', async () => {
    const network = await writeTinyTeacher(folder, 8);
    const json = async (...args: string[]) => JSON.parse((await runHere([...args, '--json'])).stdout) as unknown;
    const outdir = inFolder('stepped');
    const sampled = await json('edm', 'generate', '--network', network, '--outdir', outdir, '--seeds=0,1', '--steps=3');
    expect(sampled).toMatchObject({ outdir, numImages: 2, evaluations: 5 });

    const pairs = ['edm', 'pairs', '--network', network, '--outdir', inFolder('pairs'), '--steps=2', '--shard=4'];
    const planned = { numPairs: 6, numFiles: 2, evaluations: 3, estimatedSeconds: expect.any(Number) as number };
    expect(await json(...pairs, '--num=6', '--dry-run')).toMatchObject({ ...planned, missingPairs: 6 });
    expect(await json(...pairs, '--num=6')).toMatchObject({ ...planned, missingPairs: 0 });
    const nothing = { ...planned, missingPairs: 0, missingBytes: 0, estimatedSeconds: null };
    expect(await json(...pairs, '--num=6')).toMatchObject(nothing);

    const path = inFolder('converted.pth');
    expect(await json('convert', network, path)).toEqual({
      ...{ path, source: network, format: '.pth', bytes: (await stat(path)).size },
      about: [expect.stringMatching(/^\d+ tensors, \d+ bytes$/) as string],
    });
  });
});
