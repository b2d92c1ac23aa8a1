"""Stand-in for the published dnnlib: a dict whose entries are attributes too."""


class EasyDict(dict):
    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value
