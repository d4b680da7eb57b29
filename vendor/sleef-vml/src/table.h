/* The functions of one processor level in one accuracy, as dispatch.c finds them. */
#ifndef TABLE_H
#define TABLE_H

#include "mkl_vml.h"

#define VML_REAL(NAME) \
    void (*vs##NAME)(MKL_INT n, const float *a, float *r); \
    void (*vd##NAME)(MKL_INT n, const double *a, double *r);
#define VML_REAL2(NAME) \
    void (*vs##NAME)(MKL_INT n, const float *a, const float *b, float *r); \
    void (*vd##NAME)(MKL_INT n, const double *a, const double *b, double *r);
#define VML_COMPLEX(NAME) \
    void (*vz##NAME)(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r);
struct table {
#include "vml_functions.h"
};
#undef VML_REAL
#undef VML_REAL2
#undef VML_COMPLEX

/* Of every level: high accuracy, and what the modes low and fast use. */
#define JOIN_(A, B) A##B
#define JOIN(A, B) JOIN_(A, B)
#define HIGH_OF(LEVEL) JOIN(vml_high_, LEVEL)
#define FAST_OF(LEVEL) JOIN(vml_fast_, LEVEL)

#endif
