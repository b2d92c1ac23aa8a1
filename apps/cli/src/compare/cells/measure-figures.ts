import { parseMetric, type Metric } from '@onestep/metrics';
import { measureImages, type EvaluatedImages, type ImageRequest } from '../../evaluation/trials.js';
import type { Evaluator } from '../../evaluation/evaluator.js';
import type { Figures } from './figures.js';

/** FID as in EDM's fid.py. */
export const fidMetric = (num: number): Metric => parseMetric(`fid${num}_edm`);

/** Precision and recall against the first 10,000 real images, as in ADM's evaluator. @param detector as it was given */
export const recallMetric = (num: number, detector?: string): Metric =>
  parseMetric(detector?.startsWith('vgg16') ? `pr${num}3_vgg16` : `pr${num}3_adm`);

/** Arguments of {@link measureFigures}. */
export interface MeasureFiguresArgs extends Pick<ImageRequest, 'signal' | 'onProgress' | 'communicator'> {
  images: EvaluatedImages;
  evaluator: Evaluator;
  num: number;
}

/** Measures all figures that the detector and the reference allow. Generated images have the seeds from 0 on. */
export async function measureFigures({ num, ...args }: MeasureFiguresArgs): Promise<Figures> {
  const { extractor, reference } = args.evaluator;
  const metrics = [
    fidMetric(num),
    ...(extractor.numClasses > 0 ? [parseMetric(`is${num}`)] : []),
    ...(reference.features === null ? [] : [recallMetric(num, extractor.name)]),
  ];
  const results = await measureImages({ ...args, metrics, firstSeed: 0 });
  const values = (family: string) => {
    const found = results.find(({ metric }) => metric.startsWith(family));
    return found === undefined ? [] : Object.values(found.values);
  };
  const [precision = null, recall = null] = values('pr');
  return { fid: values('fid')[0]!, is: values('is')[0] ?? null, precision, recall };
}
