#!/usr/bin/env python3
"""sherpa-onnx with the same CAM++ network, on one thread: audio seconds a second.

    pip install sherpa-onnx==2.0.1 onnx numpy soundfile
    benches/peers/sherpa_onnx_embedding.py models/campplus-zh-en-telephone/model.onnx FOLDER [--rounds N]

sherpa-onnx reads from the network's metadata how to feed it, so the script writes a copy of the
network that has them.
"""

import pathlib
import tempfile

import onnx
import sherpa_onnx

from audio_folder import RATE_HZ, arguments, recordings, report

METADATA = {
    "framework": "3d-speaker",
    "sample_rate": "16000",
    "output_dim": "192",
    "normalize_samples": "1",
    "feature_normalize_type": "global-mean",
    "language": "Chinese-English",
}


def with_metadata(model, target):
    network = onnx.load(model)
    for key, value in METADATA.items():
        network.metadata_props.add(key=key, value=value)
    onnx.save(network, target)


def main():
    given = arguments(__doc__.splitlines()[0])
    channels = recordings(given.folder)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        with_metadata(given.model, path)
        config = sherpa_onnx.SpeakerEmbeddingExtractorConfig(
            model=str(path), num_threads=1, provider="cpu"
        )
        extractor = sherpa_onnx.SpeakerEmbeddingExtractor(config)

    def embed(_, samples):
        stream = extractor.create_stream()
        stream.accept_waveform(sample_rate=RATE_HZ, waveform=samples)
        stream.input_finished()
        return extractor.compute(stream)

    report("sherpa-onnx", channels, {"fbank_embedding": embed}, given.rounds)


if __name__ == "__main__":
    main()
