#pragma once

#include <string>
#include <vector>

#include "identity/api_keys.h"
#include "ports/audit_log.h"

namespace marquee::api {

// Keys and the audit log as /api/admin and `--json` of the commands show them.

/// {"keys":[{"id","name","role","viewer","created_at","expires_at","last_used_at","revoked_at"}]};
/// null for what there is not. Never the hash.
std::string keys_json(const std::vector<ApiKey>& keys);
/// One of them, with "key", its text, which is told this once.
std::string issued_json(const identity::IssuedKey& issued);
/// {"entries":[{"seq","at","actor","role","action","target","of","status"}],"next_cursor"?}
std::string audit_json(const AuditPage& page);

}  // namespace marquee::api
