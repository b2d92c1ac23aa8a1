import type { DefaultTheme } from 'vitepress';

type Group = DefaultTheme.SidebarItem;

/** A group of entries `[text, page]`. */
const group = (text: string, entries: readonly (readonly [string, string])[]): Group => ({
  text,
  items: entries.map(([label, link]) => ({ text: label, link })),
});

/** The demo is a site of its own, next to this one: a plain link, not a page. */
const DEMO = '/demo/index.html';

export const navigation: DefaultTheme.NavItem[] = [
  { text: 'Guide', link: '/guide/start' },
  { text: 'Methods', link: '/methods' },
  { text: 'Results', link: '/benchmarks' },
  { text: 'API', link: '/api/' },
  { text: 'Demo', link: DEMO, target: '_self' },
];

export const sidebar: Group[] = [
  group('Guide', [
    ['Start', '/guide/start'],
    ['Own data', '/guide/own-data'],
    ['Distill', '/guide/distill'],
    ['Measure', '/guide/measure'],
    ['Ship to the browser', '/guide/browser'],
    ['Several processes', '/scale-out'],
    ['Own method', '/contributing#a-method-in-ten-minutes'],
    ['Own network', '/guide/own-network'],
    ['Questions', '/faq'],
  ]),
  group('Pictures from words', [
    ['Captions', '/captions'],
    ['Prompts', '/prompts'],
    ['Guidance', '/guidance'],
    ['Text encoders', '/text-encoders'],
    ['Color pictures', '/color'],
  ]),
  group('Methods', [
    ['Which one?', '/methods'],
    ['Symbols', '/symbols'],
    ['Diff-Instruct', '/methods/diff-instruct'],
    ['SiD', '/methods/sid'],
    ['SIM', '/methods/sim'],
    ['FGM', '/methods/fgm'],
    ['SiDA, SiD²A', '/methods/sida'],
    ['Uni-Instruct', '/methods/uni-instruct'],
    ['BOOT', '/methods/boot'],
    ['DMD2', '/methods/dmd2'],
    ['f-distill', '/methods/f-distill'],
    ['KD', '/methods/kd'],
    ['CD, CT', '/methods/cd'],
    ['iCT', '/methods/ict'],
    ['ECT', '/methods/ect'],
    ['TCM', '/methods/tcm'],
    ['sCM', '/methods/scm'],
    ['MeanFlow', '/methods/mean-flow'],
    ['Progressive distillation', '/methods/pd'],
    ['TRACT', '/methods/tract'],
    ['Few steps', '/few-steps'],
    ['Papers', '/papers'],
  ]),
  group('Results', [
    ['Gallery', '/gallery'],
    ['Benchmarks', '/benchmarks'],
    ['A comparison for a paper', '/comparison'],
    ['SiD and α', '/sid-alpha'],
    ['Questions about BOOT', '/boot-questions'],
    ['Agreement with published code', '/parity'],
    ['Shipped models', '/models'],
    ['Detectors', '/detectors'],
  ]),
  group('Reference', [
    ['Overview', '/overview'],
    ['Command line', '/cli'],
    ['API', '/api/'],
    ['Glossary', '/glossary'],
    ['Files from others', '/security'],
    ['The demo', '/web'],
  ]),
  group(
    'Packages',
    [
      'onestep',
      'diffusion-core',
      'edm',
      'ddpm',
      'stylegan2',
      'score-distillation',
      'diff-instruct',
      'sid',
      'dmd2',
      'boot',
      'kd',
      'consistency',
      'metrics',
      'datasets',
      'nn',
      'checkpoint',
      'random',
      'backends',
      'tfjs-backend-ort',
      'tfjs-kernels',
      'mpi',
    ].map((name) => [name, `/packages/${name}`] as const),
  ),
  group('Engines', [
    ['How it works', '/engine/how-it-works'],
    ['Tested', '/engine/tested'],
    ['Execution providers', '/engine/execution-providers'],
    ['TensorFlow', '/engine/tensorflow'],
    ['Half precision', '/engine/half-precision'],
    ['Replay', '/engine/replay'],
    ['Worker', '/engine/worker'],
    ['Export', '/engine/export'],
    ['Limits', '/engine/limits'],
    ['Conformance', '/engine/conformance'],
    ['GPU check', '/engine/gpu-check'],
    ['Versions', '/engine/onnxruntime-versions'],
  ]),
  group('Work on it', [
    ['Contributing', '/contributing'],
    ['How we write', '/style'],
    ['This site', '/docs'],
  ]),
];
