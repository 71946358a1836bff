#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace marquee {

/// Where a service is: scheme://[user][:password]@host[:port][/path][?name=value&…], the
/// hierarchical form of RFC 3986 without a fragment. The parts are percent-decoded; a '+' is a
/// plus.
struct ServiceUri {
  std::string scheme;  ///< lower case
  std::string user;
  std::optional<std::string> password;
  std::string host;  ///< never empty; an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
  std::string path;                                        ///< without the slash that begins it
  std::vector<std::pair<std::string, std::string>> query;  ///< in order, no name twice

  /// Errors are kInvalidArgument and name the part; they do not repeat the text, which may hold a
  /// password in a place where nobody expects one.
  static Result<ServiceUri> parse(std::string_view text);

  /// The value of the query's `name`.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// kInvalidArgument naming the first parameter that is not among `known`.
  Result<void> check_parameters(const std::vector<std::string_view>& known) const;
  /// For logs and messages: `***` stands for the password, and for the value of every parameter
  /// whose name speaks of a password, secret or token, and for a password in a parameter's URI.
  std::string to_string() const;

  bool operator==(const ServiceUri&) const = default;
};

}  // namespace marquee
