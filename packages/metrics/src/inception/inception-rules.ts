import type { ResizeRuleName } from '../resize/resize-rules.js';

/** How a published program brings images to Inception's input, 299x299. Statistics of different ones cannot be compared. */
export interface InceptionRule {
  /** What it does and who does it, in words. */
  about: string;
  /** The rule for the size. */
  resize: ResizeRuleName;
  /** Scales pixels v, 0 to 255, for the network: (v - center) / scale. */
  center: number;
  scale: number;
}

/** The programs by name. All use the same weights. */
export const INCEPTION_RULES = {
  edm: {
    about:
      'bilinear as in TensorFlow 1, no antialiasing: EDM, StyleGAN, Diff-Instruct, SiD, ADM, torch-fidelity, the original FID of ' +
      'TensorFlow, "legacy_tensorflow" of clean-fid',
    resize: 'tensorflow1',
    center: 128,
    scale: 128,
  },
  'pytorch-fid': {
    about: 'bilinear as in PyTorch, align_corners=False, no antialiasing: pytorch-fid, "legacy_pytorch" of clean-fid',
    resize: 'torch-bilinear',
    // 2 v / 255 - 1
    center: 127.5,
    scale: 127.5,
  },
  'clean-fid': {
    about: "Pillow's bicubic with antialiasing, not rounded: clean-fid",
    resize: 'pillow-bicubic-float',
    center: 128,
    scale: 128,
  },
} as const satisfies Record<string, InceptionRule>;

/** Name of an {@link InceptionRule}. */
export type InceptionRuleName = keyof typeof INCEPTION_RULES;

/** Other programs, with the rule that they follow. */
const SAME_AS: Record<string, InceptionRuleName> = {
  stylegan: 'edm',
  'diff-instruct': 'edm',
  sid: 'edm',
  adm: 'edm',
  ttur: 'edm',
  'torch-fidelity': 'edm',
  'legacy-tensorflow': 'edm',
  'legacy-pytorch': 'pytorch-fid',
};

/** Names for {@link inceptionRuleOf}, for messages. */
export const INCEPTION_RULE_NAMES: readonly string[] = [...Object.keys(INCEPTION_RULES), ...Object.keys(SAME_AS)];

/** Returns the rule of a program. @returns null if there is no such program */
export function inceptionRuleOf(program: string): InceptionRuleName | null {
  const name = program.toLowerCase().replaceAll('_', '-');
  return name in INCEPTION_RULES ? (name as InceptionRuleName) : (SAME_AS[name] ?? null);
}
