import type { Table } from '../reports/table.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { rowsByMethod, teacherRowsOf, type Results, type Row } from './results.js';

/** Final figures: the teacher at each number of steps, and each method's student. */
export function finalTable(results: Results): Table {
  const figures = ({ nfe, fid, inception_score: is, images }: Row) => [
    String(nfe),
    formatNumber(fid),
    is === null ? '-' : formatNumber(is),
    images.toLocaleString('en'),
  ];
  const teacherRows = teacherRowsOf(results).map((row) => [
    `teacher, ${String(row.options.steps)} Heun step${row.options.steps === 1 ? '' : 's'}${guidedText(row)}`,
    ...figures(row),
    '',
    '',
    '',
    '',
  ]);
  const methodRows = rowsByMethod(results).map(([method, rows]) => {
    const last = rows.at(-1)!;
    const best = rows.reduce((a, b) => (b.fid < a.fid ? b : a));
    const lowest = `${formatNumber(best.fid)} at ${formatNumber(best.kimg!)} kimg`;
    const sees = last.needs.includes('images') ? 'real images too' : 'the teacher';
    return [
      `${method}${guidedText(last)}`,
      ...figures(last),
      sees,
      formatNumber(last.kimg!),
      formatDuration(last.seconds),
      lowest,
    ];
  });
  return {
    head: ['', 'NFE', 'FID', 'IS', 'images', 'learns from', 'kimg', 'training', 'lowest FID'],
    rows: [...teacherRows, ...methodRows],
  };
}

/** The scale of guidance in the name of a row. Results of earlier versions have none. */
function guidedText({ guidance }: Partial<Pick<Row, 'guidance'>>): string {
  return (guidance ?? null) === null ? '' : `, guidance ${guidance}`;
}

/** FID during training, with a row per method. All methods have the same batch size, and so are measured at the same kimg. */
export function curveTable(results: Results): Table {
  const methods = rowsByMethod(results);
  const moments = methods[0]?.[1].map(({ kimg }) => formatNumber(kimg!)) ?? [];
  return {
    head: ['FID after kimg', ...moments],
    rows: methods.map(([method, rows]) => [method, ...rows.map(({ fid }) => formatNumber(fid))]),
  };
}

/** How the figures were measured, in some sentences. */
export function measuredWith({ rows, remarks }: Results): string {
  const { detector, images, reference } = rows[0]!;
  const text =
    `FID and IS are measured with the detector ${detector} on ${images.toLocaleString('en')} generated images against ` +
    `${reference}. They cannot be compared with figures of another detector.`;
  return [text, ...remarks].join(' ');
}
