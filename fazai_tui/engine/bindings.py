"""llama.cpp's C functions. Importing this loads the library: only the engine's thread does.

They are used untyped, since the package's annotations do not say what its functions take and return; the modules that
call them put types around them again.
"""

from typing import Any

from llama_cpp import llama_cpp

native: Any = llama_cpp
"""llama.cpp."""
