#include "app/doctor/checks.h"
#include "app/storage/storage.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kAnotherTopic =
    "name the topic that the state was folded from in the setting events, or see 'Another topic' "
    "in "
    "docs/operating.md";

void check_topic(const Storage& storage, Report& report) {
  if (storage.topic == nullptr) return;
  const auto checked = storage.check_log();
  if (checked.ok()) {
    return report.ok("topic", storage.topic->name(), "it has what the state was folded from");
  }
  report.error("topic", storage.topic->name(), checked.error().message, kAnotherTopic,
               checked.error().code);
}

}  // namespace

void check_services(const Subject& subject, Report& report) {
  constexpr const char* kServicesCheck = "services";
  const DataPaths& paths = subject.paths;
  std::string names;
  for (const auto& [path, key] : {std::pair(&paths.events, "events"),
                                  {&paths.database, "state"},
                                  {&paths.objects, "objects"}}) {
    if (path->empty()) names += names.empty() ? key : std::string(", ") + key;
  }
  if (names.empty()) return;
  const auto opened = Storage::open_reader(subject.settings);
  if (opened.ok()) {
    report.ok(kServicesCheck, names, "they answer");
    check_topic(**opened, report);
    return check_retrieval(**opened, report);
  }
  const bool is_another_topic = paths.events.empty() && opened.error().code == ErrorCode::kDataLoss;
  report.error(kServicesCheck, names, opened.error().message,
               is_another_topic ? kAnotherTopic : "start it, or correct the setting",
               opened.error().code);
}

}  // namespace marquee::app::doctor
