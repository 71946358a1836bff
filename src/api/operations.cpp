#include "api/operations.h"

#include "base/json_writer.h"

namespace marquee::api {

bool Audit::holds() const {
  const bool log_holds = accepted == applied + deduplicated + dead_lettered + pending;
  const bool door_holds =
      !received ||
      *received == accepted_here.value_or(0) + duplicate.value_or(0) + rejected.value_or(0);
  return log_holds && door_holds;
}

std::string to_json(const Audit& audit) {
  JsonWriter json;
  json.begin_object();
  json.member_or_null("received", audit.received);
  json.member("accepted", audit.accepted);
  json.member_or_null("duplicate", audit.duplicate);
  json.member_or_null("rejected", audit.rejected);
  json.member("applied", audit.applied);
  json.member("deduplicated", audit.deduplicated);
  json.member("dead_lettered", audit.dead_lettered);
  json.member("pending", audit.pending);
  json.member_or_null("accepted_by_this_process", audit.accepted_here);
  json.member("holds", audit.holds());
  return json.end_object().take();
}

}  // namespace marquee::api
