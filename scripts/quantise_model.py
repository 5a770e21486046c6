#!/usr/bin/env python3
"""Quantises the embedding model to eight bits: a second model, smaller and faster, never compared
with the first.

Needs: pip install numpy onnx onnxruntime soundfile kaldi-native-fbank

    python3 scripts/quantise_model.py --model models/MODEL --speech DIR --out FOLDER

Static quantisation with the scales in the graph (QDQ): weights of convolutions int8 per output channel,
activations uint8, ranges from the features of published speech (`--speech DIR` with the folder
librispeech-cohort, of which every fifth recording is taken). Batch normalisations are folded into the
convolutions before, where the graph allows it.
"""

import argparse
import pathlib
import tempfile

import kaldi_native_fbank
import numpy as np
import onnxruntime
import soundfile
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

EVERY = 5
# All of one length, which the methods that keep histograms need.
FRAMES = 400
# The masks that the network lays over its own channels, and its first and last layer.
KEPT = "cam_layer/linear1,cam_layer/linear2,/head/conv1/,/xvector/dense/"
METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}


def features(path):
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == 16_000, f"{path} has {rate} Hz, expected 16000"
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = rate
    options.mel_opts.num_bins = 80
    options.mel_opts.high_freq = 8000
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(rate, samples.tolist())
    fbank.input_finished()
    frames = np.stack([fbank.get_frame(index) for index in range(fbank.num_frames_ready)])
    return (frames - frames.mean(0))[None, :FRAMES].astype(np.float32)


class Speech(CalibrationDataReader):
    def __init__(self, folder):
        paths = sorted((folder / "librispeech-cohort").rglob("*.flac"))[::EVERY]
        found = (features(path) for path in paths)
        self.inputs = (each for each in found if each.shape[1] == FRAMES)

    def get_next(self):
        found = next(self.inputs, None)
        return None if found is None else {"feats": found}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--method", default="percentile", choices=METHODS)
    parser.add_argument("--keep", default=KEPT, help="parts of names of nodes that stay f32, by commas")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        quant_pre_process(arguments.model / "model.onnx", prepared, skip_symbolic_shape=True)
        session = onnxruntime.InferenceSession(prepared)
        del session
        import onnx

        parts = [each for each in arguments.keep.split(",") if each]
        nodes = [node.name for node in onnx.load(prepared).graph.node]
        kept = [name for name in nodes if any(part in name for part in parts)]
        quantize_static(
            prepared,
            arguments.out / "model.onnx",
            Speech(arguments.speech),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=METHODS[arguments.method],
            nodes_to_exclude=kept,
            extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
        )
    print(f"{len(nodes)} nodes, {len(kept)} kept f32")


if __name__ == "__main__":
    main()
