/* x to the power of y: e^(y log x), with log x and the product long enough that the exponent's error stays below a
   tenth of an ulp of the result. */
#ifndef POWER_H
#define POWER_H

#include "exponential.h"
#include "logarithm.h"

BY_SLEEF2(sleef_pow, SLEEF_D(pow, u10))
INLINE vd own_pow(vd x, vd y)
{
    vd size = magnitude(x);
    vl odd = !(ordinary(size) & (magnitude(y) < all(0x1p60)));
    dd log = log_long(pick(odd, all(1), size));
    vd bounded = pick(odd, all(0), y);
    dd product = exact_product(bounded, log.hi);
    product.lo = fused(bounded, log.lo, product.lo);
    vd result = exp_of_sum(product.hi, product.lo);
    odd |= x < all(0);
    if (any(odd)) {
        vd other;
        sleef_pow(&x, &y, &other);
        result = pick(odd, other, result);
    }
    return result;
}

#endif
