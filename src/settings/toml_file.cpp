#include "settings/toml_file.h"

#include <filesystem>

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace marquee {
namespace {

Result<std::string> text_of(const toml::node& node, const std::string& key,
                            const std::string& path) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto flag = node.value_exact<bool>()) return std::string(*flag ? "true" : "false");
  return Error{ErrorCode::kInvalidArgument, fmt::format("{}:{}: '{}' wants a string or a number",
                                                        path, node.source().begin.line, key)};
}

Result<void> collect(const toml::table& table, const std::string& prefix, const std::string& path,
                     std::vector<TomlEntry>& entries) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table()) {
      MARQUEE_CHECK(collect(*inner, key + ".", path, entries));
      continue;
    }
    MARQUEE_TRY(std::string text, text_of(node, key, path));
    entries.push_back(TomlEntry{key, std::move(text), node.source().begin.line});
  }
  return {};
}

}  // namespace

Result<std::vector<TomlEntry>> read_toml_file(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no settings file {}", path)};
  }
  if (std::filesystem::is_directory(path)) {  // reads as an empty file
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is a directory, no settings file", path)};
  }
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}:{}: {}", path, parsed.error().source().begin.line,
                             parsed.error().description())};
  }
  std::vector<TomlEntry> entries;
  MARQUEE_CHECK(collect(parsed.table(), "", path, entries));
  return entries;
}

}  // namespace marquee
