import { findRunSnapshot } from 'onestep/node';
import { loadGenerator, loadTeacher, type SampledImage } from 'onestep';
import type { Settings } from './settings.js';

/** Images in a network call. */
const BATCH = 64;

/** Something that makes pictures of captions. */
export interface Maker {
  /** What it is called in the tables. */
  name: string;
  /** The network's file. */
  path: string;
  /** Network calls for a picture. */
  calls: number;
  /** Scale of guidance; null for a student that has no input for it. */
  scale: number | null;
  /** Opens the network. */
  open(): Promise<OpenMaker>;
}

/** A {@link Maker} in memory. */
export interface OpenMaker {
  make(seeds: readonly number[], captions: readonly string[]): Promise<SampledImage[]>;
  dispose(): void;
}

/** Everything that is measured: the teacher with each number of steps and each scale, and each student, with each scale that it takes. */
export async function listMakers({
  teacher,
  students,
  scales,
  steps,
}: Pick<Settings, 'teacher' | 'students' | 'scales' | 'steps'>): Promise<Maker[]> {
  const makers: Maker[] = [];
  if (teacher !== undefined) {
    const path = await fileOf(teacher);
    for (const n of steps) for (const scale of scales) makers.push(teacherMaker(path, n, scale));
  }
  for (const { name, path: source } of students) {
    const path = await fileOf(source);
    const taken = await scalesTaken(path, scales);
    const all = taken.length === 0 ? [null] : taken;
    for (const scale of all) makers.push(studentMaker(name, path, scale));
  }
  return makers;
}

function teacherMaker(path: string, steps: number, scale: number): Maker {
  const calls = (2 * steps - 1) * (scale === 1 ? 1 : 2);
  return {
    name: 'teacher',
    path,
    calls,
    scale,
    async open() {
      const teacher = await loadTeacher(path);
      const guidance = scale === 1 ? undefined : { scale };
      return {
        make: (seeds, captions) => teacher.sample({ seeds, prompt: captions, batch: BATCH, steps, guidance }),
        dispose: () => teacher.dispose(),
      };
    },
  };
}

function studentMaker(name: string, path: string, scale: number | null): Maker {
  return {
    name,
    path,
    calls: 1,
    scale,
    async open() {
      const student = await loadGenerator(path, scale === null ? {} : { guidance: scale });
      return {
        make: (seeds, captions) => student.sample({ seeds, prompt: captions, batch: BATCH }),
        dispose: () => student.dispose(),
      };
    },
  };
}

/** The scales that a student takes as an input. */
async function scalesTaken(path: string, scales: readonly number[]): Promise<number[]> {
  const taken: number[] = [];
  for (const guidance of scales) {
    try {
      (await loadGenerator(path, { guidance })).dispose();
      taken.push(guidance);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return taken;
}

async function fileOf(source: string): Promise<string> {
  return (await findRunSnapshot(source))?.path ?? source;
}
