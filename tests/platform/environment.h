#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "base/uuid.h"

namespace marquee::testing {

/// What `tools/stack exec` says about a server. A missing variable fails the test: a platform test
/// that did not run must not look like one that passed.
inline std::string stack_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  ADD_FAILURE() << name << " is not set: run this by 'tools/stack exec -- PROGRAM'";
  return "";
}

/// A name that no other test and no other run has, for what a test leaves on a shared server.
inline std::string unique_name() { return "test-" + Uuid::v7(0).to_string(); }

}  // namespace marquee::testing
