import { clamp, type Vector } from './vector.js';

/**
 * A solid, by its distance function: how far a point is from its surface, negative inside. Where the distance is
 * not exact, it is too small, so that a ray which advances by it never passes the surface.
 */
export type Solid = (x: number, y: number, z: number) => number;

/** A solid moved so that what was at the origin is at `center`. */
export function at(center: Vector, solid: Solid): Solid {
  const [cx, cy, cz] = center;
  return (x, y, z) => solid(x - cx, y - cy, z - cz);
}

/** Everything that is in one of the solids. */
export function union(...solids: readonly Solid[]): Solid {
  return (x, y, z) => {
    let least = Infinity;
    for (let i = 0; i < solids.length; i++) least = Math.min(least, solids[i]!(x, y, z));
    return least;
  };
}

/** The solid without what is in the other one. */
export function without(solid: Solid, other: Solid): Solid {
  return (x, y, z) => Math.max(solid(x, y, z), -other(x, y, z));
}

/** A solid at x, and its mirror image at -x; the same for z. */
export function mirrored(solid: Solid): Solid {
  return (x, y, z) => solid(Math.abs(x), y, Math.abs(z));
}

export function ball(radius: number): Solid {
  return (x, y, z) => length(x, y, z) - radius;
}

/** @param half half the edges @param rounding radius of the edges */
export function box(half: Vector, rounding = 0): Solid {
  const [hx, hy, hz] = [half[0] - rounding, half[1] - rounding, half[2] - rounding];
  return (x, y, z) => {
    const dx = Math.abs(x) - hx;
    const dy = Math.abs(y) - hy;
    const dz = Math.abs(z) - hz;
    const inside = Math.max(dx, dy, dz);
    if (inside <= 0) return inside - rounding;
    return length(Math.max(dx, 0), Math.max(dy, 0), Math.max(dz, 0)) - rounding;
  };
}

/** Around the y axis, from -half to half. */
export function cylinder(radius: number, half: number): Solid {
  return (x, y, z) => {
    const dr = Math.sqrt(x * x + z * z) - radius;
    const dy = Math.abs(y) - half;
    const inside = Math.max(dr, dy);
    return inside <= 0 ? inside : length(Math.max(dr, 0), Math.max(dy, 0), 0);
  };
}

/** Around the z axis, from -half to half. */
export function wheel(radius: number, half: number): Solid {
  const upright = cylinder(radius, half);
  return (x, y, z) => upright(x, z, y);
}

/** Around the y axis, from the base at 0 to the top. */
export function cone(baseRadius: number, topRadius: number, height: number): Solid {
  const slope = (baseRadius - topRadius) / height;
  const scale = 1 / Math.sqrt(1 + slope * slope);
  return (x, y, z) => {
    const side = (Math.sqrt(x * x + z * z) - baseRadius + slope * y) * scale;
    return Math.max(side, -y, y - height);
  };
}

/** Around the z axis. */
export function torus(radius: number, thickness: number): Solid {
  return (x, y, z) => length(Math.sqrt(x * x + y * y) - radius, z, 0) - thickness;
}

/** From the origin to `end`. */
export function capsule(end: Vector, radius: number): Solid {
  const [ex, ey, ez] = end;
  const squared = ex * ex + ey * ey + ez * ez;
  return (x, y, z) => {
    const share = clamp((x * ex + y * ey + z * ez) / squared, 0, 1);
    return length(x - share * ex, y - share * ey, z - share * ez) - radius;
  };
}

/** The upper half of an ellipsoid around the y axis. */
export function dome(radius: number, height: number): Solid {
  return (x, y, z) => {
    const nx = x / radius;
    const ny = y / height;
    const nz = z / radius;
    const k = length(nx, ny, nz);
    const gradient = length(nx / radius, ny / height, nz / radius);
    // The first-order distance, which is not exact: a part of it.
    const ellipsoid = gradient === 0 ? -Math.min(radius, height) : (0.8 * k * (k - 1)) / gradient;
    return Math.max(ellipsoid, -y);
  };
}

/** A gable roof: its ridge runs along z at `height`, its eaves are at y = 0. */
export function roof(halfWidth: number, height: number, halfDepth: number): Solid {
  const scale = 1 / Math.sqrt(halfWidth * halfWidth + height * height);
  return (x, y, z) => {
    const side = (Math.abs(x) * height + y * halfWidth - halfWidth * height) * scale;
    return Math.max(side, -y, Math.abs(z) - halfDepth);
  };
}

function length(x: number, y: number, z: number): number {
  return Math.sqrt(x * x + y * y + z * z);
}
