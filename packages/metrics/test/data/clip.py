"""Writes clip/: a tiny pair of encoders as CLIP's are exported, and the scores that PyTorch gives of three captioned images.

    python3 packages/metrics/test/data/clip.py

clip/vision.onnx takes pixel_values [N, 3, 16, 16] and returns image_embeds [N, 12]; clip/text.onnx takes input_ids and
attention_mask [N, L] and returns text_embeds [N, 12]; clip/tokenizer.json splits texts into words; clip/scores.json has the
images, their captions, the embeddings and the scores. Pixels are resized and cut out as OpenAI's CLIP does, by Pillow. Needs
PyTorch, numpy, Pillow and onnx.
"""
import base64
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch.nn import functional

HERE = Path(__file__).parent / "clip"
SIDE, DIM, HIDDEN = 16, 12, 6
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
WORDS = ["[PAD]", "[UNK]", "a", "red", "green", "circle", "star", "on", "the", "left"]
CAPTIONS = ["a red circle", "a green star on the left", "a star"]
SIZES = [(20, 28), (40, 16), (16, 16)]

torch.manual_seed(0)
patch = torch.randn(4, 3, 8, 8) / 8
project = torch.randn(DIM, 16) / 4
words = torch.randn(len(WORDS), HIDDEN)
text_project = torch.randn(DIM, HIDDEN) / 2


def preprocess(image):
    width, height = image.size
    if width <= height:
        size = (SIDE, int(SIDE * height / width))
    else:
        size = (int(SIDE * width / height), SIDE)
    image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = round((size[0] - SIDE) / 2), round((size[1] - SIDE) / 2)
    pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32) / 255
    return torch.from_numpy((pixels - np.float32(MEAN)) / np.float32(STD)).permute(2, 0, 1)


def encode_images(x):
    return functional.linear(functional.conv2d(x, patch, stride=8).flatten(1), project)


def encode_texts(ids, mask):
    mean = (words[ids] * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    return functional.linear(mean, text_project)


def save(name, nodes, inputs, outputs, weights):
    tensors = [numpy_helper.from_array(value.numpy(), key) for key, value in weights.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")


HERE.mkdir(exist_ok=True)
save(
    "vision",
    [
        helper.make_node("Conv", ["pixel_values", "patch"], ["patches"], strides=[8, 8], kernel_shape=[8, 8]),
        helper.make_node("Flatten", ["patches"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "project"], ["image_embeds"], transB=1),
    ],
    [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])],
    [
        helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", 16]),
        helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["batch", DIM]),
    ],
    {"patch": patch, "project": project},
)
save(
    "text",
    [
        helper.make_node("Gather", ["words", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["each", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "first"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "first"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
        helper.make_node("Gemm", ["mean", "project"], ["text_embeds"], transB=1),
    ],
    [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("input_ids", "attention_mask")],
    [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["batch", DIM])],
    {"words": words, "project": text_project, "last": torch.tensor([2]), "first": torch.tensor([1])},
)
tokenizer = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(WORDS)}, "unk_token": "[UNK]"},
}
(HERE / "tokenizer.json").write_text(json.dumps(tokenizer) + "\n")
config = {
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "do_normalize": True,
    "do_resize": True,
    "image_mean": MEAN,
    "image_std": STD,
    "resample": 3,
    "size": {"shortest_edge": SIDE},
}
(HERE / "preprocessor_config.json").write_text(json.dumps(config) + "\n")

rng = np.random.default_rng(0)
arrays = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in SIZES]
ids = torch.tensor([[WORDS.index(word) for word in caption.split()] + [0] * (6 - len(caption.split())) for caption in CAPTIONS])
images = encode_images(torch.stack([preprocess(Image.fromarray(array)) for array in arrays]))
texts = encode_texts(ids, (ids > 0).float())
scores = 100 * functional.cosine_similarity(images, texts).clamp(min=0)
(HERE / "scores.json").write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "images": [
                {"width": w, "height": h, "data": base64.b64encode(array.tobytes()).decode(), "caption": caption}
                for (w, h), array, caption in zip(SIZES, arrays, CAPTIONS)
            ],
            "imageEmbeds": images.flatten().tolist(),
            "textEmbeds": texts.flatten().tolist(),
            "scores": scores.tolist(),
            "mean": scores.mean().item(),
        }
    )
    + "\n"
)
print(scores)
