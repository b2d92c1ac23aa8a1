import { join, sep } from 'node:path';
import type { Examination, ImageGroup, OddImage } from '@onestep/datasets';

const WIDTH = 80;
/** Classes that are listed one by one. */
const MAX_CLASSES = 100;
const MAX_LISTED = 5;

/** What the kinds of odd images are, for one and for several. */
const ODD: Record<OddImage, [one: string, many: string]> = {
  black: ['is black', 'are black'],
  white: ['is white', 'are white'],
  'nearly constant': ['has nearly one color', 'have nearly one color'],
  'gray as RGB': ['is gray and stored as RGB', 'are gray and stored as RGB'],
};

/** Lines of at most 80 characters about the images of a source. Names are cut in the middle; JSON has all of them. */
export function describeExamination(found: Examination): string[] {
  const { path, name, numImages, unreadable, duplicates, notes } = found;
  return [
    `name        ${name}`,
    `images      ${numImages}`,
    ...describeSizes(found),
    `labels      ${found.labelKind}${found.labelDim > 0 ? `, ${found.labelDim}` : ''}`,
    ...describeClasses(found),
    ...describeCaptions(found),
    ...notes.flatMap((note) => wrap(`note        ${note}`, 12)),
    ...listGroup(unreadable.length, ['image cannot be read', 'images cannot be read'], unreadable),
    ...(found.numUnlabeled > 0
      ? listGroup(found.numUnlabeled, ['image has no label', 'images have no label'], [found.firstUnlabeled!])
      : []),
    ...describeDuplicates(duplicates, numImages),
    ...Object.entries(found.odd).flatMap(([kind, group]) => {
      const [one, many] = ODD[kind as OddImage];
      return describeOdd(group, [`image ${one}`, `images ${many}`], numImages);
    }),
  ].map((line) => cut(withoutFolder(line, path)));
}

function describeSizes({ sizes }: Examination): string[] {
  const text = (size: (typeof sizes)[number]) =>
    `${size.width === size.height ? `${size.width}x${size.width}` : `${size.width}x${size.height} (width x height)`}, ${size.channels} channel${size.channels > 1 ? 's' : ''}`;
  if (sizes.length === 1) return [`resolution  ${text(sizes[0]!)}`];
  const rest = sizes.slice(MAX_LISTED).reduce((sum, { count }) => sum + count, 0);
  return [
    `resolution  ${sizes.length} sizes`,
    ...sizes.slice(0, MAX_LISTED).map((size) => `  ${size.count} of ${text(size)}, such as ${size.first}`),
    ...(rest > 0 ? [`  ${rest} of ${sizes.length - MAX_LISTED} other sizes`] : []),
  ];
}

function describeClasses({ classCounts, classNames }: Examination): string[] {
  if (classCounts === null) return [];
  const line = (label: number) => {
    const name = classNames === null ? '' : `  ${classNames[label]}`;
    return `  class ${String(label).padStart(3)}  ${classCounts[label]}${name}`;
  };
  const empty = classCounts.flatMap((count, label) => (count === 0 ? [label] : []));
  const emptyLine =
    empty.length === 0
      ? []
      : [
          `${empty.length === 1 ? 'class' : 'classes'} without images: ${empty.slice(0, 20).join(', ')}${empty.length > 20 ? ', ...' : ''}`,
        ];
  if (classCounts.length <= MAX_CLASSES) return [...classCounts.map((_, label) => line(label)), ...emptyLine];
  const order = classCounts.map((_, label) => label).sort((a, b) => classCounts[b]! - classCounts[a]!);
  return [
    '  the largest and the smallest classes (--json lists all):',
    ...order.slice(0, MAX_LISTED).map(line),
    '  ...',
    ...order.slice(-MAX_LISTED).map(line),
    ...emptyLine,
  ];
}

function describeCaptions({ captions }: Examination): string[] {
  if (captions === null) return [];
  const { count, numDifferent, numWords, vocabulary, length, examples, frequent } = captions;
  const mean = (numWords / count).toFixed(1);
  return [
    `captions    ${count}, ${numDifferent} of them different`,
    `  ${length.min} to ${length.max} words, ${mean} on average; ${vocabulary} different words`,
    ...wrap(`  words     ${frequent.map(([word, times]) => `${word} ${times}`).join(', ')}`, 12),
    ...examples.map((caption) => `  "${caption}"`),
    ...(captions.numWithout === 0
      ? []
      : listGroup(captions.numWithout, ['image has no caption', 'images have no caption'], [captions.firstWithout!])),
    ...(captions.numBroken === 0 ? [] : [`${captions.numBroken} captions have characters that are not UTF-8`]),
  ];
}

function describeDuplicates({ count, differentLabels, examples }: Examination['duplicates'], total: number): string[] {
  if (count === 0) return [];
  const labels = differentLabels === 0 ? '' : `, ${differentLabels} of them with another label`;
  const [images, equal] = count === 1 ? ['image', 'equals'] : ['images', 'equal'];
  return [
    `${count} ${images} of ${total} ${equal} one before${labels}:`,
    ...examples.slice(0, MAX_LISTED).flatMap(({ name, equals }) => [`  ${name}`, `    equals ${equals}`]),
  ];
}

function describeOdd(group: ImageGroup, words: [one: string, many: string], total: number): string[] {
  if (group.count === total && total > 1) return [`all ${total} ${words[1]}`];
  return listGroup(group.count, words, group.examples);
}

function listGroup(count: number, [one, many]: [one: string, many: string], names: readonly string[]): string[] {
  if (count === 0) return [];
  const shown = names.slice(0, MAX_LISTED).map((name) => `  ${name}`);
  if (count > shown.length) shown.push(`  and ${count - shown.length} more`);
  return [`${count} ${count === 1 ? one : many}:`, ...shown];
}

/** Breaks a line between words. @param indent of the lines after the first */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Names images relative to the source. */
function withoutFolder(line: string, path: string): string {
  const source = join(path, '.');
  return line.replaceAll(` ${source}${sep}`, ' ').replaceAll(` ${source}, `, ' ');
}

/** Cuts a long line in the middle, where the folders of a path are. */
function cut(line: string): string {
  const characters = [...line];
  if (characters.length <= WIDTH) return line;
  const begin = Math.floor((WIDTH - 3) / 3);
  return `${characters.slice(0, begin).join('')}...${characters.slice(begin + 3 - WIDTH).join('')}`;
}
