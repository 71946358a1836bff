#include "capi/checks.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <new>

#include <fmt/format.h>

namespace marquee::capi {
namespace {

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

void write(std::string_view text, char* message, std::size_t message_size) {
  if (message == nullptr || message_size == 0) return;
  const std::size_t length = std::min(text.size(), message_size - 1);
  std::copy_n(text.data(), length, message);
  message[length] = '\0';
}

}  // namespace

int status_of(ErrorCode code) {
  if (code == ErrorCode::kInvalidArgument) return MARQUEE_INVALID_ARGUMENT;
  if (code == ErrorCode::kResourceExhausted) return MARQUEE_OUT_OF_MEMORY;
  return code == ErrorCode::kFailedPrecondition ? MARQUEE_UNSOLVABLE : MARQUEE_INTERNAL;
}

Result<models::IalsParameters> parameters_of(const marquee_als_parameters* parameters) {
  if (parameters == nullptr) return invalid("parameters is null");
  if (parameters->struct_size != sizeof(marquee_als_parameters)) {
    return invalid(
        fmt::format("parameters.struct_size is {}, this library knows {}: compile for "
                    "its header",
                    parameters->struct_size, sizeof(marquee_als_parameters)));
  }
  if (parameters->rank > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    return invalid(fmt::format("parameters.rank is {}", parameters->rank));
  }
  models::IalsParameters ours;
  ours.rank = static_cast<std::int32_t>(parameters->rank);
  ours.unobserved_weight = parameters->unobserved_weight;
  ours.regularization = parameters->regularization;
  ours.regularization_exp = parameters->regularization_exp;
  ours.init_stdev = parameters->init_stdev;
  ours.seed = parameters->seed;
  MARQUEE_CHECK(models::check_parameters(ours));
  return ours;
}

template <typename T>
Result<std::span<T>> array(std::string_view name, T* values, std::uint64_t count) {
  if (count > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T)) {
    return invalid(fmt::format("{} of {} values do not fit into memory", name, count));
  }
  if (values == nullptr && count > 0) return invalid(fmt::format("{} is null", name));
  return std::span<T>(values, static_cast<std::size_t>(count));
}

template <typename T>
Result<std::span<T>> matrix(std::string_view name, T* values, std::uint64_t rows,
                            std::uint64_t columns) {
  if (columns != 0 && rows > std::numeric_limits<std::uint64_t>::max() / columns) {
    return invalid(fmt::format("{} of {} x {} does not fit into memory", name, rows, columns));
  }
  return array(name, values, rows * columns);
}

template Result<std::span<float>> matrix(std::string_view, float*, std::uint64_t, std::uint64_t);
template Result<std::span<const float>> matrix(std::string_view, const float*, std::uint64_t,
                                               std::uint64_t);
template Result<std::span<const char>> array(std::string_view, const char*, std::uint64_t);
template Result<std::span<const std::uint64_t>> array(std::string_view, const std::uint64_t*,
                                                      std::uint64_t);
template Result<std::span<std::uint64_t>> array(std::string_view, std::uint64_t*, std::uint64_t);
template Result<std::span<const std::uint32_t>> array(std::string_view, const std::uint32_t*,
                                                      std::uint64_t);
template Result<std::span<const std::int32_t>> array(std::string_view, const std::int32_t*,
                                                     std::uint64_t);
template Result<std::span<const std::uint8_t>> array(std::string_view, const std::uint8_t*,
                                                     std::uint64_t);

Result<void> check_finite(std::string_view name, std::span<const float> values) {
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad == values.end()) return {};
  return invalid(
      fmt::format("{}[{}] is {}: want finite numbers", name, bad - values.begin(), *bad));
}

Result<void> check_starts(std::span<const std::uint64_t> starts) {
  if (starts.front() != 0) return invalid(fmt::format("starts[0] is {}: want 0", starts.front()));
  const auto fall = std::is_sorted_until(starts.begin(), starts.end());
  if (fall == starts.end()) return {};
  return invalid(
      fmt::format("starts[{}] is {}, below the one before it", fall - starts.begin(), *fall));
}

Result<void> check_rows(const marquee_sparse_rows* rows, std::uint64_t column_count) {
  if (rows == nullptr) return invalid("rows is null");
  if (rows->struct_size != sizeof(marquee_sparse_rows)) {
    return invalid(
        fmt::format("rows.struct_size is {}, this library knows {}: compile for its "
                    "header",
                    rows->struct_size, sizeof(marquee_sparse_rows)));
  }
  if (rows->rows == std::numeric_limits<std::uint64_t>::max()) {
    return invalid(fmt::format("rows.rows is {}", rows->rows));
  }
  MARQUEE_TRY(const auto starts, array("rows.starts", rows->starts, rows->rows + 1));
  MARQUEE_CHECK(check_starts(starts));
  MARQUEE_TRY(const auto columns, array("rows.columns", rows->columns, starts.back()));
  for (std::uint64_t row = 0; row < rows->rows; ++row) {
    for (std::uint64_t at = starts[row]; at < starts[row + 1]; ++at) {
      const bool ascends = at == starts[row] || columns[at - 1] < columns[at];
      if (columns[at] < column_count && ascends) continue;
      return invalid(
          fmt::format("rows.columns[{}] is {}: want numbers below {}, ascending within a "
                      "row",
                      at, columns[at], column_count));
    }
  }
  if (rows->weights == nullptr) return {};
  MARQUEE_TRY(const auto weights, array("rows.weights", rows->weights, starts.back()));
  const auto bad = std::find_if_not(weights.begin(), weights.end(), [](float weight) {
    return weight >= 0 && std::isfinite(weight);
  });
  if (bad == weights.end()) return {};
  return invalid(fmt::format("rows.weights[{}] is {}: want finite numbers from 0",
                             bad - weights.begin(), *bad));
}

int answer(Result<void> (*body)(void*), void* context, char* message, std::size_t message_size,
           int (*status)(ErrorCode)) {
  try {
    const Result<void> done = body(context);
    if (done.ok()) return MARQUEE_OK;
    write(done.error().message, message, message_size);
    return status(done.error().code);
  } catch (const std::bad_alloc&) {
    write("out of memory", message, message_size);
    return MARQUEE_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    write(error.what(), message, message_size);
    return MARQUEE_INTERNAL;
  }
}

}  // namespace marquee::capi
