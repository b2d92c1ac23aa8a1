/** Eight Gaussians on a circle in the plane, as images of one pixel with two channels. */
export const EIGHT_GAUSSIANS = {
  means: Array.from({ length: 8 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 8;
    return [0.7 * Math.cos(angle), 0.7 * Math.sin(angle)] as const;
  }),
  std: 0.1,
} as const;
