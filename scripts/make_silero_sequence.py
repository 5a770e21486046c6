#!/usr/bin/env python3
"""Rewrites Silero VAD so that one run takes many windows.

The network that its makers publish takes one window of 32 ms at a time, and the overhead of a run
is most of its cost. All but its LSTM depends on one window alone. This script writes a network
with the same weights, for 16 kHz, in which the windows of a run are the batch of the convolutions
(as matrix products over gathered patches) and the time axis of the LSTM:

    input [N, 64 + 512], state [2, 1, 128]  ->  output [N, 1], stateN [2, 1, 128]

It runs both over a recording and prints the largest difference and the speeds.

    python3 scripts/make_silero_sequence.py SILERO_ONNX models/silero-vad/model.onnx [RECORDING_WAV]

Needs: numpy, onnx, onnxruntime.
"""

import hashlib
import sys
import time
import wave

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

CONTEXT, WINDOW, BINS, HIDDEN = 64, 512, 129, 128
STFT_LENGTH, STFT_HOP, STFT_PAD = 256, 128, 64


def weights_of_16_khz(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The constants of the branch that is taken at 16 kHz, by their names in the source."""
    branch = next(node for node in model.graph.node if node.op_type == "If")
    graph = next(a.g for a in branch.attribute if a.name == "then_branch")
    found = {}
    for node in graph.node:
        if node.op_type == "Constant":
            name = node.output[0].split("Inline_0__")[-1]
            found[name] = numpy_helper.to_array(node.attribute[0].t)
    return found


def reflected(length: int, padding: int) -> list[int]:
    """Positions of a signal that is mirrored at its end, without repeating the last sample."""
    return list(range(length)) + [length - 2 - i for i in range(padding)]


class Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes, self.constants = [], []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def convolve(self, source: str, name: str, weight, bias, length: int, stride: int) -> str:
        """A convolution of width 3 with a zero at both ends, over `[N, length, C]`, and ReLU."""
        outputs = (length - 1) // stride + 1
        taps = [[1 + stride * t + k - 1 for k in range(3)] for t in range(outputs)]
        padded = self.add("Pad", [source, "time_pad"], f"{name}.padded")
        index = self.constant(f"{name}.taps", np.array(taps, np.int64).reshape(-1))
        gathered = self.add("Gather", [padded, index], f"{name}.gathered", axis=1)
        shape = self.constant(f"{name}.shape", np.array([-1, outputs, 3 * weight.shape[1]], np.int64))
        patches = self.add("Reshape", [gathered, shape], f"{name}.patches")
        # [out, in, tap] to [tap * in, out].
        matrix = self.constant(f"{name}.weight", weight.transpose(2, 1, 0).reshape(-1, weight.shape[0]))
        product = self.add("MatMul", [patches, matrix], f"{name}.product")
        biased = self.add("Add", [product, self.constant(f"{name}.bias", bias)], f"{name}.biased")
        return self.add("Relu", [biased], f"{name}.relu")


def lstm_order(gates: np.ndarray) -> np.ndarray:
    """PyTorch's gates (input, forget, cell, output) in ONNX's order (input, output, forget, cell)."""
    i, f, g, o = np.split(gates, 4)
    return np.concatenate([i, o, f, g])


def sequence_model(w: dict[str, np.ndarray]) -> onnx.ModelProto:
    g = Graph()
    g.constant("time_pad", np.array([0, 1, 0, 0, 1, 0], np.int64))
    signal = np.array(reflected(CONTEXT + WINDOW, STFT_PAD), np.int64)
    starts = range(0, len(signal) - STFT_LENGTH + 1, STFT_HOP)
    taps = np.stack([signal[s : s + STFT_LENGTH] for s in starts])
    frames = len(taps)
    g.add("Gather", ["input", g.constant("stft.taps", taps)], "stft.patches", axis=1)
    basis = w["stft.forward_basis_buffer"][:, 0, :]
    for part, rows in (("real", basis[:BINS]), ("imaginary", basis[BINS:])):
        g.add("MatMul", ["stft.patches", g.constant(f"stft.{part}.basis", rows.T)], f"stft.{part}")
        g.add("Mul", [f"stft.{part}", f"stft.{part}"], f"stft.{part}.squared")
    g.add("Add", ["stft.real.squared", "stft.imaginary.squared"], "stft.power")
    last, length = g.add("Sqrt", ["stft.power"], "stft.magnitude"), frames
    for layer, stride in enumerate((1, 2, 2, 1)):
        name = f"encoder.{layer}.reparam_conv"
        last = g.convolve(last, name, w[f"{name}.weight"], w[f"{name}.bias"], length, stride)
        length = (length - 1) // stride + 1
    assert length == 1, length
    # [N, 1, 128] is the LSTM's [time, batch, width] already.
    split = g.constant("state.halves", np.array([1, 1], np.int64))
    g.nodes.append(helper.make_node("Split", ["state", split], ["hidden", "cell"], axis=0))
    g.constant("lstm.w", lstm_order(w["decoder.rnn.weight_ih"])[None])
    g.constant("lstm.r", lstm_order(w["decoder.rnn.weight_hh"])[None])
    biases = [lstm_order(w[f"decoder.rnn.bias_{side}"]) for side in ("ih", "hh")]
    g.constant("lstm.b", np.concatenate(biases)[None])
    g.nodes.append(
        helper.make_node(
            "LSTM",
            [last, "lstm.w", "lstm.r", "lstm.b", "", "hidden", "cell"],
            ["lstm.all", "lstm.hidden", "lstm.cell"],
            hidden_size=HIDDEN,
        )
    )
    g.add("Concat", ["lstm.hidden", "lstm.cell"], "stateN", axis=0)
    rows = g.constant("lstm.rows", np.array([-1, HIDDEN], np.int64))
    g.add("Reshape", ["lstm.all", rows], "decoder.input")
    g.add("Relu", ["decoder.input"], "decoder.relu")
    weight = g.constant("decoder.weight", w["decoder.decoder.2.weight"].reshape(1, HIDDEN).T)
    g.add("MatMul", ["decoder.relu", weight], "decoder.product")
    g.add("Add", ["decoder.product", g.constant("decoder.bias", w["decoder.decoder.2.bias"])], "decoder.logit")
    g.add("Sigmoid", ["decoder.logit"], "output")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes,
        "silero_vad_16k_sequence",
        [
            value("input", TensorProto.FLOAT, ["N", CONTEXT + WINDOW]),
            value("state", TensorProto.FLOAT, [2, 1, HIDDEN]),
        ],
        [
            value("output", TensorProto.FLOAT, ["N", 1]),
            value("stateN", TensorProto.FLOAT, [2, 1, HIDDEN]),
        ],
        g.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def session(path: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def windows_of(path: str) -> np.ndarray:
    with wave.open(path) as file:
        assert file.getframerate() == 16000 and file.getnchannels() == 1
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)
    samples = samples[: len(samples) // WINDOW * WINDOW]
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), samples.astype(np.float32)])
    return np.stack([padded[s : s + CONTEXT + WINDOW] for s in range(0, len(samples), WINDOW)])


def compare(source: str, made: str, recording: str) -> None:
    windows = windows_of(recording)
    one, many = session(source), session(made)
    seconds = len(windows) * WINDOW / 16000

    def singly() -> np.ndarray:
        state, out = np.zeros((2, 1, HIDDEN), np.float32), []
        for window in windows:
            feed = {"input": window[None], "state": state, "sr": np.array(16000)}
            probability, state = one.run(None, feed)
            out.append(probability[0, 0])
        return np.array(out)

    def together(size: int) -> np.ndarray:
        state, out = np.zeros((2, 1, HIDDEN), np.float32), []
        for start in range(0, len(windows), size):
            feed = {"input": windows[start : start + size], "state": state}
            probability, state = many.run(None, feed)
            out.append(probability[:, 0])
        return np.concatenate(out)

    expected = singly()
    for size in (1, 7, 32, 64, 256):
        found = together(size)
        started = time.perf_counter()
        for _ in range(5):
            together(size)
        speed = 5 * seconds / (time.perf_counter() - started)
        print(f"{size} windows a run: largest difference {np.abs(found - expected).max():.1e}, {speed:.0f} x")
    started = time.perf_counter()
    singly()
    print(f"source: {seconds / (time.perf_counter() - started):.0f} x")


def main() -> None:
    source, target, *recording = sys.argv[1:]
    model = sequence_model(weights_of_16_khz(onnx.load(source)))
    onnx.save(model, target)
    with open(target, "rb") as file:
        print(hashlib.sha256(file.read()).hexdigest(), target)
    for path in recording:
        compare(source, target, path)


if __name__ == "__main__":
    main()
