"""The settings under which numpy adds up in the same order on every x86-64 machine."""

from __future__ import annotations

#: No instructions that only newer machines have, and one thread. They count when numpy is imported, and not later.
SAME_SUMS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
}
