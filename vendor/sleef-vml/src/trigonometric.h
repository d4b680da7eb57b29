/* sin and cos.

   x = n pi/2 + r + rest with |r| <= pi/4: pi/2 in as many parts as make n times each of them exact, so that r is right
   to the last bit however close x comes to a multiple of pi/2. Larger arguments are SLEEF's. */
#ifndef TRIGONOMETRIC_H
#define TRIGONOMETRIC_H

#include "coefficients.h"
#include "vectors.h"

#define TURNS_MOST (HAVE_FUSED ? 0x1p30 : 0x1p20)

struct turns { vl n; vd r, rest; };

INLINE struct turns turns(vd x)
{
    vd n_bits = fused(x, all(TWO_OVER_PI_0), all(WHOLE)), n = n_bits - all(WHOLE);
#if HAVE_FUSED
    dd next = exact_product(n, all(HALF_PI_1));
    dd r = exact_sum(fused(-n, all(HALF_PI_0), x), -next.hi); /* the first is exact: a multiple of 2^-52 below 1 */
    vd rest = r.lo - fused(n, all(HALF_PI_2), next.lo);
#else
    dd first = exact_sum(x - n * all(SHORT_HALF_PI_0), -n * all(SHORT_HALF_PI_1));
    dd r = exact_sum(first.hi, -n * all(SHORT_HALF_PI_2));
    vd rest = (r.lo + first.lo) - n * all(SHORT_HALF_PI_3);
#endif
    r = fast_sum(r.hi, rest);
    return (struct turns){bits_of(n_bits), r.hi, r.lo};
}

/* Sine and cosine of r + rest, each as a large part and the rest of it. */
struct sine_cosine { dd sine, cosine; };

INLINE struct sine_cosine small_sine_cosine(vd r, vd rest)
{
    dd square = exact_product(r, r);
    vd z = square.hi, half = all(0.5) * z, w = all(1) - half;
    vd sine = fused(r * z, POLYNOMIAL(SIN, z), rest * w);
    vd half_rest = fused(r, rest, all(0.5) * square.lo);
    vd cosine = ((all(1) - w) - half) + fused(z * z, POLYNOMIAL(COS, z), -half_rest);
    return (struct sine_cosine){{r, sine}, {w, cosine}};
}

INLINE vd negated_if(vd x, vl odd_bit_1) { return of_bits(bits_of(x) ^ ((odd_bit_1 & 2) << 62)); }

/* The sine of a number from n quarter turns on, for |x| < TURNS_MOST; n is 1 for the cosine. */
INLINE vd sine_after(vd x, int n)
{
    struct turns t = turns(x);
    struct sine_cosine y = small_sine_cosine(t.r, t.rest);
    vl quarter = t.n + n;
    return negated_if(pick((quarter & 1) != 0, y.cosine.hi + y.cosine.lo, y.sine.hi + y.sine.lo), quarter);
}

/* Both, as sums of two. */
INLINE struct sine_cosine sine_cosine_of(struct turns t)
{
    struct sine_cosine y = small_sine_cosine(t.r, t.rest);
    vl other = (t.n & 1) != 0;
    dd sine = fast_sum(pick(other, y.cosine.hi, y.sine.hi), pick(other, y.cosine.lo, y.sine.lo));
    dd cosine = fast_sum(pick(other, y.sine.hi, y.cosine.hi), pick(other, y.sine.lo, y.cosine.lo));
    sine = (dd){negated_if(sine.hi, t.n), negated_if(sine.lo, t.n)};
    cosine = (dd){negated_if(cosine.hi, t.n + 1), negated_if(cosine.lo, t.n + 1)};
    return (struct sine_cosine){sine, cosine};
}

INLINE struct sine_cosine sine_cosine(vd x)
{
    struct sine_cosine y = sine_cosine_of(turns(x));
    y.sine.hi = pick(x == all(0), x, y.sine.hi);
    return y;
}

EACH_BY_SLEEF(sleef_sin, SLEEF_D(sin, u10))
EACH_BY_SLEEF(sleef_cos, SLEEF_D(cos, u10))

INLINE vd own_sin(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    vd y = pick(x == all(0), x, sine_after(x, 0));
    if (any(large)) sleef_sin(&x, &large, &y);
    return y;
}

INLINE vd own_cos(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    vd y = sine_after(x, 1);
    if (any(large)) sleef_cos(&x, &large, &y);
    return y;
}

EACH_BY_SLEEF(sleef_tan, SLEEF_D(tan, u10))
INLINE vd own_tan(vd x)
{
    vl large = !(magnitude(x) < all(TURNS_MOST));
    struct turns t = turns(x);
    struct sine_cosine y = small_sine_cosine(t.r, t.rest);
    vl other = (t.n & 1) != 0;
    dd sine = fast_sum(y.sine.hi, y.sine.lo), cosine = fast_sum(y.cosine.hi, y.cosine.lo);
    dd over = {pick(other, -cosine.hi, sine.hi), pick(other, -cosine.lo, sine.lo)};
    dd under = {pick(other, sine.hi, cosine.hi), pick(other, sine.lo, cosine.lo)};
    vd result = pick(magnitude(x) < all(0x1p-28), x, rounded(quotient(over, under)));
    if (any(large)) sleef_tan(&x, &large, &result);
    return result;
}

#endif
