"""Stand-in for the published torch_utils.persistence, written from its description. A persistent object is pickled together
with the source text of the module of its class. Unpickling runs that text as a module of its own, and takes the class from
there, unless the class is persistent already.
"""
import copy
import inspect
import sys
import types
import uuid

import dnnlib

VERSION = 6
persistent_classes = set()
source_of_module, module_of_source = {}, {}


def persistent_class(plain):
    if plain in persistent_classes:
        return plain
    module = sys.modules[plain.__module__]
    source = source_of_module.get(module) or inspect.getsource(module)
    source_of_module[module], module_of_source[source] = source, module

    class Persistent(plain):
        origin = source, plain.__name__

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self._init_args, self._init_kwargs = copy.deepcopy(args), dnnlib.EasyDict(copy.deepcopy(kwargs))
            assert plain.__name__ in module.__dict__

        def __reduce__(self):
            text, name = self.origin
            meta = dict(type="class", version=VERSION, module_src=text, class_name=name, state=self.__dict__)
            return _reconstruct_persistent_obj, (meta,)

    Persistent.__name__ = plain.__name__
    persistent_classes.add(Persistent)
    return Persistent


def _reconstruct_persistent_obj(meta):
    meta = dnnlib.EasyDict(meta)
    assert meta.type == "class" and meta.version == VERSION
    found = persistent_class(import_source(meta.module_src).__dict__[meta.class_name])
    made = found.__new__(found)
    set_state = getattr(made, "__setstate__", None)
    if callable(set_state):
        set_state(dnnlib.EasyDict(meta.state))
    else:
        made.__dict__.update(meta.state)
    return made


def import_source(source):
    module = module_of_source.get(source)
    if module is None:
        module = types.ModuleType(f"_imported_module_{uuid.uuid4().hex}")
        sys.modules[module.__name__] = module
        source_of_module[module], module_of_source[source] = source, module
        exec(source, module.__dict__)
    return module
