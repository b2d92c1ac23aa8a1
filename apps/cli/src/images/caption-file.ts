import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';

/**
 * Writes `metadata.jsonl`: the captions of image files, in the form of Hugging Face's image folders, which
 * `onestep dataset convert` reads.
 *
 * @param files relative to the folder
 */
export async function writeCaptions(
  folder: string,
  files: readonly string[],
  captions: readonly string[],
): Promise<void> {
  const lines = files.map((file, i) => JSON.stringify({ file_name: file.replaceAll('\\', '/'), text: captions[i] }));
  await writeFileAtomically(join(folder, 'metadata.jsonl'), `${lines.join('\n')}\n`);
}
