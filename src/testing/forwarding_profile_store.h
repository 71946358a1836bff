#pragma once

#include "ports/profile_store.h"

namespace marquee::testing {

/// A ProfileStore that passes every call on to another one, which must outlive it: the base of
/// those that fail in some way of their own. Thread-safe as that one is.
class ForwardingProfileStore : public ProfileStore {
 public:
  explicit ForwardingProfileStore(ProfileStore& inner) : inner_(inner) {}

  Result<FoldedTotals> totals() const override {
    MARQUEE_CHECK(before_read());
    return inner_.totals();
  }
  Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                            const std::function<void(const CountDelta&)>& count) const override {
    MARQUEE_CHECK(before_read());
    return inner_.load(profile, count);
  }
  Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const override {
    MARQUEE_CHECK(before_read());
    return inner_.find_profile(user);
  }
  Result<void> apply(const FoldBatch& batch) override { return inner_.apply(batch); }
  Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                 const EventId& id) const override {
    MARQUEE_CHECK(before_read());
    return inner_.find_event(user, id);
  }
  Result<std::optional<EventReceipt>> receipt(const UserId& user,
                                              const EventId& id) const override {
    MARQUEE_CHECK(before_read());
    return inner_.receipt(user, id);
  }
  Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                              std::size_t limit) const override {
    MARQUEE_CHECK(before_read());
    return inner_.history(user, before_seq, limit);
  }
  Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const override {
    MARQUEE_CHECK(before_read());
    return inner_.dead_letters(limit);
  }
  Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                 std::size_t limit) const override {
    MARQUEE_CHECK(before_read());
    return inner_.deduplicated(after, limit);
  }
  Result<void> reset() override { return inner_.reset(); }

 protected:
  /// Called before every read, which fails with what this returns.
  virtual Result<void> before_read() const { return {}; }

 private:
  ProfileStore& inner_;
};

}  // namespace marquee::testing
