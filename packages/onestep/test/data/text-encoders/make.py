"""Makes the text encoders of the tests: tiny networks with random weights and tokenizers of a few hundred tokens, in the
formats of CLIP, BERT (MiniLM) and T5, with what PyTorch and the Python package tokenizers make of texts.

    pip install torch==2.15.0 numpy==2.4.6 onnx==1.23.2 tokenizers==0.23.3
    python make.py                    # writes everything else in this folder

The vocabularies are learned, and differ between runs: all files have to be made at once.

A text is split in Python as the library does by itself, with the truncation and the padding of the file, so that
tokens.json is an oracle for the tokenizer in TypeScript, and embeddings.json for all of the encoder.
"""
import json
import random
from pathlib import Path

import numpy
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn

HERE = Path(__file__).parent
WIDTH = 16
CORPUS = [
    f'{article} {size} {color} {shape} {place}'
    for article in ('a', 'one', 'the')
    for size in ('small', 'big', "child's")
    for color in ('red', 'green', 'blue', 'café-colored', 'grün')
    for shape in ('star', 'ring', 'triangle', 'square', 'mosque')
    for place in ('on white', 'and a ball, over 12 stones', "that's left of it!", 'in 東京', 'with 🙂 on it')
]
CAPTIONS = ['a red star', 'a blue ring and a green square on white', 'A Big  GRÜN triangle!', 'x', '🙂 in 東京'] + CORPUS[::31]
POOLS = [
    'abcdefghijklmnopqrstuvwxyz',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '0123456789',
    ' \t\n\u00a0\u3000',
    ".,;:!?'\"()[]{}<>|/\\-_+=*&^%$#@~`",
    'äöüßéèñçøåÆŒİıſ',
    'e\u0301a\u0308n\u0303',
    '東京大阪日本語한국어ไทย',
    'مرحباשלוםпривет',
    '🙂🚀❤️👩‍🚀🏳️‍🌈🇩🇪',
    '½²³№™ﬁⅣ',
]


def texts():
    rng = random.Random(0)
    fixed = ['', ' ', 'a', "it's", "IT'S a Star", '<|endoftext|> star', 'a [SEP] star', '</s>', 'red' * 30, 'star ' * 30, '🙂' * 20]
    drawn = []
    for _ in range(110):
        parts = []
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.5:
                parts.append(rng.choice(rng.choice(CORPUS).split(' ')))
            else:
                pool = rng.choice(POOLS)
                parts.append(''.join(rng.choice(pool) for _ in range(rng.randint(1, 6))))
        drawn.append(rng.choice(['', ' ', '  ']).join(parts))
    return fixed + CAPTIONS + drawn


def clip_tokenizer():
    start, end = '<|startoftext|>', '<|endoftext|>'
    tokenizer = Tokenizer(models.BPE(unk_token=end, continuing_subword_prefix='', end_of_word_suffix='</w>'))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r'\s+'), ' '), normalizers.Lowercase()]
    )
    words = Regex(r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, 'removed', invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=640, initial_alphabet=alphabet, end_of_word_suffix='</w>', special_tokens=[start, end], show_progress=False
    )
    # CLIP's vocabulary has every byte at the end of a word too: one word for each, seen twice.
    tokenizer.train_from_iterator(CORPUS, trainer)
    saved = json.loads(tokenizer.to_str())
    vocab = saved['model']['vocab']
    for letter in alphabet:
        vocab.setdefault(letter + '</w>', len(vocab))
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    sep, cls = (end, tokenizer.token_to_id(end)), (start, tokenizer.token_to_id(start))
    tokenizer.post_processor = processors.RobertaProcessing(sep, cls, trim_offsets=False, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16, pad_id=sep[1], pad_token=end)
    return tokenizer


def bert_tokenizer():
    tokenizer = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
    trainer = trainers.WordPieceTrainer(vocab_size=220, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    pair = [(name, tokenizer.token_to_id(name)) for name in ('[CLS]', '[SEP]')]
    tokenizer.post_processor = processors.TemplateProcessing('[CLS] $A [SEP]', '[CLS] $A [SEP] $B:1 [SEP]:1', pair)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def t5_tokenizer():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(' {2,}'), ' ')])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=['<pad>', '</s>', '<unk>'], unk_token='<unk>', show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing('$A </s>', '$A </s> $B </s>', [('</s>', 1)])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.enable_truncation(20, direction='left')
    tokenizer.enable_padding(pad_to_multiple_of=4, pad_id=0, pad_token='<pad>')
    return tokenizer


