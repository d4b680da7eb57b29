/* asin, acos, atan, atan2, asinh, acosh, atanh. */
#ifndef INVERSE_H
#define INVERSE_H

#include <math.h>

#include "coefficients.h"
#include "logarithm.h"
#include "vectors.h"

/* x^3 P(x^2) of the arc sine: asin x - x, for z = x^2 <= 1/4. */
INLINE vd asin_rest(vd x, vd z) { return x * z * POLYNOMIAL(ASIN, z); }

/* Up to 1/2 by the polynomial; above by asin x = pi/2 - 2 asin(sqrt((1 - x) / 2)). */
INLINE vd own_asin(vd x)
{
    vd size = magnitude(x), z = all(0.5) * (all(1) - size);
    vl near = size < all(0.5);
    dd s = long_root(z, all(0));
    vd a = pick(near, size, s.hi), rest = asin_rest(a, pick(near, size * size, z));
    dd difference = fast_sum(all(HALF_PI_0), -(s.hi + s.hi));
    vd far = difference.hi + (difference.lo + (all(HALF_PI_1) - (s.lo + s.lo) - (rest + rest)));
    return with_sign(pick(near, size + rest, far), x); /* NaN above 1, by the root */
}

/* pi/2 - asin x; above 1/2 2 asin(sqrt((1 - x) / 2)), below -1/2 pi minus that of -x. */
INLINE vd own_acos(vd x)
{
    vd size = magnitude(x), z = all(0.5) * (all(1) - size);
    vl near = size < all(0.5), negative = x < all(0);
    dd s = long_root(z, all(0));
    vd a = pick(near, x, s.hi), rest = asin_rest(a, pick(near, x * x, z));
    dd middle = fast_sum(all(HALF_PI_0), -x);
    vd inner = middle.hi + (middle.lo + (all(HALF_PI_1) - rest));
    dd left = fast_sum(all(PI_0), -(s.hi + s.hi));
    vd right = (s.lo + s.lo) + (rest + rest);
    vd outer = pick(negative, left.hi + (left.lo + (all(PI_1) - right)), (s.hi + s.hi) + right);
    return pick(near, inner, outer);
}

/* The angle of (x, y) for 0 <= y <= x, x > 0, both normal: atan of q = y / x where that is below sqrt 2 - 1, and
   pi/4 + atan((y - x) / (y + x)) above. */
INLINE dd low_angle(vd y, vd x)
{
    vl far = y > x * all(0x1.a827999fcef32p-2);
    dd under = fast_sum(x, pick(far, y, all(0))), over = exact_sum(y, pick(far, -x, all(0)));
    vd inverse = all(1) / under.hi, q = over.hi * inverse;
    vd q_rest = (rest_of(over.hi, q, under.hi) + (over.lo - q * under.lo)) * inverse;
    vd z = q * q;
    vd small = fused(q * z, POLYNOMIAL(ATAN, z), q_rest - q_rest * z);
    dd sum = fast_sum(pick(far, all(QUARTER_PI_0), q), pick(far, q, small));
    return (dd){sum.hi, sum.lo + pick(far, small + all(QUARTER_PI_1), all(0))};
}

INLINE vd own_atan(vd x)
{
    vd size = magnitude(x);
    vl large = size > all(1);
    vd bounded = smaller(size, all(0x1p60)); /* beyond it is pi/2; NaN becomes 2^60 */
    dd angle = low_angle(pick(large, all(1), bounded), pick(large, bounded, all(1)));
    dd rest = fast_sum(all(HALF_PI_0), -angle.hi);
    vd y = pick(large, rest.hi + (rest.lo + (all(HALF_PI_1) - angle.lo)), angle.hi + angle.lo);
    y = pick(size < all(0x1p-28), size, y);
    return pick(x != x, x, with_sign(y, x));
}

