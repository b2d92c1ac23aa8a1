/**
 * Spherical interpolation between two latents (Shoemake 1985): the straight line between two samples of N(0, I) leaves the shell on
 * which such samples lie, the great circle stays on it.
 *
 * @param mix 0 gives `a`, 1 gives `b`
 */
export function slerp(a: Float32Array, b: Float32Array, mix: number): Float32Array {
  if (mix === 0) return a;
  if (mix === 1) return b;
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(Math.max(cosine, -1), 1));
  const sine = Math.sin(angle);
  const [ofA, ofB] = sine < 1e-6 ? [1 - mix, mix] : [Math.sin((1 - mix) * angle) / sine, Math.sin(mix * angle) / sine];
  return a.map((value, i) => ofA * value + ofB * b[i]!);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
