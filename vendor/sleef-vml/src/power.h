/* x to the power of y: e^(y log x), with log x and the product long enough that the exponent's error stays below a
   tenth of an ulp of the result. */
#ifndef POWER_H
#define POWER_H

#include "exponential.h"
#include "logarithm.h"

BY_SLEEF2(sleef_pow, SLEEF_D(pow, u10))
INLINE vd own_pow(vd x, vd y)
{
    vl odd = !(ordinary(x) & (magnitude(y) < all(0x1p60)));
    dd log = log_long(x), product = exact_product(y, log.hi);
    vd result = exp_of_sum(product.hi, fused(y, log.lo, product.lo));
    if (any(odd)) {
        vd other;
        sleef_pow(&x, &y, &other);
        result = pick(odd, other, result);
    }
    return result;
}

#endif