/* The angle of (x, y) as a sum of two for any quadrant, positive, where neither is 0 nor far from 1. */
INLINE vl angle_fits(vd y, vd x)
{
    vd high = magnitude(y), wide = magnitude(x);
    return (larger(high, wide) < all(0x1p450)) & (smaller(high, wide) > all(0x1p-450));
}

INLINE dd angle(vd y, vd x)
{
    vd high = magnitude(y), wide = magnitude(x);
    vl steep = high > wide, left = x < all(0);
    dd part = low_angle(pick(steep, wide, high), pick(steep, high, wide));
    /* In the first half of the quadrant, or counted from its end; left of the middle from pi. */
    vl turned = steep ^ left;
    vd base = pick(steep, all(HALF_PI_0), pick(left, all(PI_0), all(0)));
    vd base_rest = pick(steep, all(HALF_PI_1), pick(left, all(PI_1), all(0)));
    part = (dd){pick(turned, -part.hi, part.hi), pick(turned, -part.lo, part.lo)};
    dd sum = exact_sum(base, part.hi);
    return fast_sum(sum.hi, sum.lo + (base_rest + part.lo));
}

INLINE vd own_atan2(vd y, vd x)
{
    vl odd = !angle_fits(y, x);
    vd result = with_sign(rounded(angle(y, x)), y);
    if (any(odd)) by_libm2(&y, &x, &odd, &result, atan2);
    return result;
}

INLINE vd own_hypot(vd x, vd y)
{
    vl odd = !angle_fits(x, y);
    dd square = sum(exact_product(x, x), exact_product(y, y));
    vd result = rounded(long_root(square.hi, square.lo));
    if (any(odd)) by_libm2(&x, &y, &odd, &result, hypot);
    return result;
}

#define LARGE 0x1p400 /* from here on x^2 + 1 is x^2, and could overflow */

/* log(|x| + sqrt(x^2 + 1)) */
INLINE vd own_asinh(vd x)
{
    vd size = magnitude(x);
    vl large = size > all(LARGE);
    vd bounded = smaller(size, all(LARGE));
    dd square = exact_product(bounded, bounded), under = exact_sum(square.hi, all(1));
    dd r = long_root(under.hi, under.lo + square.lo), sum = exact_sum(r.hi, bounded);
    vd y = log_of_sum(pick(large, size * all(0x1p-100), sum.hi), pick(large, all(0), sum.lo + r.lo), pick(large, all(101), all(0)));
    y = pick(size < all(0x1p-28), size, y);
    y = pick(size < all(__builtin_inf()), y, size);
    return with_sign(y, x);
}

/* log(x + sqrt(x^2 - 1)) */
INLINE vd own_acosh(vd x)
{
    vl large = x > all(LARGE);
    vd bounded = larger(smaller(x, all(LARGE)), all(1));
    dd square = exact_product(bounded, bounded), under = exact_sum(square.hi, all(-1));
    under = fast_sum(under.hi, under.lo + square.lo);
    dd r = long_root(under.hi, under.lo), sum = exact_sum(bounded, r.hi);
    vd y = log_of_sum(pick(large, x * all(0x1p-100), sum.hi), pick(large, all(0), sum.lo + r.lo), pick(large, all(101), all(0)));
    y = pick(x < all(__builtin_inf()), y, x);
    return pick(x < all(1), all(__builtin_nan("")), y);
}

/* log((1 + x) / (1 - x)) / 2 */
INLINE vd own_atanh(vd x)
{
    vd size = magnitude(x), bounded = smaller(size, all(1));
    vl inside = size < all(1);
    bounded = pick(inside, bounded, all(0));
    dd q = quotient(fast_sum(all(1), bounded), fast_sum(all(1), -bounded));
    vd y = all(0.5) * log_of_sum(q.hi, q.lo, all(0));
    y = pick(size < all(0x1p-28), size, y);
    y = pick(inside, y, pick(size == all(1), all(__builtin_inf()), all(__builtin_nan(""))));
    return pick(x != x, x, with_sign(y, x));
}

#endif
