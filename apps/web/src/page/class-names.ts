/** Names of Fashion-MNIST's ten classes, in label order. */
const FASHION_MNIST = [
  'T-shirt',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Boot',
] as const;

/** Names of a network's classes: those of Fashion-MNIST for ten, otherwise their numbers. */
export function classNames(count: number): string[] {
  if (count === FASHION_MNIST.length) return [...FASHION_MNIST];
  return Array.from({ length: count }, (_, c) => `Class ${c}`);
}
