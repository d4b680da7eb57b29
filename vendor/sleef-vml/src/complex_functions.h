/* The complex functions, by the real ones on vectors of real and imaginary parts.

   Every function says for which arguments its formula holds; for the others, such as infinite, NaN, or so large or
   small that a square leaves the range of a double, odd_complex.h computes the elements one by one. */
#ifndef COMPLEX_FUNCTIONS_H
#define COMPLEX_FUNCTIONS_H

#include "exponential.h"
#include "inverse.h"
#include "odd_complex.h"
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

static __attribute__((noinline)) void where_odd(const double *z, const vl *holds, double *out, point function(point))
{
    int64_t fine[LANES];
    memcpy(fine, holds, sizeof fine);
    for (int k = 0; k < LANES; k++) {
        if (!fine[k]) {
            point x, y;
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

/* The sign is that of the large parts, also where the product is too small for any but a zero. */
INLINE vd rounded_product(dd a, dd b) { return with_sign(rounded(product(a, b)), a.hi * b.hi); }

/* Where e^x is near an end of the range, it is computed with an exponent that is 100 nearer to 0. */
#define MOVED 100
#define MOVE_BACK 0x1p100

INLINE formula complex_exp(vz x)
{
    struct sine_cosine turn = sine_cosine(x.im);
    vl up = x.re > all(300);
    vl holds = within(x.re, 740) & within(x.im, TURNS_MOST);
    dd size = exp_parts(pick(holds, x.re, all(0)), pick(up, all(MOVED), all(-MOVED)));
    vd back = pick(up, all(MOVE_BACK), all(1 / MOVE_BACK));
    return (formula){{rounded_product(size, turn.cosine) * back, rounded_product(size, turn.sine) * back}, holds};
}

/* sin a cosh b, cos a sinh b, and so on. */
struct products { vd sin_cosh, cos_sinh, cos_cosh, sin_sinh; vl holds; };

INLINE struct products products(vd a, vd b)
{
    vl large = !within(b, 300), holds = within(a, TURNS_MOST) & within(b, 740);
    struct sine_cosine turn = sine_cosine(a);
    struct hyperbolic other = hyperbolic(pick(large, all(0), b));
    vd back = all(1);
    if (any(large)) {
        dd half = exp_parts(pick(large & holds, magnitude(b), all(0)), all(MOVED + 1)), minus = {-half.hi, -half.lo};
        vl below = b < all(0);
        other.cosh = (dd){pick(large, half.hi, other.cosh.hi), pick(large, half.lo, other.cosh.lo)};
        half = (dd){pick(below, minus.hi, half.hi), pick(below, minus.lo, half.lo)};
        other.sinh = (dd){pick(large, half.hi, other.sinh.hi), pick(large, half.lo, other.sinh.lo)};
        back = pick(large, all(MOVE_BACK), all(1));
    }
    return (struct products){
        rounded_product(turn.sine, other.cosh) * back,
        rounded_product(turn.cosine, other.sinh) * back,
        rounded_product(turn.cosine, other.cosh) * back,
        rounded_product(turn.sine, other.sinh) * back,
        holds,
    };
}

INLINE formula complex_sin(vz x)
{
    struct products p = products(x.re, x.im);
    return (formula){{p.sin_cosh, p.cos_sinh}, p.holds};
}

INLINE formula complex_cos(vz x)
{
    struct products p = products(x.re, x.im);
    return (formula){{p.cos_cosh, -p.sin_sinh}, p.holds};
}

INLINE formula complex_sinh(vz x)
{
    struct products p = products(x.im, x.re);
    return (formula){{p.cos_sinh, p.sin_cosh}, p.holds};
}

INLINE formula complex_cosh(vz x)
{
    struct products p = products(x.im, x.re);
    return (formula){{p.cos_cosh, p.sin_sinh}, p.holds};
}

#define BOTH_WITHIN(TURNED, HYPERBOLIC) (within(TURNED, TURNS_MOST) & within(HYPERBOLIC, 300))

/* tan(a + ib) = (sin a cos a + i sinh b cosh b) / (cos^2 a + sinh^2 b): the sum cannot cancel. */
INLINE vz tangent(vd a, vd b)
{
    struct sine_cosine turn = sine_cosine(a);
    struct hyperbolic other = hyperbolic(b);
    dd under = sum(product(turn.cosine, turn.cosine), product(other.sinh, other.sinh));
    vd re = rounded(quotient(product(turn.sine, turn.cosine), under));
    vd im = rounded(quotient(product(other.sinh, other.cosh), under));
    return (vz){with_sign(re, turn.sine.hi * turn.cosine.hi), with_sign(im, b)};
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

/* The root of a complex number has no negative real part, and the sign of its imaginary part is the number's. */
INLINE formula complex_sqrt(vz x)
{
    dd square = square_sum(x.re, x.im), size = long_root(square.hi, square.lo);
    dd half = half_of(sum(size, (dd){magnitude(x.re), all(0)})), most = long_root(half.hi, half.lo);
    vd least = rounded(quotient((dd){all(0.5) * magnitude(x.im), all(0)}, most)), large = rounded(most);
    vl right = x.re >= all(0);
    vd im = with_sign(pick(right, least, large), x.im);
    vl held = (magnitude(x.im) > all(0x1p-800)) | (x.im == all(0)); /* a smaller one loses bits in the quotient */
    return (formula){{pick(right, large, least), im}, squares_fit(x.re, x.im) & held};
}

INLINE dd of(vd x) { return (dd){x, all(0)}; }
INLINE dd negative(dd x) { return (dd){-x.hi, -x.lo}; }
INLINE dd signed_as(dd x, vd sign)
{
    vl below = bits_of(sign) < 0;
    return (dd){pick(below, -x.hi, x.hi), pick(below, -x.lo, x.lo)};
}
INLINE dd root_of(dd x) { return long_root(x.hi, x.lo); }
INLINE dd log_of_one_more(dd x)
{
    dd u = sum(of(all(1)), x);
    return log_parts(u.hi, u.lo, all(0));
}

/* The angle of two sums: that of their large parts, moved by the small ones. */
INLINE dd angle_of(dd y, dd x)
{
    dd plain = angle(y.hi, x.hi);
    vd moved = (x.hi * y.lo * with_sign(all(1), y.hi) - magnitude(y.hi) * x.lo) / fused(x.hi, x.hi, y.hi * y.hi);
    return fast_sum(plain.hi, plain.lo + moved);
}

/* What arc sine and arc cosine are made of (Hull, Fairgrieve, Tang: Implementing the complex arcsine and arccosine
   functions using exception handling, 1997), for x, y >= 0. With r and s the distances to -1 and 1, a = (r + s) / 2:
   the imaginary part is log(a + sqrt(a^2 - 1)), the real one the angle of x and sqrt(a^2 - x^2). a - 1 and a - x are
   computed from r - (x + 1) = y^2 / (r + x + 1) and the like: sums of positive terms, nothing cancels. */
struct arc { dd log, x, other; vl holds; };

INLINE struct arc arc(vd x, vd y)
{
    vl holds = (x < all(0x1p200)) & (y < all(0x1p200)) & (x > all(0x1p-200)) & ((y > all(0x1p-200)) | (y == all(0)));
    x = pick(holds, x, all(0.5));
    y = pick(holds, y, all(0.5));
    vl inside = x <= all(1);
    dd y2 = exact_product(y, y), right = exact_sum(x, all(1)), left = exact_sum(x, all(-1));
    left = signed_as(left, left.hi); /* |x - 1| */
    dd r = root_of(sum(product(right, right), y2)), s = root_of(sum(product(left, left), y2));
    dd from_r = quotient(y2, sum(r, right)), from_s = quotient(y2, sum(s, left));
    from_s = (dd){pick(y == all(0), all(0), from_s.hi), pick(y == all(0), all(0), from_s.lo)};
    dd near = half_of(sum(from_r, from_s)), far = half_of(sum(from_r, sum(s, left)));
    dd a = half_of(sum(r, s));
    dd a_less_1 = {pick(inside, near.hi, far.hi), pick(inside, near.lo, far.lo)};
    dd a_less_x = {pick(inside, far.hi, near.hi), pick(inside, far.lo, near.lo)};
    dd log = log_of_one_more(sum(a_less_1, root_of(product(a_less_1, sum(a, of(all(1)))))));
    dd other = root_of(product(a_less_x, sum(a, of(x))));
    return (struct arc){log, of(x), other, holds & (other.hi > all(0))};
}

INLINE formula complex_asin(vz x)
{
    struct arc a = arc(magnitude(x.re), magnitude(x.im));
    vd re = rounded(angle_of(a.x, a.other));
    return (formula){{with_sign(re, x.re), with_sign(rounded(a.log), x.im)}, a.holds};
}

INLINE formula complex_acos(vz x)
{
    struct arc a = arc(magnitude(x.re), magnitude(x.im));
    vd re = rounded(angle_of(a.other, signed_as(a.x, x.re)));
    return (formula){{re, with_sign(rounded(a.log), -x.im)}, a.holds};
}

/* asinh z = i asin(-iz), acosh z = ± i acos z, atan z = -i atanh iz. */
INLINE formula complex_asinh(vz x)
{
    formula f = complex_asin((vz){x.im, x.re});
    return (formula){{f.y.im, f.y.re}, f.holds};
}

INLINE formula complex_acosh(vz x)
{
    formula f = complex_acos(x);
    return (formula){{magnitude(f.y.im), with_sign(f.y.re, x.im)}, f.holds};
}

/* log(1 + 4x / ((1 - x)^2 + y^2)) / 4 and half the angle of 2y and (1 - x)(1 + x) - y^2, for x >= 0. */
INLINE formula complex_atanh(vz z)
{
    vd x = magnitude(z.re), y = magnitude(z.im);
    vl holds = (x < all(0x1p200)) & (y < all(0x1p200)) & (x > all(0x1p-200)) & (y > all(0x1p-200));
    x = pick(holds, x, all(0.5));
    y = pick(holds, y, all(0.5));
    dd y2 = exact_product(y, y), less = exact_sum(all(1), -x), more = exact_sum(all(1), x);
    dd log = log_of_one_more(quotient(of(all(4) * x), sum(product(less, less), y2)));
    dd under = sum(product(less, more), negative(y2));
    holds &= angle_fits(y, under.hi);
    dd turn = angle_of(of(y + y), under);
    return (formula){{with_sign(all(0.25) * rounded(log), z.re), with_sign(all(0.5) * rounded(turn), z.im)}, holds};
}

INLINE formula complex_atan(vz x)
{
    formula f = complex_atanh((vz){x.im, x.re});
    return (formula){{f.y.im, f.y.re}, f.holds};
}

COMPLEX_LOOP(Exp, complex_exp, point_exp)
COMPLEX_LOOP(Ln, complex_log, point_log)
COMPLEX_LOOP(Log10, complex_log10, point_log10)
COMPLEX_LOOP(Sqrt, complex_sqrt, point_sqrt)
COMPLEX_LOOP(Sin, complex_sin, point_sin)
COMPLEX_LOOP(Cos, complex_cos, point_cos)
COMPLEX_LOOP(Tan, complex_tan, point_tan)
COMPLEX_LOOP(Sinh, complex_sinh, point_sinh)
COMPLEX_LOOP(Cosh, complex_cosh, point_cosh)
COMPLEX_LOOP(Tanh, complex_tanh, point_tanh)
COMPLEX_LOOP(Asin, complex_asin, point_asin)
COMPLEX_LOOP(Acos, complex_acos, point_acos)
COMPLEX_LOOP(Atan, complex_atan, point_atan)
COMPLEX_LOOP(Asinh, complex_asinh, point_asinh)
COMPLEX_LOOP(Acosh, complex_acosh, point_acosh)
COMPLEX_LOOP(Atanh, complex_atanh, point_atanh)

static void zConj(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r)
{
    for (MKL_INT i = 0; i < n; i++) {
        r[i].real = a[i].real;
        r[i].imag = -a[i].imag;
    }
}

#endif
