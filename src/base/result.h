#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace marquee {

/// The few kinds of failure a caller can act on. api/ maps each to one HTTP status and app/ to one
/// exit code, in one place each; nothing else switches on them.
enum class ErrorCode {
  kInvalidArgument,     ///< the caller's input is wrong; repeating it cannot help
  kNotFound,            ///< the named thing does not exist
  kConflict,            ///< contradicts what is already recorded
  kFailedPrecondition,  ///< right call, wrong state (no model yet, directory owned by another)
  kUnauthenticated,     ///< no valid credential
  kPermissionDenied,    ///< a valid credential without the right, or a file without permission
  kUnavailable,         ///< may work later: overload, shutting down, dependency away
  kResourceExhausted,   ///< no space left on the device
  kDeadlineExceeded,    ///< the time budget ran out
  kDataLoss,            ///< stored bytes are damaged; a human decides
  kRefused,             ///< a quality gate said no
  kInternal,            ///< a bug or an impossible environment
};

/// Name of `code` in lower snake case, for logs and problem types.
std::string_view to_string(ErrorCode code);

/// What failed, on what, and what to do about it, in one line without a final dot.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// The same error with `context: ` in front, for callers that know on what it happened.
  Error with_context(std::string_view context) const {
    return Error{code, std::string(context) + ": " + message};
  }
};

/// A value or an Error. libstdc++ 12 has no std::expected; this is the part of it we use.
/// `value()` and `error()` assert that they are asked for what is there.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    assert(!ok());
    return *error_;
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace marquee

#define MARQUEE_CONCAT_INNER(a, b) a##b
#define MARQUEE_CONCAT(a, b) MARQUEE_CONCAT_INNER(a, b)

/// MARQUEE_TRY(auto x, f()): declares x from f()'s value, or returns f()'s error.
#define MARQUEE_TRY(declaration, expression) \
  MARQUEE_TRY_IMPL(MARQUEE_CONCAT(marquee_try_, __LINE__), declaration, expression)
#define MARQUEE_TRY_IMPL(result, declaration, expression) \
  auto result = (expression);                             \
  if (!result.ok()) return std::move(result).error();     \
  declaration = std::move(result).value()

/// MARQUEE_CHECK(f()): returns f()'s error if it has one; for Result<void>.
#define MARQUEE_CHECK(expression)                               \
  do {                                                          \
    if (auto marquee_check = (expression); !marquee_check.ok()) \
      return std::move(marquee_check).error();                  \
  } while (false)
