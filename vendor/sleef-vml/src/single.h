/* Functions of floats, computed in doubles with short polynomials: 2^-32 or better before the one rounding to float,
   so that the result is within 0.51 ulp, and neither overflow nor subnormal results need care. */
#ifndef SINGLE_H
#define SINGLE_H

#include "coefficients.h"
#include "logarithm.h"
#include "vectors.h"

/* Keep x within a range beyond which no float result changes; NaN stays. */
INLINE vd bounded(vd x, double most)
{
    x = pick(x > all(most), all(most), x);
    return pick(x < all(-most), all(-most), x);
}

/* e^x = scale (1 + p) */
struct short_power { vd scale, p; };

INLINE struct short_power short_power_of_e(vd x)
{
    x = bounded(x, 200);
    vd n_bits = fused(x, all(LOG2_E_0), all(WHOLE)), n = n_bits - all(WHOLE);
    vd r = fused(-n, all(LN2_1), fused(-n, all(LN2_0), x));
    return (struct short_power){two_to(n_bits), fused(r * r, POLYNOMIAL(EXP_SHORT, r), r)};
}

INLINE vd short_exp(vd x)
{
    struct short_power e = short_power_of_e(x);
    return fused(e.scale, e.p, e.scale);
}

INLINE vd short_expm1(vd x)
{
    struct short_power e = short_power_of_e(x);
    vd y = fused(e.scale, e.p, e.scale - all(1));
    return pick(x == all(0), x, y);
}

INLINE vd short_sinh(vd x)
{
    vd t = short_expm1(magnitude(x));
    return with_sign(all(0.5) * (t + t / (all(1) + t)), x);
}

INLINE vd short_cosh(vd x)
{
    vd e = short_exp(magnitude(x));
    return all(0.5) * (e + all(1) / e);
}

INLINE vd short_tanh(vd x)
{
    vd t = short_expm1(bounded(magnitude(x + x), 40));
    return with_sign(t / (t + all(2)), x);
}

/* log m for the m of `split` */
INLINE vd short_log_of_part(vd m)
{
    vd f = m - all(1), s = f / (m + all(1)), z = s * s;
    return fused(s * z, POLYNOMIAL(LOG_SHORT, z), s + s);
}

/* log of a positive normal double. */
INLINE vd short_log_positive(vd x)
{
    struct split parts = split(x);
    return fused(parts.k, all(LN2_FULL_0), short_log_of_part(parts.m));
}

INLINE vd repaired(vd x, vd y) { return any(!ordinary(x)) ? log_of_odd(x, y) : y; }

INLINE vd short_log(vd x) { return repaired(x, short_log_positive(x)); }

INLINE vd short_log2(vd x)
{
    struct split parts = split(x);
    return repaired(x, fused(short_log_of_part(parts.m), all(LOG2_E_0), parts.k));
}

INLINE vd short_log10(vd x) { return repaired(x, short_log_positive(x) * all(LOG10_E_0)); }

INLINE vd short_log1p(vd x)
{
    vd near = fused(x * x, fused(x, all(1.0 / 3), all(-0.5)), x);
    return pick(magnitude(x) < all(0x1p-16), near, short_log(all(1) + x));
}

/* x + a x^3 + b x^5, for small x of either sign. */
INLINE vd odd_series(vd x, double a, double b)
{
    vd z = x * x;
    return with_sign(fused(x * z, fused(z, all(b), all(a)), x), x);
}

INLINE vd short_asinh(vd x)
{
    vd size = magnitude(x), y = short_log(size + root(fused(x, x, all(1))));
    return pick(size < all(0x1p-6), odd_series(x, -1.0 / 6, 3.0 / 40), with_sign(y, x));
}

INLINE vd short_acosh(vd x)
{
    vd y = short_log(x + root((x - all(1)) * (x + all(1))));
    return pick(x < all(1), all(__builtin_nan("")), y);
}

INLINE vd short_atanh(vd x)
{
    vd size = magnitude(x), y = all(0.5) * short_log((all(1) + size) / (all(1) - size));
    return pick(size < all(0x1p-6), odd_series(x, 1.0 / 3, 1.0 / 5), with_sign(y, x));
}

/* A function of floats by one of doubles. */
#define BY_DOUBLE(NAME, FUNCTION) INLINE vf NAME(vf x) { return narrowed(FUNCTION(widened(x))); }
BY_DOUBLE(single_exp, short_exp)
BY_DOUBLE(single_expm1, short_expm1)
BY_DOUBLE(single_sinh, short_sinh)
BY_DOUBLE(single_cosh, short_cosh)
BY_DOUBLE(single_tanh, short_tanh)
BY_DOUBLE(single_log, short_log)
BY_DOUBLE(single_log1p, short_log1p)
BY_DOUBLE(single_log2, short_log2)
BY_DOUBLE(single_log10, short_log10)
BY_DOUBLE(single_asinh, short_asinh)
BY_DOUBLE(single_acosh, short_acosh)
BY_DOUBLE(single_atanh, short_atanh)

static __attribute__((noinline)) void sleef_powf(const vf *x, const vf *y, vf *result)
{
    native_f a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    a = SLEEF_F(pow, u10)(a, b);
    memcpy(result, &a, sizeof a);
}

INLINE vf single_pow(vf x, vf y)
{
    vd base = widened(x), exponent = widened(y);
    vl usual = ordinary(base) & (magnitude(exponent) < all(__builtin_inf()));
    vd log = short_log_positive(pick(usual, base, all(1)));
    vf result = narrowed(short_exp(pick(usual, exponent, all(0)) * log));
    if (any(!usual)) {
        vf other;
        sleef_powf(&x, &y, &other);
        result = narrowed(pick(usual, widened(result), widened(other)));
    }
    return result;
}

#endif
