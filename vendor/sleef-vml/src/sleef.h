/* SLEEF's inline functions of this level, and its vector types as `native_d` and `native_f`. */
#ifndef SLEEF_H
#define SLEEF_H

#include <stdint.h>

#if defined(NW_LEVEL_AVX512F)
#include <immintrin.h>
#include <sleefinline_avx512f.h>
#define SLEEF_D(NAME, ULP) Sleef_##NAME##d8_##ULP##avx512f
#define SLEEF_F(NAME, ULP) Sleef_##NAME##f16_##ULP##avx512f
typedef __m512d native_d;
typedef __m512 native_f;
#elif defined(NW_LEVEL_AVX2)
#include <immintrin.h>
#include <sleefinline_avx2.h>
#define SLEEF_D(NAME, ULP) Sleef_##NAME##d4_##ULP##avx2
#define SLEEF_F(NAME, ULP) Sleef_##NAME##f8_##ULP##avx2
typedef __m256d native_d;
typedef __m256 native_f;
#elif defined(NW_LEVEL_SSE2)
#include <emmintrin.h>
#include <sleefinline_sse2.h>
#define SLEEF_D(NAME, ULP) Sleef_##NAME##d2_##ULP##sse2
#define SLEEF_F(NAME, ULP) Sleef_##NAME##f4_##ULP##sse2
typedef __m128d native_d;
typedef __m128 native_f;
#elif defined(NW_LEVEL_ADVSIMD)
#include <arm_neon.h>
#include <sleefinline_advsimd.h>
#define SLEEF_D(NAME, ULP) Sleef_##NAME##d2_##ULP##advsimd
#define SLEEF_F(NAME, ULP) Sleef_##NAME##f4_##ULP##advsimd
typedef float64x2_t native_d;
typedef float32x4_t native_f;
#else
#error "say with -DNW_LEVEL_... for which level these functions are compiled"
#endif

enum { NATIVE_D = sizeof(native_d) / sizeof(double), NATIVE_F = sizeof(native_f) / sizeof(float) };

#endif
