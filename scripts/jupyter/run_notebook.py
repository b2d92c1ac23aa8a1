"""Runs a notebook with a kernel, and prints the values of its code cells as JSON.

python run_notebook.py NOTEBOOK KERNEL_FOLDER: the folder has kernel.json.
"""

import json
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

notebook, kernel = sys.argv[1:]
contents = nbformat.read(notebook, as_version=4)


class OneKernel(KernelSpecManager):
    """Knows one kernel, whatever is installed."""

    def get_kernel_spec(self, kernel_name):
        return self.kernel_spec_class.from_resource_dir(kernel)


client = NotebookClient(contents, timeout=120, kernel_name="deno", resources={"metadata": {"path": str(Path.cwd())}})
client.create_kernel_manager()
client.km.kernel_spec_manager = OneKernel()
client.execute()
values = []
for cell in contents.cells:
    if cell.cell_type == "code":
        data = [output.data for output in cell.outputs if "data" in output]
        values.append(data[-1] if data else None)
print(json.dumps(values))
