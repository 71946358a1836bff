#pragma once

#include <optional>
#include <span>
#include <string>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "base/result.h"
#include "ports/known_events.h"
#include "ports/profile_store.h"

namespace marquee::postgres {

// Statements that read the stored history, and what their rows say.

/// Every applied event under these keys; reads back with read_found().
Statement find_events_statement(std::span<const EventKey> keys);
/// The event in a row of it, and which key it belongs to.
struct FoundEvent {
  std::size_t key = 0;
  AppliedEvent event;
};
Result<FoundEvent> read_found(const Rows& rows, int row, std::span<const EventKey> keys);

Statement history_statement(const UserId& user, std::optional<std::uint64_t> before_seq,
                            std::size_t limit);
Result<AppliedEvent> read_applied(const Rows& rows, int row, int first, const UserId& user);

/// All that the fold did under one id, applied, dead letters and repeats, of one snapshot.
Statement traces_statement(const UserId& user, const EventId& id);
std::optional<EventReceipt> read_receipt(const Rows& rows);
std::optional<KnownEvent> read_known(const Rows& rows);

Statement dead_letters_statement(std::size_t limit);
Result<DeadLetter> read_dead_letter(const Rows& rows, int row);

Statement deduplicated_statement(const std::optional<Offset>& after, std::size_t limit);
Result<Deduplicated> read_deduplicated(const Rows& rows, int row);

}  // namespace marquee::postgres
