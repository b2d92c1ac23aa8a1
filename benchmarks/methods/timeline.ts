/** When a curve reaches a number of pictures. */
export interface Timeline {
  /** Seconds of training up to a moment of the curve, in thousands of images. */
  secondsAt(kimg: number): number;
  /** The moment of the curve after so many seconds; 0 while pairs are made. */
  kimgAfter(seconds: number): number;
}

/** What a {@link Timeline} is made from. */
export interface Pace {
  secondsPerKimg: number;
  /** Seconds in which pairs were made before. */
  pairSeconds: number;
  /** The student that it goes on from: its timeline, and where it was taken over, in thousands of images. */
  from?: { timeline: Timeline; kimg: number };
}

/** The time of training: of the student that it goes on from, of making pairs, then so many seconds per kimg. */
export function timelineOf({ secondsPerKimg, pairSeconds, from }: Pace): Timeline {
  const start = from?.kimg ?? 0;
  const before = pairSeconds + (from?.timeline.secondsAt(start) ?? 0);
  return {
    secondsAt: (kimg) => before + (kimg - start) * secondsPerKimg,
    kimgAfter(seconds) {
      const own = start + (seconds - before) / secondsPerKimg;
      return own < start && from !== undefined ? from.timeline.kimgAfter(seconds) : Math.max(0, own);
    },
  };
}
