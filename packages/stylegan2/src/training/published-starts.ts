const FOLDER = 'https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/transfer-learning-source-nets';

/** Addresses of the published files that trainings start from, by the names that the published train.py gives them in `--resume`. */
export const PUBLISHED_STARTS: Readonly<Record<string, string>> = {
  ffhq256: `${FOLDER}/ffhq-res256-mirror-paper256-noaug.pkl`,
  ffhq512: `${FOLDER}/ffhq-res512-mirror-stylegan2-noaug.pkl`,
  ffhq1024: `${FOLDER}/ffhq-res1024-mirror-stylegan2-noaug.pkl`,
  celebahq256: `${FOLDER}/celebahq-res256-mirror-paper256-kimg100000-ada-target0.5.pkl`,
  lsundog256: `${FOLDER}/lsundog-res256-paper256-kimg100000-noaug.pkl`,
};
