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

INLINE vd rounded_product(dd a, dd b) { return rounded(product(a, b)); }

INLINE formula complex_exp(vz x)
{
    struct sine_cosine turn = sine_cosine(x.im);
    dd size = exp_parts(x.re);
    vz y = {rounded_product(size, turn.cosine), rounded_product(size, turn.sine)};
    y.im = pick(x.im == all(0), x.im, y.im);
    return (formula){y, within(x.re, 600) & within(x.im, TURNS_MOST)};
}

/* sin a cosh b, cos a sinh b, and so on; zeros keep their signs. */
struct products { vd sin_cosh, cos_sinh, cos_cosh, sin_sinh; };

INLINE struct products products(vd a, vd b)
{
    struct sine_cosine turn = sine_cosine(a);
    struct hyperbolic other = hyperbolic(b);
    vl zero = (a == all(0)) | (b == all(0));
    vd cos_sinh = rounded_product(turn.cosine, other.sinh), sin_sinh = rounded_product(turn.sine, other.sinh);
    return (struct products){
        pick(a == all(0), a, rounded_product(turn.sine, other.cosh)),
        pick(b == all(0), turn.cosine.hi * b, cos_sinh),
        rounded_product(turn.cosine, other.cosh),
        pick(zero, a * b, sin_sinh),
    };
}

#define BOTH_WITHIN(TURNED, HYPERBOLIC) (within(TURNED, TURNS_MOST) & within(HYPERBOLIC, 300))

INLINE formula complex_sin(vz x)
{
    struct products p = products(x.re, x.im);
    return (formula){{p.sin_cosh, p.cos_sinh}, BOTH_WITHIN(x.re, x.im)};
}

INLINE formula complex_cos(vz x)
{
    struct products p = products(x.re, x.im);
    return (formula){{p.cos_cosh, -p.sin_sinh}, BOTH_WITHIN(x.re, x.im)};
}

INLINE formula complex_sinh(vz x)
{
    struct products p = products(x.im, x.re);
    return (formula){{p.cos_sinh, p.sin_cosh}, BOTH_WITHIN(x.im, x.re)};
}

INLINE formula complex_cosh(vz x)
{
    struct products p = products(x.im, x.re);
    return (formula){{p.cos_cosh, p.sin_sinh}, BOTH_WITHIN(x.im, x.re)};
}

/* tan(a + ib) = (sin a cos a + i sinh b cosh b) / (cos^2 a + sinh^2 b): the sum cannot cancel. */
INLINE vz tangent(vd a, vd b)
{
    struct sine_cosine turn = sine_cosine(a);
    struct hyperbolic other = hyperbolic(b);
    dd under = sum(product(turn.cosine, turn.cosine), product(other.sinh, other.sinh));
    vd re = rounded(quotient(product(turn.sine, turn.cosine), under));
    vd im = rounded(quotient(product(other.sinh, other.cosh), under));
    return (vz){pick(a == all(0), a, re), pick(b == all(0), b, im)};
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

/* x^2 + y^2 as a sum of two. */
INLINE dd square_sum(vd x, vd y)
{
    return sum(exact_product(x, x), exact_product(y, y));
}

INLINE vl squares_fit(vd x, vd y)
{
    vd most = larger(magnitude(x), magnitude(y));
    return (most > all(0x1p-400)) & (most < all(0x1p400)) & (x == x) & (y == y);
}

struct polar { dd log, angle; vl holds; };

/* log |z| from the exact square, near the unit circle every digit counts; the angle is positive. */
INLINE struct polar polar(vz x)
{
    vl holds = squares_fit(x.re, x.im) & angle_fits(x.im, x.re);
    vd re = pick(holds, x.re, all(1)), im = pick(holds, x.im, all(1));
    dd square = square_sum(re, im);
    return (struct polar){half_of(log_parts(square.hi, square.lo, all(0))), angle(im, re), holds};
}

INLINE formula complex_log(vz x)
{
    struct polar p = polar(x);
    return (formula){{rounded(p.log), with_sign(rounded(p.angle), x.im)}, p.holds};
}

INLINE formula complex_log10(vz x)
{
    struct polar p = polar(x);
    const dd factor = {all(LOG10_E_0), all(LOG10_E_1)};
    return (formula){{rounded_product(p.log, factor), with_sign(rounded_product(p.angle, factor), x.im)}, p.holds};
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
    dd half = half_of(sum(size, (dd){magnitude(x.re), all(0)})), most = long_root(half.hi, half.lo);
    vd least = rounded(quotient((dd){all(0.5) * magnitude(x.im), all(0)}, most)), large = rounded(most);
    vl right = x.re >= all(0);
    vd im = with_sign(pick(right, least, large), x.im);
    return (formula){{pick(right, large, least), im}, squares_fit(x.re, x.im)};
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
