import type { Builder } from './builder.js';
import type { GraphValue } from './lowered-tensor.js';

/** pi / 2 in three parts (Cody & Waite 1980): the first two have so few bits that their products with k are exact. */
const HALF_PI = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const;
/** Coefficients of r^3, r^5, r^7 of the sine, and of r^4, r^6, r^8 of the cosine, for |r| <= pi / 4. */
const SINE = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4] as const;
const COSINE = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5] as const;

/** The sine, where the provider's own is accurate, or else from arithmetic: accurate to float32 for |x| < 8192. */
export function sine(b: Builder, x: GraphValue): GraphValue {
  return b.dialect.accurateSine ? b.unary('Sin', x) : shiftedSine(b, x, 0);
}

/** The cosine, likewise. */
export function cosine(b: Builder, x: GraphValue): GraphValue {
  return b.dialect.accurateSine ? b.unary('Cos', x) : shiftedSine(b, x, 1);
}

/** sin(x + quarterTurns * pi / 2) */
function shiftedSine(b: Builder, x: GraphValue, quarterTurns: number): GraphValue {
  const number = (value: number) => b.constant(x.type, [], [value]);
  const add = (a: GraphValue, c: GraphValue) => b.binary('Add', a, c);
  const sub = (a: GraphValue, c: GraphValue) => b.binary('Sub', a, c);
  const mul = (a: GraphValue, c: GraphValue) => b.binary('Mul', a, c);
  const floor = (a: GraphValue) => b.unary('Floor', a);
  const polynomial = ([c0, c1, c2]: readonly [number, number, number], z: GraphValue) =>
    add(number(c0), mul(z, add(number(c1), mul(z, number(c2)))));

  const k = floor(add(mul(x, number(2 / Math.PI)), number(0.5)));
  const r = HALF_PI.reduce((rest, part) => sub(rest, mul(k, number(part))), x);
  const square = mul(r, r);
  const onSine = add(r, mul(mul(r, square), polynomial(SINE, square)));
  const head = sub(number(1), mul(square, number(0.5)));
  const onCosine = add(head, mul(mul(square, square), polynomial(COSINE, square)));
  // The quadrant, 0 to 3: odd quadrants use the cosine, the last two are negative.
  const turns = add(k, number(quarterTurns));
  const quadrant = sub(turns, mul(floor(mul(turns, number(0.25))), number(4)));
  const isNegative = floor(mul(quadrant, number(0.5)));
  const isOdd = sub(quadrant, mul(isNegative, number(2)));
  const magnitude = add(onSine, mul(sub(onCosine, onSine), isOdd));
  return mul(magnitude, sub(number(1), mul(isNegative, number(2))));
}
