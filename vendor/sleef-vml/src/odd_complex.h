/* The complex functions of single elements that the formulas of complex_functions.h are not for: infinite, NaN, on an axis
   or next to one, at the ends of the range, angles beyond TURNS_MOST. The special cases are those of C99 annex G, as in
   numpy.

   They are made of the real functions here and not of libm's complex ones, which differ from system to system: some leave
   the range of a double halfway, and some are missing. */
#ifndef ODD_COMPLEX_H
#define ODD_COMPLEX_H

#include <math.h>

#include "coefficients.h"
#include "far_angles.h"
#include "real_functions.h"

typedef struct { double re, im; } point;

typedef void loop1(MKL_INT n, const double *x, double *y);
typedef void loop2(MKL_INT n, const double *a, const double *b, double *y);

static double one(loop1 *function, double x)
{
    double y;
    function(1, &x, &y);
    return y;
}

static double two(loop2 *function, double a, double b)
{
    double y;
    function(1, &a, &b, &y);
    return y;
}

/* A product of sums of two, rounded once; with a zero it is one, also over NaN. */
static double times(dd factor, dd sum)
{
    double most = sum.hi[0], sign = factor.hi[0];
    if (most == 0)
        return copysign(most, sign) * copysign(1, most);
    vd y = rounded(product(factor, sum));
    return copysign(y[0], sign * most);
}

/* factor share e^x for a share that is a power of 2, also where e^x alone leaves the range of a double; a zero stays. */
static double grown(dd factor, double share, double x)
{
    if (factor.hi[0] == 0)
        return factor.hi[0];
    if (fabs(x) < 740)
        return times(factor, exp_parts(all(x), all(x > 0 ? 100 : -100))) * (x > 0 ? share * 0x1p100 : share * 0x1p-100);
    double root = one(dExp, 0.25 * x);
    return rounded(factor)[0] * root * root * root * (share * root);
}

static point point_exp(point z)
{
    if (z.im == 0)
        return (point){one(dExp, z.re), z.im};
    if (isinf(z.re) && !isfinite(z.im))
        return z.re < 0 ? (point){0, copysign(0, z.im)} : (point){z.re, z.im - z.im};
    struct sine_cosine turn = any_sine_cosine(z.im);
    return (point){grown(turn.cosine, 1, z.re), grown(turn.sine, 1, z.re)};
}

/* A logarithm, and that of 2 as a sum of two, the first short. */
struct logarithm { loop1 *of; double two, two_rest; };
static const struct logarithm natural = {dLn, LN2_0, LN2_1}, decimal = {dLog10, LOG10_2_0, LOG10_2_1};

/* The logarithm of |factor z|, where that cannot be next to 1; factor is 1 or 2. */
static double log_of_size(point z, double factor, struct logarithm log)
{
    double most = fmax(fabs(z.re), fabs(z.im)), scale = factor, moved = 0;
    if (most > 0x1p400) {
        scale *= 0x1p-700;
        moved = 700;
    } else if (most < 0x1p-400) {
        scale *= 0x1p700;
        moved = -700;
    }
    double rest = one(log.of, two(dHypot, scale * z.re, scale * z.im)) + moved * log.two_rest;
    return moved * log.two + rest;
}

static point point_log(point z)
{
    return (point){log_of_size(z, 1, natural), two(dAtan2, z.im, z.re)};
}

static point point_log10(point z)
{
    return (point){log_of_size(z, 1, decimal), two(dAtan2, z.im, z.re) * LOG10_E_0};
}

static void zSqrt(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r);

/* The root of a finite number that is not zero, brought to where squares stay in the range of a double. */
static point scaled_sqrt(point z)
{
    if (fabs(z.im) < 0x1p-60 * fabs(z.re)) { /* the scale would lose the small part */
        double root = sqrt(fabs(z.re)), least = 0.5 * (fabs(z.im) / root);
        return z.re > 0 ? (point){root, copysign(least, z.im)} : (point){least, copysign(root, z.im)};
    }
    bool large = fmax(fabs(z.re), fabs(z.im)) > 1;
    double scale = large ? 0x1p-700 : 0x1p700, back = large ? 0x1p350 : 0x1p-350;
    MKL_Complex16 x = {scale * z.re, scale * z.im}, y;
    zSqrt(1, &x, &y);
    return (point){back * y.real, back * y.imag};
}

static point point_sqrt(point z)
{
    if (isinf(z.im))
        return (point){fabs(z.im), z.im};
    if (isinf(z.re)) {
        double other = isnan(z.im) ? z.im : copysign(0, z.im);
        return z.re > 0 ? (point){z.re, other} : (point){fabs(other), copysign(z.re, z.im)};
    }
    if (isnan(z.re) || isnan(z.im))
        return (point){z.re + z.im, z.re + z.im};
    return z.re == 0 && z.im == 0 ? (point){0, z.im} : scaled_sqrt(z);
}

/* sin a cosh b, cos a sinh b, and so on. */
struct point_products { double sin_cosh, cos_sinh, cos_cosh, sin_sinh; };

static struct point_products point_products(double a, double b)
{
    struct sine_cosine turn = any_sine_cosine(a);
    double side = copysign(1, b);
    if (fabs(b) < 300) {
        struct hyperbolic h = hyperbolic(all(b));
        return (struct point_products){
            times(turn.sine, h.cosh), times(turn.cosine, h.sinh), times(turn.cosine, h.cosh), times(turn.sine, h.sinh),
        };
    }
    if (isinf(b) && !isfinite(a))
        turn.cosine = (dd){all(1), all(0)}; /* an infinity of open sign */
    double sine = grown(turn.sine, 0.5, fabs(b)), cosine = grown(turn.cosine, 0.5, fabs(b));
    return (struct point_products){sine, side * cosine, cosine, side * sine};
}

