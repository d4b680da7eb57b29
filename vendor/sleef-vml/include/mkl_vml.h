/* The vector maths functions that numexpr calls: real ones on float and double, complex ones on double.

   numexpr includes this name; the file is not Intel's, it declares what dispatch.c defines. Every function takes n
   elements at any address; the result may be an argument's own array, but must not overlap it in part. */
#ifndef NUMEXPR_VML_H
#define NUMEXPR_VML_H

typedef int MKL_INT;
typedef struct { double real, imag; } MKL_Complex16;

/* Accuracy of the functions, and the bits of the mode that hold it. High, the default: within 1 ULP, and a result depends
   on its argument alone. Low and fast: within 3.5 ULP (SLEEF's u35) where that is faster; the last bits of sines, cosines
   and tangents may depend on whether a large number is near by in the array. */
#define VML_LA 1u
#define VML_HA 2u
#define VML_EP 3u
#define VML_ACCURACY_MASK 15u
/* Nothing is reported: no errno, no messages. It is the only way that there is. */
#define VML_ERRMODE_IGNORE 256u

#ifdef __cplusplus
extern "C" {
#endif

/* Set the mode of the whole process and return the one before. */
unsigned int vmlSetMode(unsigned int mode);
unsigned int vmlGetMode(void);

#define VML_REAL(NAME) \
    void vs##NAME(MKL_INT n, const float *a, float *r); \
    void vd##NAME(MKL_INT n, const double *a, double *r);
#define VML_REAL2(NAME) \
    void vs##NAME(MKL_INT n, const float *a, const float *b, float *r); \
    void vd##NAME(MKL_INT n, const double *a, const double *b, double *r);
#define VML_COMPLEX(NAME) \
    void vz##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r);
#include "vml_functions.h"
#undef VML_REAL
#undef VML_REAL2
#undef VML_COMPLEX

#ifdef __cplusplus
}
#endif

#endif
