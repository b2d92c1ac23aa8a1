import { relative } from 'node:path';

/** Commands to go on with after a quickstart; paths as the reader would type them. */
export function nextSteps(outdir: string, teacherPath: string): { what: string; command: string }[] {
  const teacher = relative('.', teacherPath);
  return [
    {
      what: 'Make a thousand images with the new student, one network evaluation each:',
      command: `npm run onestep -- generate --network ${outdir}/student.safetensors --outdir out --seeds 0-999`,
    },
    {
      what: 'Distil for longer, as the student that comes with the program was; Ctrl-C and --resume work:',
      command: `npm run onestep -- distill sid --edm-model ${teacher} --outdir runs --batch 64 --lr 4e-4 --glr 2e-4 --alpha 1.2 --ema 0.01 --ema-ramp 0.5 --duration 0.2 --tick 10 --snap 1 --dump 1 --metrics fid5k_full`,
    },
    {
      what: 'Train a teacher of your own on an idx file in the format of MNIST:',
      command:
        'npm run onestep -- dataset convert --source train-images-idx3-ubyte.gz --dest data.zip\n' +
        'npm run onestep -- edm train --data data.zip --cond 1 --outdir runs --cbase 16 --cres 1,1,2,4 --blocks 1 --attn 8 --batch 64 --lr 2e-3 --lr-ramp 10 --ema 0.05 --dropout 0 --duration 1 --tick 10',
    },
  ];
}