static point point_sin(point z)
{
    struct point_products p = point_products(z.re, z.im);
    return (point){p.sin_cosh, p.cos_sinh};
}

static point point_cos(point z)
{
    struct point_products p = point_products(z.re, z.im);
    return (point){p.cos_cosh, -p.sin_sinh};
}

static point point_sinh(point z)
{
    struct point_products p = point_products(z.im, z.re);
    return (point){p.cos_sinh, p.sin_cosh};
}

static point point_cosh(point z)
{
    struct point_products p = point_products(z.im, z.re);
    return (point){p.cos_cosh, p.sin_sinh};
}

/* With t = tan a and s = sinh b: (t + i (1 + t^2) s cosh b) / (1 + (1 + t^2) s^2) (Kahan: Branch cuts for complex elementary
   functions, 1987); far from the real axis ± i and 4 sin a cos a e^-2|b|. */
static point point_tan(point z)
{
    double a = z.re, b = z.im;
    if (isinf(b) || (fabs(b) >= 300 && isfinite(a))) {
        double left = 2 * one(dExp, -fabs(b));
        double re = isfinite(a) ? one(dSin, a) * left * (one(dCos, a) * left) : copysign(0, a);
        return (point){re, copysign(1, b)};
    }
    const dd unit = {all(1), all(0)};
    struct hyperbolic h = hyperbolic(all(b));
    struct sine_cosine turn = any_sine_cosine(a);
    dd t = quotient(turn.sine, turn.cosine);
    dd more = sum(product(t, t), unit), under = sum(product(more, product(h.sinh, h.sinh)), unit);
    vd re = rounded(quotient(t, under)), im = rounded(quotient(product(more, product(h.sinh, h.cosh)), under));
    return (point){a == 0 ? a : re[0], b == 0 ? b : im[0]};
}

static point point_tanh(point z)
{
    point y = point_tan((point){z.im, z.re});
    return (point){y.im, y.re};
}

/* The real parts of arc sine, of |re|, and of arc cosine, and the size of their imaginary part. */
struct point_arc { double sine, cosine, log; };

static struct point_arc point_arc(point z)
{
    double x = fabs(z.re), y = fabs(z.im);
    if (!(x < 0x1p200 && y < 0x1p200)) /* also infinite, or NaN, where only zero tells the angle */
        return (struct point_arc){
            x == 0 ? 0 : two(dAtan2, x, y), x == 0 ? HALF_PI_0 : two(dAtan2, y, z.re), log_of_size(z, 2, natural),
        };
    if (x <= 0x1p-200)
        return (struct point_arc){x / two(dHypot, 1, y), HALF_PI_0, one(dAsinh, y)};
    /* Next to the real axis, or on it. */
    double side = sqrt(fabs(1 - x) * (1 + x));
    if (x < 1)
        return (struct point_arc){one(dAsin, x), one(dAcos, z.re), y / side};
    double near = x == 1 ? sqrt(y) : y / side;
    return (struct point_arc){HALF_PI_0, z.re > 0 ? near : PI_0, x == 1 ? near : one(dAcosh, x)};
}

static point point_asin(point z)
{
    struct point_arc a = point_arc(z);
    return (point){copysign(a.sine, z.re), copysign(a.log, z.im)};
}

static point point_acos(point z)
{
    struct point_arc a = point_arc(z);
    return (point){a.cosine, copysign(a.log, -z.im)};
}

static point point_asinh(point z)
{
    point y = point_asin((point){z.im, z.re});
    return (point){y.im, y.re};
}

static point point_acosh(point z)
{
    point y = point_acos(z);
    return (point){fabs(y.im), copysign(y.re, z.im)};
}

/* atanh for x > 0 and y >= 0, of which y is next to nothing. */
static point atanh_next_to_axis(double x, double y)
{
    if (x < 1)
        return (point){one(dAtanh, x), y / ((1 - x) * (1 + x))};
    if (x > 1)
        return (point){0.5 * one(dLog1p, 2 / (x - 1)), HALF_PI_0};
    return (point){0.5 * (LN2_FULL_0 - one(dLn, y)), y == 0 ? 0 : QUARTER_PI_0};
}

/* For x, y >= 0 or NaN. */
static point atanh_of_quadrant(double x, double y)
{
    if (isinf(x) || isinf(y))
        return (point){0, isnan(y) ? y : HALF_PI_0};
    if (isnan(x) || isnan(y))
        return (point){x == 0 ? 0 : x + y, x + y};
    if (fmax(x, y) >= 0x1p200) { /* 1 / z, but for the quarter turn */
        double half = two(dHypot, 0.5 * x, 0.5 * y);
        return (point){0.5 * (0.5 * x / half / half), HALF_PI_0};
    }
    if (x <= 0x1p-200)
        return (point){x / (1 + y * y), one(dAtan, y)};
    if (y <= 0x1p-200)
        return atanh_next_to_axis(x, y);
    /* On the unit circle. */
    return (point){0.25 * one(dLog1p, 4 * x / ((1 - x) * (1 - x) + y * y)), QUARTER_PI_0};
}

static point point_atanh(point z)
{
    point y = atanh_of_quadrant(fabs(z.re), fabs(z.im));
    return (point){copysign(y.re, z.re), copysign(y.im, z.im)};
}

static point point_atan(point z)
{
    point y = point_atanh((point){z.im, z.re});
    return (point){y.im, y.re};
}

#endif
