#include "adapters/embedded/sqlite/fold_origin.h"

#include "adapters/embedded/sqlite/stores.h"
#include "ports/contract/fold_origin_contract.h"
#include "testing/temporary_directory.h"

namespace marquee::testing {
namespace {

class SqliteOrigin {
 public:
  SqliteOrigin() {
    auto opened = embedded::SqliteStores::open(directory_.path() / "marquee.db", movies_,
                                               embedded::SqliteDatabase::Mode::kReadWrite);
    EXPECT_TRUE(opened.ok());
    stores_ = *std::move(opened);
  }
  ProfileStore& store() { return stores_->profiles; }
  FoldOrigin& origin() { return stores_->origin; }

 private:
  TemporaryDirectory directory_;
  MovieTable movies_;
  std::unique_ptr<embedded::SqliteStores> stores_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, FoldOriginContract, SqliteOrigin);

}  // namespace
}  // namespace marquee::testing
