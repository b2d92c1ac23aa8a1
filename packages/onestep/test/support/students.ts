import { readGeneratorRecord } from '@onestep/diffusion-core';
import { decodeSafetensors } from '@onestep/checkpoint';
import { expect } from 'vitest';
import { distill, loadGenerator, loadTeacher } from '../../src/index.js';

/** Distills the network of a checkpoint for one step, and loads the student's file again. */
export async function expectStudent(path: string, method: string): Promise<void> {
  const teacher = await loadTeacher(path);
  const before = await teacher.network.module.stateDict();
  const student = await distill({ teacher, method, kimg: 0.002, options: { batch: 2, batchGpu: 2 } });
  const bytes = await student.toBytes();
  const { metadata, tensors } = decodeSafetensors(bytes);
  const { settings, generator } = readGeneratorRecord(metadata);
  expect(settings).toEqual(teacher.network.settings);
  expect(generator).toMatchObject({ method });
  expect(Object.keys(tensors)).toEqual(expect.arrayContaining(Object.keys(before)));
  const again = await loadGenerator(bytes);
  expect(await again.sample({ seeds: [1] })).toEqual(await student.sample({ seeds: [1] }));
  teacher.dispose();
  student.dispose();
  again.dispose();
}
