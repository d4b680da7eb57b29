/* Functions of floats, computed in doubles with short polynomials: 2^-32 or better before the one rounding to float,
   so that the result is within 0.51 ulp, and neither overflow nor subnormal results need care. */
#ifndef SINGLE_H
#define SINGLE_H

#include "coefficients.h"
#include "exponential.h"
#include "logarithm.h"
#include "trigonometric.h"
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

/* Sine and cosine of the number less n quarter turns: 2^-33 of r is enough for floats, whose r is above 2^-32. */
struct short_turns { vl n; vd sine, cosine; };

INLINE struct short_turns short_turns(vd x)
{
    vd n_bits = fused(x, all(TWO_OVER_PI_0), all(WHOLE)), n = n_bits - all(WHOLE);
#if HAVE_FUSED
    vd r = fused(-n, all(HALF_PI_1), fused(-n, all(HALF_PI_0), x));
#else
    vd r = ((x - n * all(SHORT_HALF_PI_0)) - n * all(SHORT_HALF_PI_1)) - n * all(SHORT_HALF_PI_2);
#endif
    vd z = r * r;
    vd sine = fused(r * z, POLYNOMIAL(SIN_SHORT, z), r);
    vd cosine = fused(z * z, POLYNOMIAL(COS_SHORT, z), fused(all(-0.5), z, all(1)));
    return (struct short_turns){bits_of(n_bits), sine, cosine};
}

INLINE vd short_sine_after(vd x, int n)
{
    struct short_turns t = short_turns(x);
    vl quarter = t.n + n;
    return negated_if(pick((quarter & 1) != 0, t.cosine, t.sine), quarter);
}

INLINE vd short_sin(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    vd y = pick(x == all(0), x, short_sine_after(x, 0));
    if (any(large)) sleef_sin(&x, &large, &y);
    return y;
}

INLINE vd short_cos(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    vd y = short_sine_after(x, 1);
    if (any(large)) sleef_cos(&x, &large, &y);
    return y;
}

INLINE vd short_tan(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    struct short_turns t = short_turns(x);
    vl other = (t.n & 1) != 0;
    vd y = pick(other, -t.cosine, t.sine) / pick(other, t.sine, t.cosine);
    y = pick(x == all(0), x, y);
    if (any(large)) sleef_tan(&x, &large, &y);
    return y;
}

/* The angle of (x, y): zeros and infinities by what their ratio stands for, NaN last. */
INLINE vd short_atan2(vd y, vd x)
{
    vd high = magnitude(y), wide = magnitude(x);
    vl steep = high > wide, both = (high == all(__builtin_inf())) & (wide == all(__builtin_inf()));
    vd most = pick(steep, high, wide), least = pick(steep, wide, high);
    most = pick(both | (most == all(0)), all(1), most);
    least = pick(both, all(1), least);
    vl far = least > most * all(0x1.a827999fcef32p-2);
    vd q = (least - pick(far, most, all(0))) / (most + pick(far, least, all(0)));
    q = pick(most == all(__builtin_inf()), all(0), q);
    vd z = q * q, angle = fused(q * z, POLYNOMIAL(ATAN_SHORT, z), q) + pick(far, all(QUARTER_PI_0), all(0));
    angle = pick(steep, all(HALF_PI_0) - angle, angle);
    angle = pick(bits_of(x) < 0, all(PI_0) - angle, angle);
    return pick((x != x) | (y != y), x + y, with_sign(angle, y));
}

INLINE vf single_atan2(vf y, vf x) { return narrowed(short_atan2(widened(y), widened(x))); }

INLINE vf single_hypot(vf x, vf y)
{
    vd a = magnitude(widened(x)), b = magnitude(widened(y)), most = all(__builtin_inf());
    vd result = root(fused(a, a, b * b));
    return narrowed(pick((a == most) | (b == most), most, result)); /* even with a NaN */
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
BY_DOUBLE(single_sin, short_sin)
BY_DOUBLE(single_cos, short_cos)
BY_DOUBLE(single_tan, short_tan)
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
    vf result = narrowed(short_exp(widened(y) * short_log_positive(widened(x))));
    const float most = __builtin_inff();
    vi usual = (x > 0) & (x < most) & (y > -most) & (y < most);
    if (__builtin_reduce_and(usual) == 0) {
        vf other;
        sleef_powf(&x, &y, &other);
        result = usual ? result : other;
    }
    return result;
}

#endif
