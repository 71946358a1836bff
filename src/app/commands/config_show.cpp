#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "base/json_writer.h"

namespace marquee::app::commands {

Result<void> config_show(const LoadedSettings& loaded, bool origin, bool json) {
  JsonWriter writer;
  writer.begin_object();
  for (const Property& property : properties()) {
    const std::string value = shown_text(loaded.settings, property);
    const auto found = loaded.origins.find(property.key);
    const std::string from = found == loaded.origins.end() ? "default" : found->second;
    if (json) {
      writer.key(property.key).begin_object().member("value", value).member("origin", from);
      writer.member("help", property.help).end_object();
    } else if (origin) {
      fmt::print("{:30} = {:24} # {}\n", property.key, value, from);
    } else {
      fmt::print("{:30} = {:24} # {}\n", property.key, value, property.help);
    }
  }
  if (json) fmt::print("{}\n", writer.end_object().text());
  return {};
}

}  // namespace marquee::app::commands
