#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::http {

/// "https://host[:port]/target", or http where nobody can stand in between: this machine.
struct FetchAddress {
  /// kInvalidArgument for anything else, a user in it included.
  static Result<FetchAddress> parse(std::string_view url);

  bool is_tls = true;
  std::string host;  ///< a name or an IPv4 address
  std::string port;
  std::string target;
};

struct FetchOptions {
  std::chrono::milliseconds at_most{5'000};
  std::size_t bytes_max = 1 << 20;
  std::string ca_file;  ///< PEM of whom to trust; empty: whom this machine trusts
};

/// The body of what a GET of `address` answers with 200. The server's certificate must be of its
/// name and lead to a trusted root; a redirect is an answer like any other, so nobody is sent
/// elsewhere. Blocks for at most `at_most`, and as long as this machine takes to find the name.
/// kUnavailable when it cannot be reached in time, kFailedPrecondition for another answer.
Result<std::string> fetch(const FetchAddress& address, const FetchOptions& options);

}  // namespace marquee::http
