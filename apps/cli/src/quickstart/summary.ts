import type { FidPoint } from '../measuring/score.js';

/** What `summary.json` holds: the figures of a finished quickstart, each with what it was measured with. */
export interface Summary {
  method: 'diff-instruct';
  /** Name of the feature extractor behind every FID and IS here; they compare with no other detector's. */
  detector: string;
  /** What the reference statistics were computed from. */
  reference: string;
  /** Generated images behind `student_before` and `student_after`. */
  num_images: number;
  fid: { teacher: number; student_before: number; student_after: number };
  inception_score: { teacher: number; student_before: number; student_after: number };
  /** Generated images behind the teacher's figures. */
  teacher_num_images: number;
  nfe: { teacher: number; student: number };
  images_per_second: { teacher: number; student: number };
  /** Wall-clock seconds of the whole quickstart, over all its sessions. */
  seconds: number;
  /** Seconds of training alone. */
  training_seconds: number;
  kimg: number;
  machine: string;
  curve: FidPoint[];
}
