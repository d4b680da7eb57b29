/* The functions for one processor level: compiled once for each, with that level's flags and -DLEVEL=its name. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "table.h"
#include "sleef.h"
#include "loops.h"

#include "real_functions.h"
#include "complex_functions.h"

const struct table HIGH_OF(LEVEL) = {
#define VML_REAL(NAME) .vs##NAME = s##NAME, .vd##NAME = d##NAME,
#define VML_REAL2 VML_REAL
#define VML_COMPLEX(NAME) .vz##NAME = z##NAME,
#include "vml_functions.h"
};
const struct table FAST_OF(LEVEL) = {
#include "vml_functions.h"
};
