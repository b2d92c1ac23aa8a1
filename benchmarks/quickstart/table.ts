import { table } from '../markdown.js';

/** What one side says of its quickstart. */
export interface QuickstartSide {
  /** Wall-clock seconds of the process, from its start to its end. */
  wall_s: number;
  training_seconds: number;
  images_per_second: { teacher: number; student: number };
  fid: { teacher: number; student_before: number; student_after: number };
}

/** Ours next to PyTorch's configurations. */
export interface QuickstartResult {
  kimg: number;
  num: number;
  ours: QuickstartSide;
  peers: Record<string, QuickstartSide>;
}

/** Formats both sides. */
export function quickstartTable({ ours, peers }: QuickstartResult): string {
  const row = (name: string, side: QuickstartSide) => [
    ...[name, side.wall_s.toFixed(1), side.training_seconds.toFixed(1)],
    ...[side.images_per_second.teacher, side.images_per_second.student].map((rate) => rate.toFixed(0)),
    ...[side.fid.teacher, side.fid.student_before, side.fid.student_after].map((fid) => fid.toPrecision(3)),
    (ours.wall_s / side.wall_s).toFixed(2),
  ];
  return table(
    [
      '',
      'whole, s',
      'training, s',
      'teacher, images/s',
      'student',
      'FID of the teacher',
      'before',
      'after',
      'ours over it',
    ],
    [row('onestep', ours), ...Object.entries(peers).map(([name, side]) => row(`PyTorch, ${name}`, side))],
  );
}
