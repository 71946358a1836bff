#pragma once

#include <optional>
#include <string_view>

namespace marquee::app {

/// One file of the viewer's page, embedded in the program when it was built. All views point to
/// constant data that lives as long as the process.
struct Asset {
  std::string_view path;          ///< as requested: "/index.html", "/assets/index-Ab12.js"
  std::string_view content_type;  ///< "text/html; charset=utf-8"
  std::string_view etag;          ///< strong and quoted, of the gzip representation
  std::string_view gzip_bytes;    ///< a whole gzip member (RFC 1952); the only form stored
  bool immutable = false;         ///< the path names a hash of the content: may be cached for ever
};

/// The file at `path`, exactly as built; "/" is the page itself. None for anything else. Without a
/// built page (tools/build_page) there is one file, which says how to build it. Thread-safe.
std::optional<Asset> find_asset(std::string_view path);

}  // namespace marquee::app
