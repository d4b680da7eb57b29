/* The complex functions, by the real ones on vectors of real and imaginary parts.

   Every function says for which arguments its formula holds; for the others, such as infinite, NaN, or so large or
   small that a square leaves the range of a double, the element is computed by libm's function, one by one: the special
   cases are those of C99 annex G, as in numpy. */
#ifndef COMPLEX_FUNCTIONS_H
#define COMPLEX_FUNCTIONS_H

#include <complex.h>

#include "exponential.h"
#include "inverse.h"
#include "trigonometric.h"

typedef struct { vd re, im; } vz;

/* A formula's answer, and where it is one. */
typedef struct { vz y; vl holds; } formula;

INLINE vz from_interleaved(const double *z)
{
    double re[LANES], im[LANES];
    vz x;
    for (int k = 0; k < LANES; k++) {
        re[k] = z[2 * k];
        im[k] = z[2 * k + 1];
    }
    memcpy(&x.re, re, sizeof re);
    memcpy(&x.im, im, sizeof im);
    return x;
}

INLINE void to_interleaved(vz y, double *z)
{
    for (int k = 0; k < LANES; k++) {
        z[2 * k] = y.re[k];
        z[2 * k + 1] = y.im[k];
    }
}

typedef double _Complex scalar(double _Complex);

static __attribute__((noinline)) void where_odd(const double *z, const vl *holds, double *out, scalar *function)
{
    int64_t fine[LANES];
    memcpy(fine, holds, sizeof fine);
    for (int k = 0; k < LANES; k++) {
        if (!fine[k]) {
            double _Complex x, y;
            memcpy(&x, z + 2 * k, sizeof x);
            y = function(x);
            memcpy(out + 2 * k, &y, sizeof y);
        }
    }
}

/* The last vector goes through a buffer, as in loops.h. */
#define COMPLEX_LOOP(NAME, FORMULA, SCALAR) \
static void z##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r) \
{ \
    for (MKL_INT i = 0; i < n; i += LANES) { \
        const int count = n - i < LANES ? n - i : LANES; \
        double in[2 * LANES], out[2 * LANES]; \
        if (count < LANES) \
            for (int k = count; k < LANES; k++) memcpy(in + 2 * k, a + i, sizeof *a); \
        memcpy(in, a + i, (size_t)count * sizeof *a); \
        formula f = FORMULA(from_interleaved(in)); \
        to_interleaved(f.y, out); \
        if (any(!f.holds)) where_odd(in, &f.holds, out, SCALAR); \
        memcpy(r + i, out, (size_t)count * sizeof *a); \
    } \
}

INLINE vl within(vd x, double most) { return magnitude(x) < all(most); }

INLINE formula complex_exp(vz x)
{
    struct sine_cosine turn = sine_cosine(x.im);
    vd size = own_exp(x.re);
    return (formula){{size * turn.cosine, size * turn.sine}, within(x.re, 700) & within(x.im, TURNS_MOST)};
}

/* sinh and cosh for |x| < 300. */
struct hyperbolic { vd sinh, cosh; };

INLINE struct hyperbolic hyperbolic(vd x)
{
    dd t = expm1_parts(magnitude(x));
    vd u = (t.hi + t.lo) / (all(1) + t.hi);
    vd sinh = all(0.5) * (t.hi + (u + t.lo));
    return (struct hyperbolic){with_sign(sinh, x), fused(all(0.5) * t.hi, u, all(1))};
}

#define BOTH_WITHIN(RE, IM) (within(RE, TURNS_MOST) & within(IM, 300))

INLINE formula complex_sin(vz x)
{
    struct sine_cosine turn = sine_cosine(x.re);
    struct hyperbolic other = hyperbolic(x.im);
    return (formula){{turn.sine * other.cosh, turn.cosine * other.sinh}, BOTH_WITHIN(x.re, x.im)};
}

INLINE formula complex_cos(vz x)
{
    struct sine_cosine turn = sine_cosine(x.re);
    struct hyperbolic other = hyperbolic(x.im);
    return (formula){{turn.cosine * other.cosh, -turn.sine * other.sinh}, BOTH_WITHIN(x.re, x.im)};
}

INLINE formula complex_sinh(vz x)
{
    struct sine_cosine turn = sine_cosine(x.im);
    struct hyperbolic other = hyperbolic(x.re);
    return (formula){{turn.cosine * other.sinh, turn.sine * other.cosh}, BOTH_WITHIN(x.im, x.re)};
}

