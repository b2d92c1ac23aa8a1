export { createBatchSource, type BatchOptions, type BatchSource } from './batches.js';
export { type BatchRows, type ImageBatch } from './make-batch.js';
export { DRAWN_DATASETS, DRAWN_SIDES, drawDataset, type DrawOptions, type DrawnDataset } from './drawn/index.js';
export { shapesScene } from './drawn/shapes/index.js';
export { findThings, isRgb32, type FoundScene, type FoundThing } from './drawn/shapes/find-things.js';
export { HELD_OUT, type Combination } from './drawn/shapes/held-out.js';
export { matchCaption, type CaptionMatch } from './drawn/shapes/match-caption.js';
export {
  CaptionMeter,
  MEASURED,
  type AttributeCount,
  type AttributeCounts,
  type MeteredCaptions,
} from './drawn/shapes/caption-meter.js';
export { measureCaptions, type CaptionAccuracy, type MeasureCaptionsOptions } from './drawn/shapes/measure-captions.js';
export { MEASURED_SPLITS, measuringCaptions } from './drawn/shapes/measuring-captions.js';
export { readCaption, type StatedScene, type StatedThing } from './drawn/shapes/read-caption.js';
export { type Scene, type Thing } from './drawn/shapes/scene.js';
export { readCaptionedImages, type CaptionedImage } from './captioned-images.js';
export { drawContactSheet } from './contact-sheet.js';
export { EMOJI_SIDES, makeEmojiDataset, type EmojiOptions } from './emoji/emoji-dataset.js';
export { ON_ERROR, type OnError } from './conversion-problems.js';
export { convertDataset, type ConvertOptions } from './convert.js';
export { ImageDataset, openDataset, type DatasetOptions } from './dataset.js';
export { decodeImage } from './decoding/decode-image.js';
export { type DecodedImage, type ImageChange } from './decoding/image-change.js';
export { isImageName, isUnreadImageName } from './decoding/image-format.js';
export { examineImages, type Examination, type ExamineOptions, type ImageGroup, type SizeCount } from './examine.js';
export { type Duplicates } from './examination/duplicates.js';
export { type CaptionSummary } from './examination/caption-counts.js';
export { type LabelSummary } from './examination/label-counts.js';
export { type OddImage } from './examination/odd-images.js';
export { describeIgnored, isIgnoredName } from './files/ignored-names.js';
export { type SheetSize } from './contact-sheet.js';
export { type SourceChoice } from './sources/source.js';
export { type ImageShape, type PixelImage } from './image-shape.js';
export { datasetInfo, type DatasetInfo } from './info.js';
export { datasetCaptions, datasetLabels, sampleCaptions, type DatasetLabels } from './training-labels.js';
export { chooseImages } from './choose-images.js';
export { PictureCensus, type CensusCounts } from './pictures/census.js';
export { openPictures, type PicturesOptions } from './pictures/open-pictures.js';
export { type Picture, type Pictures } from './pictures/pictures.js';
export { mirroredCaptions, type MirroredCaptions } from './mirrored-captions.js';
export { readPrompts } from './prompts.js';
export { decodePngSamples } from './png/decode.js';
export { encodePng, type EncodePngOptions } from './png/encode.js';
export { InfiniteSampler, type SamplerShare, type SamplerState } from './sampler.js';
export { TRANSFORMS, type Resolution, type TransformName } from './transform/index.js';
export { type ConvertResult } from './write-dataset.js';
