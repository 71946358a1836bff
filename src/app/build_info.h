#pragma once

#include <string_view>

namespace marquee::app {

/// Which program this is. Fixed when it was built; the views live as long as the process.
struct BuildInfo {
  std::string_view version;     ///< of the project: "0.1.0"
  std::string_view revision;    ///< of git, 12 digits; "+changes" where the sources differed from
                                ///< it; "unknown" when they were not a git checkout
  std::string_view build_type;  ///< as CMake names it: "Release"
  std::string_view compiler;    ///< "GNU 12.2.0"
};

/// Defined in a file that every build writes (cmake/MarqueeBuildInfo.cmake), so that a commit
/// compiles nothing else again.
BuildInfo build_info();

}  // namespace marquee::app
