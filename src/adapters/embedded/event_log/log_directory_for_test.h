#pragma once

#include <string>

namespace marquee::embedded {

/// Where the tests' logs lie on their simulated disks.
inline const std::string kDirectory = "events";

}  // namespace marquee::embedded
