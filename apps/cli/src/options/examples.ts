import type { Command } from 'commander';
import { fullName } from '../config/config-arguments.js';
import { textColumns, wrapText } from '../terminal/text-width.js';

/** Examples of commands, by their words: what most people do, first. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'onestep quickstart',
    'onestep distill sid --edm-model fashion-mnist --preset small --outdir runs',
    'onestep watch',
    'onestep generate --network latest --seeds 0-63 --outdir out',
    'onestep doctor',
  ],
  quickstart: ['onestep quickstart', 'onestep quickstart --kimg 2 --outdir runs/short'],
  'dataset convert': [
    'onestep dataset convert --source photos/ --dest photos.zip',
    'onestep dataset convert --source cifar-10-python.tar.gz --dest cifar10.zip',
    'onestep dataset convert --source photos/ --dest 64.zip \\\n    --resolution 64x64 --transform center-crop',
  ],
  'dataset info': ['onestep dataset info data.zip --contact-sheet sheet.png'],
  'edm train': [
    'onestep edm train --data data.zip --preset small --outdir runs',
    'onestep edm train --data data.zip --cond 1 --outdir runs --dry-run',
    'onestep edm train --resume latest',
    'onestep edm train --config train.yaml --outdir runs',
  ],
  'edm generate': [
    'onestep edm generate --network fashion-mnist --seeds 0-63 --outdir out',
    'onestep edm generate --network cifar10-cond --class 3 --seeds 0-9 \\\n    --outdir out',
  ],
  'edm pairs': ['onestep edm pairs --network fashion-mnist --num 10000 --outdir pairs'],
  'gan train': ['onestep gan train --data data.zip --cfg small --outdir runs'],
  generate: [
    'onestep generate --network fashion-mnist --seeds 0-63 \\\n    --outdir out --grid out.png',
    'onestep generate --network latest --class 3 --seeds 0-9 --outdir out',
  ],
  'metrics calc': [
    'onestep metrics calc --network latest --num 10000',
    'onestep metrics calc --images out --data data.zip --metrics fid2k_full',
  ],
  'metrics ref': ['onestep metrics ref --data data.zip --dest data-ref.npz'],
  compare: [
    'onestep compare --methods diff-instruct,sid,boot --kimg 8',
    'onestep compare --budget 30m --seeds 3 --outdir runs/paper',
  ],
  convert: ['onestep convert latest student.onnx', 'onestep convert cifar10-uncond cifar10.safetensors'],
  ema: ['onestep ema --run latest --ema-rel 0.15 --out student.safetensors'],
};

/** Of a method's command. */
function methodExamples(command: Command, words: string): string[] {
  const presets = command.options.find(({ long }) => long === '--preset')?.argChoices ?? [];
  const preset = presets.includes('small') ? ' --preset small' : '';
  return [
    `onestep ${words} --edm-model fashion-mnist${preset} \\\n    --outdir runs`,
    `onestep ${words} --config settings.yaml --outdir runs --dry-run`,
    `onestep ${words} --resume latest`,
  ];
}

/** Adds paragraphs to the help of a command, which are broken to fit. */
export function addHelpNotes(command: Command, ...paragraphs: readonly string[]): void {
  command.addHelpText('after', () => ['', ...paragraphs.flatMap((each) => wrapText(each, textColumns()))].join('\n'));
}

/** Adds examples to the help of a command, and of all below it. */
export function addExamples(command: Command): void {
  command.commands.forEach(addExamples);
  const words = command.parent === null ? '' : fullName(command);
  const isMethod = command.parent?.name() === 'distill' && !/[./\\]/.test(command.name());
  const examples = EXAMPLES[words] ?? (isMethod ? methodExamples(command, words) : []);
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}
