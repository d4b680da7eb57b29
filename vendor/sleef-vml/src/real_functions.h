/* The real functions: ours where a processor has fused multiply-add and they are faster, SLEEF's otherwise. */
#ifndef REAL_FUNCTIONS_H
#define REAL_FUNCTIONS_H

#include "loops.h"
#include "power.h"

#define SLEEF1_D(NAME, SLEEF, ULP) LOOP1(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP))
#define SLEEF1_F(NAME, SLEEF, ULP) LOOP1(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
#define BOTH1(NAME, SLEEF, ULP) SLEEF1_D(NAME, SLEEF, ULP) SLEEF1_F(NAME, SLEEF, ULP)
#define BOTH2(NAME, SLEEF, ULP) LOOP2(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP)) LOOP2(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
BOTH1(Abs, fabs,) BOTH1(Ceil, ceil,) BOTH1(Floor, floor,) BOTH1(Rint, rint,) BOTH1(Trunc, trunc,) BOTH1(Sqrt, sqrt, u05)
SLEEF1_F(Exp, exp, u10) SLEEF1_F(Expm1, expm1, u10) SLEEF1_F(Ln, log, u10) SLEEF1_F(Log1p, log1p, u10) SLEEF1_F(Log2, log2, u10) SLEEF1_F(Log10, log10, u10)
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
LOOP2(sPow, float, native_f, SLEEF_F(pow, u10))
BOTH1(Sin, sin, u10) BOTH1(Cos, cos, u10) BOTH1(Tan, tan, u10) BOTH1(Asin, asin, u10) BOTH1(Acos, acos, u10) BOTH1(Atan, atan, u10)
SLEEF1_F(Sinh, sinh, u10) SLEEF1_F(Cosh, cosh, u10) SLEEF1_F(Tanh, tanh, u10) BOTH1(Asinh, asinh, u10) BOTH1(Acosh, acosh, u10) BOTH1(Atanh, atanh, u10)
BOTH2(Fmax, fmax,) BOTH2(Fmin, fmin,) BOTH2(CopySign, copysign,) BOTH2(NextAfter, nextafter,)
BOTH2(Atan2, atan2, u10) BOTH2(Hypot, hypot, u05)
static void dDiv(MKL_INT n, const double *a, const double *b, double *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
static void sDiv(MKL_INT n, const float *a, const float *b, float *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
#endif
