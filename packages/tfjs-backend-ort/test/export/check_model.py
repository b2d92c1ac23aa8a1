"""Checks the ONNX file on standard input with onnx's own checker and strict shape inference, and prints its interface."""

import json
import sys

import onnx

model = onnx.load_from_string(sys.stdin.buffer.read())
onnx.checker.check_model(model, full_check=True)
inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)


def dims(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


json.dump(
    {
        "ir": model.ir_version,
        "opsets": {o.domain: o.version for o in model.opset_import},
        "domains": sorted({node.domain for node in model.graph.node}),
        "inputs": {value.name: dims(value) for value in inferred.graph.input},
        "outputs": {value.name: dims(value) for value in inferred.graph.output},
        "nodes": len(model.graph.node),
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
    },
    sys.stdout,
)
