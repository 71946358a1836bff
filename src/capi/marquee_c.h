/* The C ABI of Marquee: libmarquee_c.so.
 *
 * Every function but marquee_abi_version answers a marquee_status. On anything but MARQUEE_OK it
 * writes what failed and what to do, one line ending in NUL and cut to `message_size` bytes, to
 * `message`; both may be null and 0. What an output holds after an error is not promised.
 *
 * The caller owns every array, before and after; nothing is kept when a function returns. Matrices
 * are row-major float, without padding. Any thread may call; two calls at once must not share
 * outputs. What may be null says so. Structs begin with `struct_size`, their sizeof where the
 * caller was compiled, so that they can grow at their end; a size that is not known is
 * MARQUEE_INVALID_ARGUMENT.
 *
 * The results are those of the C++ core, bit for bit on the same kind of CPU.
 */
#ifndef MARQUEE_C_H
#define MARQUEE_C_H

/* NOLINTBEGIN(readability-identifier-naming,modernize-*,performance-enum-size) */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MARQUEE_C_API __attribute__((visibility("default")))
#define MARQUEE_ABI_VERSION 2u

enum marquee_status {
  MARQUEE_OK = 0,
  MARQUEE_INVALID_ARGUMENT =
      1,                  /* a null, a size, a NaN, a number out of range: the message names it */
  MARQUEE_UNSOLVABLE = 2, /* a row's equations are not positive definite: raise regularization */
  MARQUEE_OUT_OF_MEMORY = 3,
  MARQUEE_INTERNAL = 4
};

/* MARQUEE_ABI_VERSION of the library that was loaded. Another number: other functions. */
MARQUEE_C_API uint32_t marquee_abi_version(void);

/* Of implicit ALS; src/models/factor_model.h has the objective. */
struct marquee_als_parameters {
  uint32_t struct_size;
  uint32_t rank; /* k, 1 to 2048 */
  float unobserved_weight;
  float regularization;
  float regularization_exp;
  float init_stdev;
  uint64_t seed;
};

/* `rows` sparse rows: row r holds columns[starts[r] .. starts[r + 1]), ascending, and their
 * weights. */
struct marquee_sparse_rows {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  uint64_t rows;
  const uint64_t* starts; /* rows + 1, ascending from 0 */
  const uint32_t* columns;
  const float* weights; /* finite and >= 0; null: all 1 */
};

/* Where training starts: `vectors`, rows x rank, from ids and seed. Id r is the bytes ids[starts[r]
 * .. starts[r + 1]). */
MARQUEE_C_API int marquee_als_initial_vectors(const struct marquee_als_parameters* parameters,
                                              const char* ids, const uint64_t* starts,
                                              uint64_t rows, float* vectors, char* message,
                                              size_t message_size);

/* M'M of `matrix`, rows x rank, into `gramian`, rank x rank. */
MARQUEE_C_API int marquee_gramian(const float* matrix, uint64_t rows, uint32_t rank, float* gramian,
                                  char* message, size_t message_size);

/* Some rows solved exactly, one thread: with `fixed` (fixed_rows x rank: the films'
 * vectors, for viewers' rows) held,
 *
 *   solved[r] = (a0 * gramian + sum w y y' + l (sum w + a0 * fixed_rows)^v * I)^-1 sum w y
 *
 * over the columns of row r, which name rows of `fixed`. `gramian` is marquee_gramian of all of
 * `fixed`, so that it is computed once for all parts of a step; null: it is computed here. Needs
 * about rank^2 * 8 bytes besides. `gain`, one number, may be null: by how much the rows lower the
 * objective below that of zero. */
MARQUEE_C_API int marquee_als_half_step(const struct marquee_als_parameters* parameters,
                                        const struct marquee_sparse_rows* rows, const float* fixed,
                                        uint64_t fixed_rows, const float* gramian, float* solved,
                                        double* gain, char* message, size_t message_size);

/* The half-step of a training epoch: moves the rows' `vectors`, finite, from where they are towards
 * what marquee_als_half_step solves, as far as the trainer does in an epoch. All else as there. */
MARQUEE_C_API int marquee_als_improve(const struct marquee_als_parameters* parameters,
                                      const struct marquee_sparse_rows* rows, const float* fixed,
                                      uint64_t fixed_rows, const float* gramian, float* vectors,
                                      double* gain, char* message, size_t message_size);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(readability-identifier-naming,modernize-*,performance-enum-size) */
#endif
