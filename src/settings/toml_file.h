#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace marquee {

/// One value of a TOML file: "[serving] cache_ttl_s = 60" is key "serving.cache_ttl_s", text "60".
struct TomlEntry {
  std::string key;
  std::string text;
  std::uint32_t line = 0;
};

/// Every string, number and boolean of the file. kInvalidArgument with the line for bad TOML and
/// other kinds of value, and for a directory; kNotFound when there is no such file.
Result<std::vector<TomlEntry>> read_toml_file(const std::string& path);

}  // namespace marquee
