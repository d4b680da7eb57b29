/* libm under the names of the vector maths library: a loop over its functions, what a build without VML does.

   The speed session compiles it to have libm in the same table; no wheel has it. */
#include <complex.h>
#include <math.h>

#include "mkl_service.h"

#define EACH(NAME, FUNCTION) \
    void vd##NAME(MKL_INT n, const double *a, double *r) { for (MKL_INT i = 0; i < n; i++) r[i] = FUNCTION(a[i]); } \
    void vs##NAME(MKL_INT n, const float *a, float *r) { for (MKL_INT i = 0; i < n; i++) r[i] = FUNCTION##f(a[i]); }
#define EACH2(NAME, FUNCTION) \
    void vd##NAME(MKL_INT n, const double *a, const double *b, double *r) \
    { for (MKL_INT i = 0; i < n; i++) r[i] = FUNCTION(a[i], b[i]); } \
    void vs##NAME(MKL_INT n, const float *a, const float *b, float *r) \
    { for (MKL_INT i = 0; i < n; i++) r[i] = FUNCTION##f(a[i], b[i]); }
#define COMPLEX(NAME, FUNCTION) \
    void vz##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r) \
    { for (MKL_INT i = 0; i < n; i++) ((double _Complex *)r)[i] = FUNCTION(((const double _Complex *)a)[i]); }

#define quotient(x, y) ((x) / (y))
#define quotientf(x, y) ((x) / (y))
#define log10_of(z) (clog(z) * 0.4342944819032518)

EACH(Abs, fabs) EACH(Ceil, ceil) EACH(Floor, floor) EACH(Rint, rint) EACH(Trunc, trunc) EACH(Sqrt, sqrt)
EACH(Exp, exp) EACH(Expm1, expm1) EACH(Ln, log) EACH(Log1p, log1p) EACH(Log2, log2) EACH(Log10, log10)
EACH(Sin, sin) EACH(Cos, cos) EACH(Tan, tan) EACH(Asin, asin) EACH(Acos, acos) EACH(Atan, atan)
EACH(Sinh, sinh) EACH(Cosh, cosh) EACH(Tanh, tanh) EACH(Asinh, asinh) EACH(Acosh, acosh) EACH(Atanh, atanh)
EACH2(Div, quotient) EACH2(Fmax, fmax) EACH2(Fmin, fmin) EACH2(CopySign, copysign) EACH2(NextAfter, nextafter)
EACH2(Atan2, atan2) EACH2(Hypot, hypot) EACH2(Pow, pow)
COMPLEX(Conj, conj) COMPLEX(Sqrt, csqrt) COMPLEX(Exp, cexp) COMPLEX(Ln, clog) COMPLEX(Log10, log10_of)
COMPLEX(Sin, csin) COMPLEX(Cos, ccos) COMPLEX(Tan, ctan) COMPLEX(Asin, casin) COMPLEX(Acos, cacos) COMPLEX(Atan, catan)
COMPLEX(Sinh, csinh) COMPLEX(Cosh, ccosh) COMPLEX(Tanh, ctanh) COMPLEX(Asinh, casinh) COMPLEX(Acosh, cacosh)
COMPLEX(Atanh, catanh)
