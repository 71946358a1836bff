#include "api/audited.h"

#include <memory>
#include <utility>

#include "telemetry/log.h"

namespace marquee::api {
namespace {

AuditEntry entry_of(const Services& services, const identity::Caller& caller,
                    const std::string& operation, const http::Request& request) {
  AuditEntry entry;
  entry.at_ms = services.clock.wall_ms();
  entry.actor = caller.name;
  entry.role = identity::to_string(caller.role);
  entry.action = operation;
  entry.target = audit_target(request.path);
  return entry;
}

/// Nobody can take back what was done, so that it could not be written down is told elsewhere.
void append_end(const Services& services, AuditEntry entry, int status) {
  entry.at_ms = services.clock.wall_ms();
  entry.status = status;
  const auto appended = services.audit_log.append(entry);
  if (appended.ok()) return;
  telemetry::log(telemetry::Level::kError, "audit",
                 entry.actor + " did " + entry.action + " on " + entry.target + " with status " +
                     std::to_string(status) +
                     ", which the audit log does not say: " + appended.error().message);
}

http::Response busy() { return http::problem(503, "too much work waits: try again in a moment"); }

}  // namespace

void audited(const Services& services, const identity::Caller& caller, const std::string& operation,
             http::Request request, http::Reply reply, const http::Handler& action) {
  struct Call {
    AuditEntry entry;
    http::Request request;
    http::Reply reply;
    http::Handler action;
  };
  AuditEntry entry = entry_of(services, caller, operation, request);
  const auto call =
      std::make_shared<Call>(Call{std::move(entry), std::move(request), std::move(reply), action});
  const bool posted = services.auditors.post([&services, call] {
    const auto asked = services.audit_log.append(call->entry);
    if (!asked.ok()) {
      call->reply(http::problem(503, "the audit log cannot be written, so nothing was done"));
      return;
    }
    call->entry.of = *asked;
    http::Reply and_write = [&services, call](http::Response response) {
      const auto answer = std::make_shared<http::Response>(std::move(response));
      const bool waits = services.auditors.post([&services, call, answer] {
        append_end(services, call->entry, answer->status);
        call->reply(std::move(*answer));
      });
      if (!waits) {
        append_end(services, call->entry, answer->status);
        call->reply(std::move(*answer));
      }
    };
    call->action(std::move(call->request), std::move(and_write));
  });
  if (!posted) call->reply(busy());
}

void audit_refusal(const Services& services, const identity::Caller& caller,
                   const std::string& operation, const http::Request& request, http::Reply reply,
                   http::Response refusal) {
  const auto answer = std::make_shared<http::Response>(std::move(refusal));
  const bool posted = services.auditors.post(
      [&services, entry = entry_of(services, caller, operation, request), answer, reply] {
        append_end(services, entry, answer->status);
        reply(std::move(*answer));
      });
  if (!posted) reply(busy());
}

}  // namespace marquee::api
