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

/// Reads "api,speed,scheduler". kInvalidArgument for an unknown, repeated or empty one, and for a
/// set that cannot work: on one directory api and speed share their state in memory.
Result<Roles> parse_roles(std::string_view text);

}  // namespace marquee::app
