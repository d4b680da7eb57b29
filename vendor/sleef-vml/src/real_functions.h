/* Which function computes what: ours where they are faster or more exact, SLEEF's otherwise. */
#ifndef REAL_FUNCTIONS_H
#define REAL_FUNCTIONS_H

#include "direct.h"
#include "inverse.h"
#include "loops.h"
#include "power.h"
#include "single.h"
#include "trigonometric.h"

#define SINGLE_BY_SLEEF(NAME, SLEEF, ULP) LOOP1(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
#define OWN(NAME, OURS) LOOP1(d##NAME, double, vd, own_##OURS) LOOP1(s##NAME, float, vf, single_##OURS)
#define OWN_AND_SLEEF(NAME, OURS, ULP) LOOP1(d##NAME, double, vd, own_##OURS) SINGLE_BY_SLEEF(NAME, OURS, ULP)

LOOP1(dExp, double, vd, own_exp)
LOOP1(sExp, float, vs, direct_exp)
OWN(Expm1, expm1)
LOOP1(dLn, double, vd, own_log)
LOOP1(sLn, float, vs, direct_log)
OWN(Log1p, log1p)
OWN(Log2, log2)
OWN(Log10, log10)
OWN(Sinh, sinh)
OWN(Cosh, cosh)
OWN(Tanh, tanh)
OWN(Asinh, asinh)
OWN(Acosh, acosh)
OWN(Atanh, atanh)
OWN(Sin, sin)
OWN(Cos, cos)
OWN(Tan, tan)
OWN_AND_SLEEF(Asin, asin, u10)
OWN_AND_SLEEF(Acos, acos, u10)
OWN_AND_SLEEF(Atan, atan, u10)

LOOP2(dPow, double, vd, own_pow)
LOOP2(sPow, float, vf, single_pow)
LOOP2(dHypot, double, vd, own_hypot)
LOOP2(sHypot, float, vf, single_hypot)
LOOP2(dAtan2, double, vd, own_atan2)
LOOP2(sAtan2, float, vf, single_atan2)

/* Exact operations. */
#define EXACT1(NAME, SLEEF, ULP) LOOP1(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP)) LOOP1(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
#define EXACT2(NAME, SLEEF) LOOP2(d##NAME, double, native_d, SLEEF_D(SLEEF, )) LOOP2(s##NAME, float, native_f, SLEEF_F(SLEEF, ))
#define OPERATION1(NAME, ...) \
static void d##NAME(MKL_INT n, const double *a, double *r) { for (MKL_INT i = 0; i < n; i++) r[i] = __VA_ARGS__(a[i]); } \
static void s##NAME(MKL_INT n, const float *a, float *r) { for (MKL_INT i = 0; i < n; i++) r[i] = __VA_ARGS__(a[i]); }

/* The processor's own, which rounds right everywhere; SLEEF's without FMA does not at the largest numbers. */
OPERATION1(Sqrt, __builtin_elementwise_sqrt)
#if defined(__SSE4_1__) || defined(__aarch64__)
OPERATION1(Ceil, __builtin_elementwise_ceil)
OPERATION1(Floor, __builtin_elementwise_floor)
OPERATION1(Rint, __builtin_elementwise_roundeven)
OPERATION1(Trunc, __builtin_elementwise_trunc)
#else
EXACT1(Ceil, ceil, )
EXACT1(Floor, floor, )
EXACT1(Rint, rint, )
EXACT1(Trunc, trunc, )
#endif
OPERATION1(Abs, __builtin_elementwise_abs)
EXACT2(Fmax, fmax)
EXACT2(Fmin, fmin)
EXACT2(CopySign, copysign)
EXACT2(NextAfter, nextafter)

static void dDiv(MKL_INT n, const double *a, const double *b, double *r)
{
    for (MKL_INT i = 0; i < n; i++) r[i] = a[i] / b[i];
}

static void sDiv(MKL_INT n, const float *a, const float *b, float *r)
{
    for (MKL_INT i = 0; i < n; i++) r[i] = a[i] / b[i];
}

/* What the modes low and fast use instead. */
#define FAST_D(NAME, SLEEF) LOOP1(fast_d##NAME, double, native_d, SLEEF_D(SLEEF, u35))
#define FAST_F(NAME, SLEEF) LOOP1(fast_s##NAME, float, native_f, SLEEF_F(SLEEF, u35))
FAST_D(Sin, sin)
FAST_D(Cos, cos)
FAST_D(Tan, tan)
FAST_D(Asin, asin)
FAST_D(Acos, acos)
FAST_D(Atan, atan)
FAST_D(Tanh, tanh)
FAST_F(Sin, sin)
FAST_F(Cos, cos)
FAST_F(Tan, tan)
FAST_F(Asin, asin)
FAST_F(Acos, acos)
FAST_F(Atan, atan)
FAST_F(Log2, log2)
FAST_F(Tanh, tanh)
LOOP2(fast_dAtan2, double, native_d, SLEEF_D(atan2, u35))
LOOP2(fast_sAtan2, float, native_f, SLEEF_F(atan2, u35))
LOOP2(fast_dHypot, double, native_d, SLEEF_D(hypot, u35))

#endif
