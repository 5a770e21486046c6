#!/usr/bin/env python3
"""The reference, kaldi-native-fbank with ONNX Runtime, on one thread: audio seconds a second.

    pip install kaldi-native-fbank==1.23.0 onnxruntime==1.32.0 numpy soundfile
    benches/peers/kaldi_onnxruntime.py models/campplus-zh-en-telephone/model.onnx FOLDER [--rounds N]
"""

import kaldi_native_fbank as knf
import numpy as np
import onnxruntime

from audio_folder import RATE_HZ, arguments, recordings, report


def fbank(samples):
    """Mean-subtracted features `[T, 80]`."""
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = 80
    options.mel_opts.high_freq = 8000.0
    extractor = knf.OnlineFbank(options)
    extractor.accept_waveform(RATE_HZ, samples)
    extractor.input_finished()
    frames = [extractor.get_frame(i) for i in range(extractor.num_frames_ready)]
    features = np.stack(frames)
    return features - features.mean(axis=0)


def main():
    given = arguments(__doc__.splitlines()[0])
    channels = recordings(given.folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(given.model), options, providers=["CPUExecutionProvider"]
    )
    features = [fbank(samples)[None] for samples in channels]
    stages = {
        "fbank": lambda _, samples: fbank(samples),
        "network": lambda index, _: session.run(None, {"feats": features[index]}),
        "fbank_embedding": lambda _, samples: session.run(None, {"feats": fbank(samples)[None]}),
    }
    report("kaldi-onnxruntime", channels, stages, given.rounds)


if __name__ == "__main__":
    main()
