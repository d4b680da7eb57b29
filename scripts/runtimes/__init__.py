"""How the CPython of a target is run on this machine: by itself, under an emulator, against another C library, or not at all."""
