#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result.h"
#include "platform/environment.h"

namespace marquee::testing {

/// Authorities that vouch for half of the world, and not for the stack's servers.
inline constexpr const char* kStrangers = "/etc/ssl/certs/ca-certificates.crt";

/// The authority of the stack's servers.
inline std::string authority() { return stack_variable("STACK_DIR") + "/certificates/ca.pem"; }

/// `text` with its one `part` replaced.
inline std::string with(std::string text, const std::string& part, const std::string& other) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return at == std::string::npos ? text : text.replace(at, part.size(), other);
}

/// "secret" of "scheme://user:secret@host".
inline std::string password_of(const std::string& url) {
  const std::size_t end = url.find('@');
  const std::size_t begin = url.rfind(':', end) + 1;
  return url.substr(begin, end - begin);
}

/// What an operator gets to read: one line that has `parts`, and no `secret`.
inline void expect_one_line(const Error& error, const std::vector<std::string>& parts,
                            const std::string& secret) {
  using ::testing::HasSubstr;
  using ::testing::Not;
  for (const std::string& part : parts) EXPECT_THAT(error.message, HasSubstr(part));
  EXPECT_THAT(error.message, Not(HasSubstr("\n")));
  EXPECT_THAT(error.message, Not(HasSubstr(secret)));
}

}  // namespace marquee::testing
