/** Names of Fashion-MNIST's ten classes, in label order. */
const FASHION_MNIST_CLASSES = [
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
  if (count === FASHION_MNIST_CLASSES.length) return [...FASHION_MNIST_CLASSES];
  return Array.from({ length: count }, (_, c) => String(c));
}