INLINE formula complex_cosh(vz x)
{
    struct sine_cosine turn = sine_cosine(x.im);
    struct hyperbolic other = hyperbolic(x.re);
    return (formula){{turn.cosine * other.cosh, turn.sine * other.sinh}, BOTH_WITHIN(x.im, x.re)};
}

/* tan(a + ib) = (sin a cos a + i sinh b cosh b) / (cos^2 a + sinh^2 b): the sum cannot cancel. */
INLINE vz tangent(vd a, vd b)
{
    struct sine_cosine turn = sine_cosine(a);
    struct hyperbolic other = hyperbolic(b);
    vd under = fused(turn.cosine, turn.cosine, other.sinh * other.sinh);
    return (vz){turn.sine * turn.cosine / under, other.sinh * other.cosh / under};
}

INLINE formula complex_tan(vz x)
{
    return (formula){tangent(x.re, x.im), BOTH_WITHIN(x.re, x.im)};
}

INLINE formula complex_tanh(vz x)
{
    vz y = tangent(x.im, x.re);
    return (formula){{y.im, y.re}, BOTH_WITHIN(x.im, x.re)};
}

#define SQUARES_MOST 0x1p480
#define SQUARES_LEAST 0x1p-480

/* x^2 + y^2 as a sum of two. */
INLINE dd square_sum(vd x, vd y)
{
    dd a = exact_product(x, x), b = exact_product(y, y), sum = exact_sum(a.hi, b.hi);
    return fast_sum(sum.hi, sum.lo + (a.lo + b.lo));
}

INLINE vl squares_fit(vd x, vd y)
{
    vd most = larger(magnitude(x), magnitude(y));
    return (most > all(SQUARES_LEAST)) & within(x, SQUARES_MOST) & within(y, SQUARES_MOST);
}

/* log |z| from the exact square: near the unit circle every digit counts. */
INLINE formula complex_log(vz x)
{
    vl holds = squares_fit(x.re, x.im);
    dd square = square_sum(x.re, x.im);
    vd re = all(0.5) * log_of_sum(pick(holds, square.hi, all(1)), pick(holds, square.lo, all(0)), all(0));
    return (formula){{re, own_atan2(x.im, x.re)}, holds};
}

INLINE formula complex_log10(vz x)
{
    formula f = complex_log(x);
    f.y.re *= all(LOG10_E_0);
    f.y.im *= all(LOG10_E_0);
    return f;
}

static double _Complex scalar_log10(double _Complex z)
{
    double _Complex y = clog(z);
    return CMPLX(creal(y) * LOG10_E_0, cimag(y) * LOG10_E_0);
}

/* The root of a complex number has no negative real part, and the sign of its imaginary part is the number's. */
INLINE formula complex_sqrt(vz x)
{
    dd square = square_sum(x.re, x.im), size = long_root(square.hi, square.lo);
    vd sum = magnitude(x.re) + size.hi;
    vd most = root(all(0.5) * (sum + size.lo));
    vd least = all(0.5) * magnitude(x.im) / most;
    vl right = x.re >= all(0);
    vd im = with_sign(pick(right, least, most), x.im);
    return (formula){{pick(right, most, least), im}, squares_fit(x.re, x.im)};
}

#ifdef __clang__
#pragma clang diagnostic ignored "-Wunused-function"
#endif
COMPLEX_LOOP(Exp, complex_exp, cexp)
COMPLEX_LOOP(Ln, complex_log, clog)
COMPLEX_LOOP(Log10, complex_log10, scalar_log10)
COMPLEX_LOOP(Sqrt, complex_sqrt, csqrt)
COMPLEX_LOOP(Sin, complex_sin, csin)
COMPLEX_LOOP(Cos, complex_cos, ccos)
COMPLEX_LOOP(Tan, complex_tan, ctan)
COMPLEX_LOOP(Sinh, complex_sinh, csinh)
COMPLEX_LOOP(Cosh, complex_cosh, ccosh)
COMPLEX_LOOP(Tanh, complex_tanh, ctanh)

static void zConj(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r)
{
    for (MKL_INT i = 0; i < n; i++) {
        r[i].real = a[i].real;
        r[i].imag = -a[i].imag;
    }
}

#define EACH(NAME, FUNCTION) \
static void z##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r) \
{ \
    for (MKL_INT i = 0; i < n; i++) { \
        double _Complex x, y; \
        memcpy(&x, a + i, sizeof x); \
        y = FUNCTION(x); \
        memcpy(r + i, &y, sizeof y); \
    } \
}
EACH(Asin, casin) EACH(Acos, cacos) EACH(Atan, catan)
EACH(Asinh, casinh) EACH(Acosh, cacosh) EACH(Atanh, catanh)

#endif
