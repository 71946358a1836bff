#include "app/doctor/report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace marquee::app::doctor {
namespace {

int gravity(ErrorCode code) {
  if (code == ErrorCode::kDataLoss) return 2;
  return code == ErrorCode::kInvalidArgument ? 1 : 0;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void Report::ok(std::string_view check, std::string subject, std::string what) {
  findings_.push_back(
      {Level::kOk, std::string(check), std::move(subject), std::move(what), {}, {}});
}

void Report::warning(std::string_view check, std::string subject, std::string what,
                     std::string advice) {
  findings_.push_back({Level::kWarning,
                       std::string(check),
                       std::move(subject),
                       std::move(what),
                       std::move(advice),
                       {}});
}

void Report::error(std::string_view check, std::string subject, std::string what,
                   std::string advice, ErrorCode code) {
  findings_.push_back({Level::kError, std::string(check), std::move(subject), std::move(what),
                       std::move(advice), code});
}

std::size_t Report::count(Level level) const {
  return static_cast<std::size_t>(
      std::count_if(findings_.begin(), findings_.end(),
                    [level](const Finding& finding) { return finding.level == level; }));
}

Result<void> Report::verdict() const {
  const Finding* gravest = nullptr;
  for (const Finding& finding : findings_) {
    if (finding.level != Level::kError) continue;
    if (gravest == nullptr || gravity(finding.code) > gravity(gravest->code)) gravest = &finding;
  }
  if (gravest == nullptr) return {};
  const std::size_t errors = count(Level::kError);
  return Error{gravest->code, fmt::format("{} error{} found, the gravest in {}: {}", errors,
                                          errors == 1 ? "" : "s", gravest->check, gravest->what)};
}

std::string to_text(const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings()) {
    text += fmt::format("{:8} {:10} {}: {}\n", to_string(finding.level), finding.check,
                        finding.subject, finding.what);
    if (!finding.advice.empty()) text += fmt::format("{:19} → {}\n", "", finding.advice);
  }
  const std::size_t errors = report.count(Level::kError);
  const std::size_t warnings = report.count(Level::kWarning);
  return text + fmt::format("{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
                            warnings == 1 ? "" : "s");
}

std::string to_json(const Report& report) {
  JsonWriter json;
  json.begin_object().key("findings").begin_array();
  for (const Finding& finding : report.findings()) {
    json.begin_object().member("level", to_string(finding.level)).member("check", finding.check);
    json.member("subject", finding.subject).member("what", finding.what);
    json.member("advice", finding.advice).end_object();
  }
  json.end_array().member("errors", std::uint64_t{report.count(Level::kError)});
  return json.member("warnings", std::uint64_t{report.count(Level::kWarning)}).end_object().take();
}

}  // namespace marquee::app::doctor
