#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "capi/marquee_c.h"
#include "models/factor_model.h"

namespace marquee::capi {

/// kInvalidArgument, naming the field, for null, another size, or a number out of range.
Result<models::IalsParameters> parameters_of(const marquee_als_parameters* parameters);

/// `count` values at `values`; kInvalidArgument, calling them `name`, when that is null while count
/// is not 0, or when so many do not fit into memory.
template <typename T>
Result<std::span<T>> array(std::string_view name, T* values, std::uint64_t count);

/// array(name, values, rows × columns), without overflow.
template <typename T>
Result<std::span<T>> matrix(std::string_view name, T* values, std::uint64_t rows,
                            std::uint64_t columns);

/// kInvalidArgument for a NaN or an infinity.
Result<void> check_finite(std::string_view name, std::span<const float> values);

/// kInvalidArgument unless the rows + 1 `starts` ascend from 0.
Result<void> check_starts(std::span<const std::uint64_t> starts);

/// kInvalidArgument, naming the row's place, unless `rows` keep to marquee_c.h and all their
/// columns are below `column_count`.
Result<void> check_rows(const marquee_sparse_rows* rows, std::uint64_t column_count);

/// The marquee_status of an error.
int status_of(ErrorCode code);

/// `body`'s status, with its message where the caller wants it. No exception leaves it.
int answer(Result<void> (*body)(void*), void* context, char* message, std::size_t message_size,
           int (*status)(ErrorCode));

template <typename Body>
int answer(Body body, char* message, std::size_t message_size,
           int (*status)(ErrorCode) = status_of) {
  return answer([](void* context) -> Result<void> { return (*static_cast<Body*>(context))(); },
                &body, message, message_size, status);
}

}  // namespace marquee::capi
