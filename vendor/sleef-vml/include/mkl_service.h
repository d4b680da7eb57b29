/* What numexpr asks the vector maths library about itself: its threads and its version.

   numexpr includes this name; the file is not Intel's, it declares what dispatch.c defines. */
#ifndef NUMEXPR_VML_SERVICE_H
#define NUMEXPR_VML_SERVICE_H

#include "mkl_vml.h"

#define MKL_DOMAIN_VML 3

#ifdef __cplusplus
extern "C" {
#endif

/* Remember the upper limit on threads; every call computes in its caller's thread. 1: accepted, 0: not above zero. */
int mkl_domain_set_num_threads(int limit, int domain);
int mkl_domain_get_max_threads(int domain);

/* Write "SLEEF-VML ..." with the name of the processor level in use; `size` counts the final null character. */
void mkl_get_version_string(char *text, int size);

#ifdef __cplusplus
}
#endif

#endif
