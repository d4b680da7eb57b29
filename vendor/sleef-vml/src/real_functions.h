/* The real functions: ours where a processor has fused multiply-add and they are faster, SLEEF's otherwise. */
#ifndef REAL_FUNCTIONS_H
#define REAL_FUNCTIONS_H

#include "loops.h"
#include "inverse.h"
#include "power.h"
#include "single.h"
#include "trigonometric.h"

#define SLEEF1_D(NAME, SLEEF, ULP) LOOP1(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP))
#define SLEEF1_F(NAME, SLEEF, ULP) LOOP1(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
#define BOTH1(NAME, SLEEF, ULP) SLEEF1_D(NAME, SLEEF, ULP) SLEEF1_F(NAME, SLEEF, ULP)
#define BOTH2(NAME, SLEEF, ULP) LOOP2(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP)) LOOP2(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
BOTH1(Abs, fabs,) BOTH1(Ceil, ceil,) BOTH1(Floor, floor,) BOTH1(Rint, rint,) BOTH1(Trunc, trunc,) BOTH1(Sqrt, sqrt, u05)
LOOP1(sExp, float, vf, single_exp)
LOOP1(sExpm1, float, vf, single_expm1)
LOOP1(sLn, float, vf, single_log)
LOOP1(sLog1p, float, vf, single_log1p)
LOOP1(sLog2, float, vf, single_log2)
LOOP1(sLog10, float, vf, single_log10)
LOOP1(sSinh, float, vf, single_sinh)
LOOP1(sCosh, float, vf, single_cosh)
LOOP1(sTanh, float, vf, single_tanh)
LOOP1(sAsinh, float, vf, single_asinh)
LOOP1(sAcosh, float, vf, single_acosh)
LOOP1(sAtanh, float, vf, single_atanh)
LOOP1(dExp, double, vd, own_exp)
LOOP1(dExpm1, double, vd, own_expm1)
LOOP1(dSinh, double, vd, own_sinh)
LOOP1(dCosh, double, vd, own_cosh)
LOOP1(dTanh, double, vd, own_tanh)
LOOP1(dLn, double, vd, own_log)
LOOP1(dLog1p, double, vd, own_log1p)
LOOP1(dLog2, double, vd, own_log2)
LOOP1(dLog10, double, vd, own_log10)
LOOP2(dPow, double, vd, own_pow)
LOOP2(sPow, float, vf, single_pow)
SLEEF1_F(Sin, sin, u10) SLEEF1_F(Cos, cos, u10) BOTH1(Tan, tan, u10) SLEEF1_F(Asin, asin, u10) SLEEF1_F(Acos, acos, u10) SLEEF1_F(Atan, atan, u10)
LOOP1(dSin, double, vd, own_sin)
LOOP1(dCos, double, vd, own_cos)
LOOP1(dAsin, double, vd, own_asin)
LOOP1(dAcos, double, vd, own_acos)
LOOP1(dAtan, double, vd, own_atan)
LOOP2(dAtan2, double, vd, own_atan2)
LOOP2(sAtan2, float, native_f, SLEEF_F(atan2, u10))

LOOP1(dAsinh, double, vd, own_asinh)
LOOP1(dAcosh, double, vd, own_acosh)
LOOP1(dAtanh, double, vd, own_atanh)
BOTH2(Fmax, fmax,) BOTH2(Fmin, fmin,) BOTH2(CopySign, copysign,) BOTH2(NextAfter, nextafter,)
BOTH2(Hypot, hypot, u05)
static void dDiv(MKL_INT n, const double *a, const double *b, double *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
static void sDiv(MKL_INT n, const float *a, const float *b, float *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
#endif
