#pragma once

#include <cstdint>

#include "base/result.h"
#include "ports/api_key_store.h"
#include "ports/audit_log.h"

namespace marquee::app {

// Who is let in and what operators did, copied from store to store. Each can be done again over
// what an earlier try left.

/// API keys as they are stored, revoked ones too, so that their bearers need no new ones. Returns
/// how many.
Result<std::uint64_t> copy_keys(const ApiKeyStore& from, ApiKeyStore& to);

/// Every entry of the audit log, oldest first; the numbers may become others, what they refer to
/// stays. Returns how many.
Result<std::uint64_t> copy_audit_log(const AuditLog& from, AuditLog& to);

}  // namespace marquee::app
