import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawDataset, mirroredCaptions, openDataset, readPrompts } from '@onestep/datasets';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, contents: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), contents);
  return join(folder, name);
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('readPrompts', () => {
  it.each([
    [
      'lines, without empty ones, as often as they occur',
      'a.txt',
      'a red star\r\n\n  a  blue\tring \na red star',
      ['a red star', 'a blue ring', 'a red star'],
    ],
    ['a byte order mark, and decomposed accents', 'b.txt', '\uFEFFcafe\u0301\n', ['caf\u00E9']],
    [
      'UTF-16 with a mark, as Windows writes it',
      'c.txt',
      utf16('\uFEFFa red star\r\na cat\r\n'),
      ['a red star', 'a cat'],
    ],
    [
      'JSON lines',
      'd.jsonl',
      '{"prompt":"a"}\n{"caption":"b","text":"c"}\n\n"d"\n{"file_name":"x.png","text":["e","f"]}\n',
      ['a', 'b', 'd', 'e'],
    ],
    ['JSON lines in a file of another name', 'e.txt', '{"caption":"a"}\n', ['a']],
    ['a JSON list', 'g.json', '["a", {"prompt": "b"}, ""]', ['a', 'b']],
    ['a table, as PartiPrompts is', 'h.tsv', 'Prompt\tCategory\na "big" star\tAbstract\n\tx\n', ['a "big" star']],
    ['lines in brackets', 'i.txt', '[a star]\n[b]\n', ['[a star]', '[b]']],
    ['a line that only looks like JSON', 'f.txt', '{curly} braces\n', ['{curly} braces']],
  ] as const)('reads %s', async (_, name, contents, expected) => {
    expect(await readPrompts(await written(name, contents))).toEqual(expected);
  });

  it.each([
    ['empty.txt', '', /empty\.txt has no prompts: write one per line/],
    ['blank.txt', ' \n\t\n', /has no prompts/],
    ['zeros.txt', utf16('a red star\n'), /not text in UTF-8.* Save it as UTF-8/],
    ['latin.txt', Buffer.from('a star\ncaf\xE9\n', 'latin1'), /line 2 has characters that are not UTF-8/],
    ['table.csv', 'file,words\na.png,x\n', /has the columns file, words, and no "caption", "text" or "prompt"/],
    ['header.csv', 'file,caption\n', /header\.csv has no prompts/],
    ['object.json', '{"a": 1}', /is not a JSON list of prompts, such as/],
    ['broken.json', '["a"', /broken\.json is not valid JSON/],
    ['other.jsonl', '{"caption":"a"}\n{"label":1}\n', /line 2 has label, and no "caption", "text" or "prompt"/],
    ['broken.jsonl', '{"caption":\n', /line 1 is not valid JSON/],
    ['number.jsonl', '5\n', /line 1 has nothing/],
  ])('refuses %s', async (name, contents, message) => {
    const path = await written(name, contents);
    await expect(readPrompts(path)).rejects.toThrow(message);
  });

  it('reads the captions of a data set, and refuses other folders', async () => {
    const dest = join(folder, 'shapes.zip');
    await drawDataset({ name: 'shapes', dest, numImages: 6, resolution: 8 });
    const dataset = await openDataset(dest, { useCaptions: true });
    expect(await readPrompts(dest)).toEqual(Array.from({ length: 6 }, (_, i) => dataset.captionAt(i)));
    dataset.close();
    await mkdir(join(folder, 'samples'));
    await written('samples/metadata.jsonl', '{"text":"a"}\n');
    await expect(readPrompts(join(folder, 'samples'))).rejects.toThrow(
      /samples is not a data set with captions.*or .*samples\/metadata\.jsonl/,
    );
    await expect(readPrompts(join(folder, 'missing.txt'))).rejects.toThrow(
      /missing\.txt does not exist\. Give a text file/,
    );
  });
});

it('mirroredCaptions counts captions that are wrong for the mirrored image', async () => {
  const dest = join(folder, 'mirrored.zip');
  await drawDataset({ name: 'shapes', dest, numImages: 24, resolution: 8 });
  const open = (xflip: boolean) => openDataset(dest, { useCaptions: true, xflip });
  const [plain, flipped] = [await open(false), await open(true)];
  expect(mirroredCaptions(plain)).toBeNull();
  const captions = Array.from({ length: 24 }, (_, i) => plain.captionAt(i));
  const wrong = captions.filter((caption) => /\b(left|right)\b/.test(caption));
  expect(wrong.length).toBeGreaterThan(0);
  expect(mirroredCaptions(flipped)).toEqual({ count: wrong.length, example: wrong[0] });
  for (const dataset of [plain, flipped]) dataset.close();
});
