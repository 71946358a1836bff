#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "datasets/dataset.h"

namespace marquee::datasets {

/// A way in which data sets lie in a directory. A further one is a class of its own and one line
/// in layouts.cpp.
struct Layout {
  const char* name;   ///< "MovieLens CSV"
  const char* files;  ///< what it looks for, for the message when nothing matches
  /// True when the directory's files are of this layout; looks at names and first lines only.
  bool (*matches)(const std::string& directory);
  /// kInvalidArgument, in plain words, for files that contradict the layout.
  Result<std::unique_ptr<Dataset>> (*open)(const std::string& directory,
                                           const ReadOptions& options);
};

/// Every known layout, in the order in which they are tried.
std::span<const Layout> known_layouts();

}  // namespace marquee::datasets