class Layer(nn.Module):
    """Attention with a mask, and a perceptron, each after a normalization."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x, bias):
        q, k, v = self.qkv(self.norm1(x)).chunk(3, dim=-1)
        weights = torch.softmax(q @ k.transpose(1, 2) / WIDTH**0.5 + bias, dim=-1)
        x = x + self.out(weights @ v)
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


class Clip(nn.Module):
    """CLIP's text model: causal, and the token with the highest number, the end, is the text's."""

    def __init__(self, tokens, length):
        super().__init__()
        self.token, self.position = nn.Embedding(tokens, WIDTH), nn.Embedding(length, WIDTH)
        self.layer, self.norm, self.projection = Layer(), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 8, bias=False)
        self.end = 1

    def forward(self, input_ids, attention_mask):
        length = input_ids.shape[1]
        x = self.token(input_ids) + self.position(torch.arange(length))
        causal = torch.full((length, length), -1e9).triu(1)
        padding = (1 - attention_mask[:, None].float()) * -1e9
        hidden = self.norm(self.layer(x, causal + padding))
        first_end = (input_ids == self.end).int().argmax(dim=-1)
        pooled = hidden[torch.arange(input_ids.shape[0]), first_end]
        return self.projection(pooled), hidden


class Bert(nn.Module):
    """BERT's encoder, without a pooled output, as MiniLM is exported: the mean over the tokens is the text's."""

    def __init__(self, tokens, length):
        super().__init__()
        self.token, self.position, self.kind = (nn.Embedding(n, WIDTH) for n in (tokens, length, 2))
        self.layer, self.norm = Layer(), nn.LayerNorm(WIDTH)

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.token(input_ids) + self.position(torch.arange(input_ids.shape[1])) + self.kind(token_type_ids)
        return self.norm(self.layer(x, (1 - attention_mask[:, None].float()) * -1e9))


def write(name, tokenizer, **config):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / 'tokenizer.json').write_text(tokenizer.to_str(pretty=False))
    if config:
        (folder / 'tokenizer_config.json').write_text(json.dumps(config))
        tokenizer.enable_truncation(config['model_max_length'])
    encoded = [(text, tokenizer.encode(text)) for text in texts()]
    rows = [{'text': text, 'ids': found.ids, 'mask': found.attention_mask, 'types': found.type_ids} for text, found in encoded]
    (folder / 'tokens.json').write_text('[\n' + ',\n'.join(json.dumps(row) for row in rows) + '\n]\n')
    return folder


def export(folder, network, args, inputs, outputs):
    axes = {name: {0: 'batch', 1: 'length'} for name in inputs}
    axes |= {name: {0: 'batch', **({1: 'length'} if name == 'last_hidden_state' else {})} for name in outputs}
    torch.onnx.export(
        network, args, str(folder / 'model.onnx'), input_names=inputs, output_names=outputs, dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )


def embed(folder, tokenizer, pooled):
    """Python's tokens of each caption through the network, one by one."""
    rows = []
    for text in CAPTIONS:
        # As captions of data sets are stored: one line, no spaces around.
        found = tokenizer.encode(' '.join(text.split()))
        with torch.no_grad():
            rows.append([round(value, 8) for value in pooled(found).tolist()])
    (folder / 'embeddings.json').write_text(json.dumps({'captions': CAPTIONS, 'rows': rows}))


def tensor(numbers):
    return torch.tensor([numbers], dtype=torch.int64)


if __name__ == '__main__':
    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    folder = write('clip', tokenizer)
    network = Clip(tokenizer.get_vocab_size(), 16).eval()
    ids = tensor(tokenizer.encode('a red star').ids)
    export(folder, network, (ids, torch.ones_like(ids)), ['input_ids', 'attention_mask'], ['text_embeds', 'last_hidden_state'])
    embed(folder, tokenizer, lambda found: network(tensor(found.ids), tensor(found.attention_mask))[0][0])

    tokenizer = bert_tokenizer()
    folder = write('bert', tokenizer, model_max_length=12, pad_token='[PAD]')
    network = Bert(tokenizer.get_vocab_size(), 12).eval()
    args = tuple(tensor(part) for part in ([2, 5, 3], [1, 1, 1], [0, 0, 0]))
    export(folder, network, args, ['input_ids', 'attention_mask', 'token_type_ids'], ['last_hidden_state'])
    embed(
        folder, tokenizer,
        lambda found: network(*(tensor(part) for part in (found.ids, found.attention_mask, found.type_ids)))[0].mean(dim=0),
    )

    write('t5', t5_tokenizer())

    # Files of embeddings as NumPy writes them: of each text in half precision, and of each token.
    saved = json.loads((HERE / 'clip' / 'embeddings.json').read_text())
    rows, prompts = numpy.float16(saved['rows']), numpy.array(saved['captions'])
    numpy.savez_compressed(HERE / 'half.npz', embeddings=rows, prompts=prompts, encoder='tiny-clip')
    tokens = numpy.arange(24, dtype=numpy.float64).reshape(2, 3, 4)
    numpy.savez(HERE / 'tokens.npz', embeddings=tokens, mask=[[1, 1, 0], [1, 0, 0]], prompts=['one', 'two'])
    numpy.savez(HERE / 'objects.npz', embeddings=tokens[:, 0], prompts=numpy.array(['one', 'two'], dtype=object))
    numpy.save(HERE / 'plain.npy', numpy.float32([[1, 2], [3, 4]]))
    (HERE / 'plain.txt').write_text('a red star\na blue ring\n')
