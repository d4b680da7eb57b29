// The complex functions of C99 as Windows' C library has them (UCRT), for Wine, whose own are stubs that abort.
// Structures and not std::complex in the interface: they are passed and returned as MSVC does it. In MSVC's library
// long double is double, so the functions for it are the ones for double under another name (wine_shim.py).
#include <complex>

struct Double { double re, im; };
struct Float { float re, im; };

static std::complex<double> in(Double z) { return {z.re, z.im}; }
static std::complex<float> in(Float z) { return {z.re, z.im}; }
static Double out(std::complex<double> z) { return {z.real(), z.imag()}; }
static Float out(std::complex<float> z) { return {z.real(), z.imag()}; }

#define COMPLEX(name, function)                                              \
    extern "C" Double shim_##name(Double z) { return out(function(in(z))); } \
    extern "C" Float shim_##name##f(Float z) { return out(function(in(z))); }
#define REAL(name, function)                                            \
    extern "C" double shim_##name(Double z) { return function(in(z)); } \
    extern "C" float shim_##name##f(Float z) { return function(in(z)); }

COMPLEX(cacos, std::acos)
COMPLEX(cacosh, std::acosh)
COMPLEX(casin, std::asin)
COMPLEX(casinh, std::asinh)
COMPLEX(catan, std::atan)
COMPLEX(catanh, std::atanh)
COMPLEX(ccos, std::cos)
COMPLEX(ccosh, std::cosh)
COMPLEX(cexp, std::exp)
COMPLEX(clog, std::log)
COMPLEX(conj, std::conj)
COMPLEX(cproj, std::proj)
COMPLEX(csin, std::sin)
COMPLEX(csinh, std::sinh)
COMPLEX(csqrt, std::sqrt)
COMPLEX(ctan, std::tan)
COMPLEX(ctanh, std::tanh)
REAL(cabs, std::abs)
REAL(carg, std::arg)
REAL(cimag, std::imag)
REAL(creal, std::real)

extern "C" Double shim_cpow(Double a, Double b) { return out(std::pow(in(a), in(b))); }
extern "C" Float shim_cpowf(Float a, Float b) { return out(std::pow(in(a), in(b))); }
