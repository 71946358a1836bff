#pragma once

#include <string_view>

#include "base/result.h"

namespace marquee::app {

/// What a server process does.
struct Roles {
  bool api = false;        ///< answers requests
  bool speed = false;      ///< folds events
  bool scheduler = false;  ///< starts the nightly run
};

/// Reads "api,speed,scheduler". kInvalidArgument for an unknown, repeated or empty one.
Result<Roles> parse_roles(std::string_view text);

/// kInvalidArgument for a set that cannot work where one process has log and state to itself: api
/// and speed then share their state in memory.
Result<void> check_alone(const Roles& roles);

}  // namespace marquee::app
