#include "app/local_audit.h"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace marquee::app {
namespace {

constexpr std::int32_t kDone = 200;
constexpr std::int32_t kFailed = 500;

}  // namespace

LocalAudit::LocalAudit(AuditLog& log, const Clock& clock, std::string action,
                       std::string_view target)
    : log_(log), clock_(clock) {
  entry_.actor = fmt::format("command line, user {}", ::getuid());
  entry_.role = "admin";
  entry_.action = std::move(action);
  entry_.target = audit_target(target);
}

Result<void> LocalAudit::done(std::optional<std::uint64_t> of) {
  entry_.of = of;
  return end(true);
}

Result<void> LocalAudit::begin() {
  entry_.at_ms = clock_.wall_ms();
  MARQUEE_TRY(entry_.of, log_.append(entry_));
  return {};
}

Result<void> LocalAudit::end(bool well) {
  entry_.at_ms = clock_.wall_ms();
  entry_.status = well ? kDone : kFailed;
  const auto appended = log_.append(entry_);
  if (appended.ok()) return {};
  return appended.error().with_context("it was done, and the audit log does not say so");
}

}  // namespace marquee::app
