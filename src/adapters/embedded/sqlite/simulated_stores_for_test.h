#pragma once

#include <cstdint>
#include <memory>

#include <sqlite3.h>

#include "adapters/embedded/sqlite/simulated_vfs.h"
#include "adapters/embedded/sqlite/stores.h"

namespace marquee::embedded {

/// Of a database on `disk`; `vfs` is on it, too.
inline SqliteDatabase::Options simulated(const SimulatedVfs& vfs, SimulatedDisk& disk) {
  SqliteDatabase::Options options;
  options.vfs = vfs.name();
  options.disk = &disk;
  return options;
}

/// The stores of data/marquee.db on `disk`, whose WAL is short enough to be checkpointed often.
inline Result<std::unique_ptr<SqliteStores>> open_simulated(const SimulatedVfs& vfs,
                                                            SimulatedDisk& disk,
                                                            MovieTable& movies) {
  auto options = simulated(vfs, disk);
  options.checkpoint_pages = 24;
  return SqliteStores::open("data/marquee.db", movies, SqliteDatabase::Mode::kReadWrite, options);
}

/// Lets SQLite draw the same random numbers (a WAL's salts) whenever it is called with `seed`.
inline void seed_sqlite(std::uint64_t seed) {
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed), nullptr);
  sqlite3_randomness(0, nullptr);
}

}  // namespace marquee::embedded
