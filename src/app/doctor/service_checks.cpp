#include "app/doctor/checks.h"
#include "app/storage.h"

namespace marquee::app::doctor {

void check_services(const Subject& subject, Report& report) {
  constexpr const char* kCheck = "services";
  const DataPaths& paths = subject.paths;
  std::string names;
  for (const auto& [path, key] : {std::pair(&paths.events, "events"),
                                  {&paths.database, "state"},
                                  {&paths.objects, "objects"}}) {
    if (path->empty()) names += names.empty() ? key : std::string(", ") + key;
  }
  if (names.empty()) return;
  const auto opened = Storage::open_reader(subject.settings);
  if (opened.ok()) return report.ok(kCheck, names, "they answer");
  report.error(kCheck, names, opened.error().message, "start it, or correct the setting",
               opened.error().code);
}

}  // namespace marquee::app::doctor
