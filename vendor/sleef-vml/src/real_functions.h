/* The real functions by SLEEF. */
#define BOTH1(NAME, SLEEF, ULP) LOOP1(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP)) LOOP1(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
#define BOTH2(NAME, SLEEF, ULP) LOOP2(d##NAME, double, native_d, SLEEF_D(SLEEF, ULP)) LOOP2(s##NAME, float, native_f, SLEEF_F(SLEEF, ULP))
BOTH1(Abs, fabs,) BOTH1(Ceil, ceil,) BOTH1(Floor, floor,) BOTH1(Rint, rint,) BOTH1(Trunc, trunc,) BOTH1(Sqrt, sqrt, u05)
BOTH1(Exp, exp, u10) BOTH1(Expm1, expm1, u10) BOTH1(Ln, log, u10) BOTH1(Log1p, log1p, u10) BOTH1(Log2, log2, u10) BOTH1(Log10, log10, u10)
BOTH1(Sin, sin, u10) BOTH1(Cos, cos, u10) BOTH1(Tan, tan, u10) BOTH1(Asin, asin, u10) BOTH1(Acos, acos, u10) BOTH1(Atan, atan, u10)
BOTH1(Sinh, sinh, u10) BOTH1(Cosh, cosh, u10) BOTH1(Tanh, tanh, u10) BOTH1(Asinh, asinh, u10) BOTH1(Acosh, acosh, u10) BOTH1(Atanh, atanh, u10)
BOTH2(Fmax, fmax,) BOTH2(Fmin, fmin,) BOTH2(CopySign, copysign,) BOTH2(NextAfter, nextafter,)
BOTH2(Atan2, atan2, u10) BOTH2(Hypot, hypot, u05) BOTH2(Pow, pow, u10)
static void dDiv(MKL_INT n, const double *a, const double *b, double *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
static void sDiv(MKL_INT n, const float *a, const float *b, float *r) { for (int i = 0; i < n; i++) r[i] = a[i] / b[i]; }
