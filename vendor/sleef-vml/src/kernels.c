/* The functions for one processor level: compiled once for each, with that level's flags and -DLEVEL=its name. */
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

/* Later initializers replace earlier ones. */
#pragma clang diagnostic ignored "-Winitializer-overrides"
const struct table FAST_OF(LEVEL) = {
#include "vml_functions.h"
    .vdSin = fast_dSin, .vdCos = fast_dCos, .vdTan = fast_dTan, .vdAsin = fast_dAsin, .vdAcos = fast_dAcos,
    .vdAtan = fast_dAtan, .vdTanh = fast_dTanh, .vdAtan2 = fast_dAtan2,
    .vsSin = fast_sSin, .vsCos = fast_sCos, .vsTan = fast_sTan, .vsAsin = fast_sAsin, .vsAcos = fast_sAcos,
    .vsAtan = fast_sAtan, .vsLog2 = fast_sLog2, .vsTanh = fast_sTanh, .vsAtan2 = fast_sAtan2,
    .vdHypot = fast_dHypot,
};
