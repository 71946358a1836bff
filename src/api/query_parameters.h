#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.h"
#include "domain/offset.h"
#include "http/message.h"

namespace marquee::api {

// What routes take alike.
inline constexpr std::int64_t kLimitMax = 100;
inline constexpr std::int64_t kYearMin = 1800;
inline constexpr std::int64_t kYearMax = 2200;
inline constexpr std::size_t kGenresMax = 50;

/// Reads a query strictly: unknown and repeated parameters are 400, wrong values 422, all of them
/// collected. Read everything, then ask problem().
///
///     QueryParameters query(request, {"user_id", "limit"});
///     const auto limit = query.integer("limit", 1, 100).value_or(10);
///     if (auto refused = query.problem()) return reply(*refused);
class QueryParameters {
 public:
  QueryParameters(const http::Request& request, std::initializer_list<std::string_view> known);

  /// The text, none when absent. Present but empty is an error.
  std::optional<std::string> text(std::string_view name);
  /// As text(), but present and empty counts as absent: a search box left empty.
  std::optional<std::string> search_text(std::string_view name);
  std::optional<std::string> id(std::string_view name);
  /// The id in the request's path.
  std::string path_id(const http::Request& request, std::string_view name);
  /// As id(), and absent is an error; an empty string then.
  std::string required_id(std::string_view name);
  // As the three above, of viewers: the server's own (is_reserved()) are wrong, since nobody asks
  // on their behalf.
  std::optional<UserId> viewer(std::string_view name);
  UserId path_viewer(const http::Request& request, std::string_view name);
  UserId required_viewer(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<bool> flag(std::string_view name);
  std::optional<Offset> offset(std::string_view name);
  /// One of `choices`.
  std::optional<std::string> choice(std::string_view name,
                                    std::initializer_list<std::string_view> choices);
  /// Comma-separated, none of them empty, at most `count_max`.
  std::vector<std::string> list(std::string_view name, std::size_t count_max);

  void wrong(std::string_view name, std::string detail);
  /// The answer to give when anything was wrong.
  std::optional<http::Response> problem() const;

 private:
  std::optional<std::string> raw(std::string_view name) const;
  UserId checked_viewer(std::string_view name, std::string id);

  const http::Request& request_;
  std::vector<http::FieldError> malformed_;  ///< 400
  std::vector<http::FieldError> wrong_;      ///< 422
};

}  // namespace marquee::api
