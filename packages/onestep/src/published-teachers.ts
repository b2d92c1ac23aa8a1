const PRETRAINED = 'https://nvlabs-fi-cdn.nvidia.com/edm/pretrained';

/** The pretrained networks of Karras et al. 2022 (CC BY-NC-SA 4.0), by the names of their files. */
const FILES = [
  'edm-cifar10-32x32-uncond-vp',
  'edm-cifar10-32x32-uncond-ve',
  'edm-cifar10-32x32-cond-vp',
  'edm-cifar10-32x32-cond-ve',
  'edm-ffhq-64x64-uncond-vp',
  'edm-ffhq-64x64-uncond-ve',
  'edm-afhqv2-64x64-uncond-vp',
  'edm-afhqv2-64x64-uncond-ve',
  'edm-imagenet-64x64-cond-adm',
];

/** Short names that the published distillation scripts give some of them. */
const SHORT_NAMES: Record<string, string> = {
  'cifar10-uncond': 'edm-cifar10-32x32-uncond-vp',
  'cifar10-cond': 'edm-cifar10-32x32-cond-vp',
  ffhq64: 'edm-ffhq-64x64-uncond-vp',
  'ffhq64-uncond': 'edm-ffhq-64x64-uncond-vp',
  'afhq64-v2': 'edm-afhqv2-64x64-uncond-vp',
  'afhqv2-64': 'edm-afhqv2-64x64-uncond-vp',
  'afhqv2_64-uncond': 'edm-afhqv2-64x64-uncond-vp',
  'imagenet64-cond': 'edm-imagenet-64x64-cond-adm',
};

/** Returns the address of a published network, or undefined if there is none of this name. */
export function publishedTeacherUrl(name: string): string | undefined {
  const file = Object.hasOwn(SHORT_NAMES, name) ? SHORT_NAMES[name]! : name;
  return FILES.includes(file) ? `${PRETRAINED}/${file}.pkl` : undefined;
}

/** Lists every name that {@link publishedTeacherUrl} knows. */
export function publishedTeacherNames(): string[] {
  return [...Object.keys(SHORT_NAMES), ...FILES];
}
