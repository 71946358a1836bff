#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "capi/checks.h"
#include "linalg/conjugate_gradients.h"
#include "linalg/gramian.h"
#include "linalg/normal_equations.h"
#include "models/initial_vectors.h"

namespace marquee::capi {
namespace {

Result<void> initial_vectors(const marquee_als_parameters* wanted, const char* ids,
                             const std::uint64_t* raw_starts, std::uint64_t rows,
                             float* raw_vectors) {
  MARQUEE_TRY(const auto parameters, parameters_of(wanted));
  const auto k = static_cast<std::uint64_t>(parameters.rank);
  if (rows == 0) return {};
  MARQUEE_TRY(const auto vectors, matrix("vectors", raw_vectors, rows, k));
  MARQUEE_TRY(const auto starts, array("starts", raw_starts, rows + 1));
  MARQUEE_CHECK(check_starts(starts));
  MARQUEE_TRY(const auto text, array("ids", ids, starts.back()));
  for (std::uint64_t row = 0; row < rows; ++row) {
    const auto id = text.subspan(starts[row], starts[row + 1] - starts[row]);
    models::draw_initial_vector({id.data(), id.size()}, parameters, vectors.subspan(row * k, k));
  }
  return {};
}

Result<void> gramian(const float* values, std::uint64_t rows, std::uint32_t rank, float* out) {
  if (rank == 0 || rank > models::kRankMax) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("rank is {}: want 1 to {}", rank, models::kRankMax)};
  }
  MARQUEE_TRY(const auto factors, matrix("matrix", values, rows, rank));
  MARQUEE_TRY(const auto target, matrix("gramian", out, rank, rank));
  MARQUEE_CHECK(check_finite("matrix", factors));
  std::ranges::copy(linalg::gramian(factors, rank), target.begin());
  return {};
}

/// What a half-step was given, checked.
struct HalfStep {
  models::IalsParameters parameters;
  const marquee_sparse_rows& rows;
  std::span<const float> fixed;
  std::uint64_t fixed_rows = 0;
  std::span<const float> gramian;
  std::span<float> vectors;

  std::size_t k() const { return static_cast<std::size_t>(parameters.rank); }
  std::span<float> vector(std::uint64_t row) const { return vectors.subspan(row * k(), k()); }
  std::span<const std::uint32_t> columns(std::uint64_t row) const {
    return {rows.columns + rows.starts[row],
            static_cast<std::size_t>(rows.starts[row + 1] - rows.starts[row])};
  }
  /// Empty where all are 1.
  std::span<const float> weights(std::uint64_t row) const {
    if (rows.weights == nullptr) return {};
    return {rows.weights + rows.starts[row], columns(row).size()};
  }
  float ridge(std::uint64_t row) const {
    const auto given = weights(row);
    const double sum = rows.weights == nullptr ? static_cast<double>(columns(row).size())
                                               : std::accumulate(given.begin(), given.end(), 0.0);
    return models::ridge_of(parameters, sum, fixed_rows);
  }
};

/// The gain of all rows.
using Solver = Result<double> (*)(const HalfStep&);

Result<double> solve(const HalfStep& step) {
  linalg::NormalEquations equations(step.k());
  double gain = 0;
  for (std::uint64_t row = 0; row < step.rows.rows; ++row) {
    equations.start(step.gramian, step.parameters.unobserved_weight, step.ridge(row));
    equations.add(step.fixed, step.columns(row), step.weights(row));
    if (!equations.solve(step.vector(row)).ok()) {
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("row {} cannot be solved: raise regularization or "
                               "unobserved_weight",
                               row)};
    }
    gain += equations.gain();
  }
  return gain;
}

Result<double> improve(const HalfStep& step) {
  MARQUEE_CHECK(check_finite("vectors", step.vectors));
  const linalg::PaddedRows fixed(step.fixed, step.k());
  linalg::ConjugateGradients gradients(step.k());
  gradients.start(step.gramian, step.parameters.unobserved_weight);
  double gain = 0;
  for (std::uint64_t row = 0; row < step.rows.rows; ++row) {
    gradients.improve(fixed, step.columns(row), step.weights(row), step.ridge(row),
                      models::kGradientSteps, step.vector(row));
    gain += gradients.gain();
  }
  return gain;
}

/// `name` is what the call calls `raw_vectors`.
Result<void> half_step(Solver solver, const marquee_als_parameters* wanted,
                       const marquee_sparse_rows* rows, const float* raw_fixed,
                       std::uint64_t fixed_rows, const float* raw_gramian, const char* name,
                       float* raw_vectors, double* gain) {
  MARQUEE_TRY(const auto parameters, parameters_of(wanted));
  const auto k = static_cast<std::uint64_t>(parameters.rank);
  MARQUEE_CHECK(check_rows(rows, fixed_rows));
  MARQUEE_TRY(const auto fixed, matrix("fixed", raw_fixed, fixed_rows, k));
  MARQUEE_TRY(const auto vectors, matrix(name, raw_vectors, rows->rows, k));
  MARQUEE_CHECK(check_finite("fixed", fixed));
  std::vector<float> own;
  std::span<const float> gramian(raw_gramian, static_cast<std::size_t>(k * k));
  if (raw_gramian == nullptr) {
    own = linalg::gramian(fixed, static_cast<std::size_t>(k));
    gramian = own;
  } else {
    MARQUEE_CHECK(check_finite("gramian", gramian));
  }
  MARQUEE_TRY(const double total, solver({parameters, *rows, fixed, fixed_rows, gramian, vectors}));
  if (gain != nullptr) *gain = total;
  return {};
}

}  // namespace
}  // namespace marquee::capi

using marquee::capi::answer;

std::uint32_t marquee_abi_version() { return MARQUEE_ABI_VERSION; }

int marquee_als_initial_vectors(const marquee_als_parameters* parameters, const char* ids,
                                const std::uint64_t* starts, std::uint64_t rows, float* vectors,
                                char* message, std::size_t message_size) {
  return answer(
      [&] { return marquee::capi::initial_vectors(parameters, ids, starts, rows, vectors); },
      message, message_size);
}

int marquee_gramian(const float* matrix, std::uint64_t rows, std::uint32_t rank, float* gramian,
                    char* message, std::size_t message_size) {
  return answer([&] { return marquee::capi::gramian(matrix, rows, rank, gramian); }, message,
                message_size);
}

int marquee_als_half_step(const marquee_als_parameters* parameters, const marquee_sparse_rows* rows,
                          const float* fixed, std::uint64_t fixed_rows, const float* gramian,
                          float* solved, double* gain, char* message, std::size_t message_size) {
  return answer(
      [&] {
        return marquee::capi::half_step(marquee::capi::solve, parameters, rows, fixed, fixed_rows,
                                        gramian, "solved", solved, gain);
      },
      message, message_size);
}

int marquee_als_improve(const marquee_als_parameters* parameters, const marquee_sparse_rows* rows,
                        const float* fixed, std::uint64_t fixed_rows, const float* gramian,
                        float* vectors, double* gain, char* message, std::size_t message_size) {
  return answer(
      [&] {
        return marquee::capi::half_step(marquee::capi::improve, parameters, rows, fixed, fixed_rows,
                                        gramian, "vectors", vectors, gain);
      },
      message, message_size);
}
