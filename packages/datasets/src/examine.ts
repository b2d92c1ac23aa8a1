import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ContactSheet, type SheetSize } from './contact-sheet.js';
import { ChangeCounts, type ImageChange } from './decoding/image-change.js';
import { describeShape, type ImageShape } from './image-shape.js';
import { DuplicateFinder, type Duplicates } from './examination/duplicates.js';
import { CaptionCounts, type CaptionSummary } from './examination/caption-counts.js';
import { LabelCounts, type LabelSummary } from './examination/label-counts.js';
import { OddImages, type OddImage } from './examination/odd-images.js';
import { openImageSource } from './sources/index.js';
import type { SourceChoice } from './sources/source.js';

/** Images after which other work gets its turn. */
const IMAGES_PER_TURN = 64;

/** Settings of {@link examineImages}. */
export interface ExamineOptions extends SourceChoice {
  /** Largest number of columns and rows of the contact sheet. Default: no sheet. */
  contactSheet?: SheetSize;
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Images of one size. */
export interface SizeCount extends ImageShape {
  count: number;
  /** The first of them. */
  first: string;
}

/** Images that have something in common. */
export interface ImageGroup {
  count: number;
  /** The first of them, at most ten. */
  examples: string[];
}

/** What the images of a source are, and what is odd about them. */
export interface Examination extends LabelSummary {
  path: string;
  /** The file's name without its ending. */
  name: string;
  /** Number of images that can be read. */
  numImages: number;
  /** The sizes of the images, the most frequent first. */
  sizes: SizeCount[];
  /** Null without captions. */
  captions: CaptionSummary | null;
  /** Images that cannot be read, with the reason. */
  unreadable: string[];
  duplicates: Duplicates;
  /** Odd images by kind; kinds without images are left out. */
  odd: Partial<Record<OddImage, ImageGroup>>;
  /** Number of images that were made gray or RGB of 8 bits, by what was changed. */
  changes: Partial<Record<ImageChange, number>>;
  /** Lines about what was chosen, left out and changed. */
  notes: string[];
  /** A PNG file; null unless it was requested. */
  contactSheet: Uint8Array | null;
}

/**
 * Examines the images of a source, or of a data set, which is a source as well: decodes all of them, and counts their
 * sizes, their classes, copies, and what is odd.
 *
 * @throws if it cannot be opened; images that cannot be read are listed
 */
export async function examineImages(path: string, options: ExamineOptions = {}): Promise<Examination> {
  const { contactSheet, onProgress, signal, ...choice } = options;
  const source = await openImageSource(path, choice, signal);
  const sizes = new Map<string, SizeCount>();
  const unreadable: string[] = [];
  const [duplicates, odd, changes] = [new DuplicateFinder(), new OddImages(), new ChangeCounts()];
  const labels = new LabelCounts();
  const captions = new CaptionCounts();
  const sheet = contactSheet === undefined ? null : new ContactSheet(source.count, contactSheet);
  let done = 0;
  try {
    for await (const image of source.images(Infinity)) {
      signal?.throwIfAborted();
      if ('problem' in image) unreadable.push(image.problem);
      else {
        const { width, height, channels, name, label } = image;
        const size = sizes.get(describeShape(image));
        if (size === undefined) sizes.set(describeShape(image), { width, height, channels, count: 1, first: name });
        else size.count += 1;
        duplicates.add(image, name, label);
        odd.add(image, name);
        labels.add(label, name);
        captions.add(image.caption, name);
        changes.add(image.changes ?? []);
        sheet?.add(done, image);
      }
      done += 1;
      onProgress?.(done, Math.max(source.count, done));
      // Lets Ctrl-C through where images are read without waiting.
      if (done % IMAGES_PER_TURN === 0) await nextTurn();
    }
  } finally {
    source.close?.();
  }
  return {
    path,
    name: basename(path).replace(/\.[^.]*$/, ''),
    numImages: done - unreadable.length,
    sizes: [...sizes.values()].sort((a, b) => b.count - a.count),
    ...labels.summary(source.classNames),
    captions: captions.summary(),
    unreadable,
    duplicates: duplicates.found,
    odd: odd.groups(),
    changes: changes.entries(),
    notes: [...source.notes, ...changes.lines()],
    contactSheet: sheet?.draw() ?? null,
  };
}
