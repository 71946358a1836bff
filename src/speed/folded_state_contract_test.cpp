// The table that serving reads keeps the contract of its port, and so does the fake.

#include "ports/contract/folded_state_contract.h"

#include "speed/profile_table.h"
#include "testing/fake_folded_state.h"

namespace marquee::testing {
namespace {

class Table {
 public:
  FoldedState& state() { return table_; }
  void publish(const FoldBatch& batch) { table_.publish(batch); }
  void let_deadlines_pass() {}  // its timer sees to that

 private:
  SystemClock clock_;
  speed::ProfileTable table_{clock_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(ProfileTable, FoldedStateContract, Table);

class Fake {
 public:
  FoldedState& state() { return state_; }
  void publish(const FoldBatch& batch) { state_.publish(batch); }
  void let_deadlines_pass() { state_.expire(); }

 private:
  SystemClock clock_;
  FakeFoldedState state_{clock_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, FoldedStateContract, Fake);

}  // namespace
}  // namespace marquee::testing
