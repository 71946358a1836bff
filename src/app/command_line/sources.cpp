#include "app/command_line/definitions.h"

namespace marquee::app {

Result<SettingSources> sources_of(const Parsed& parsed) {
  SettingSources sources{parsed.config_file, process_environment(), parsed.flags};
  for (const std::string& assignment : parsed.set) {
    auto flag = parse_assignment(assignment);
    if (!flag.ok()) return flag.error().with_context("--set");
    sources.flags.push_back(*std::move(flag));
  }
  return sources;
}

}  // namespace marquee::app
