#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <sqlite3.h>

namespace marquee::embedded {

/// SQLite's table of a file's functions (www.sqlite.org/c3ref/io_methods.html), from the static
/// functions of `Calls`. Version 2: without memory-mapped pages, which would come past read().
template <typename Calls>
inline constexpr sqlite3_io_methods kFileMethods{2,
                                                 &Calls::close,
                                                 &Calls::read,
                                                 &Calls::write,
                                                 &Calls::truncate,
                                                 &Calls::sync,
                                                 &Calls::file_size,
                                                 &Calls::lock,
                                                 &Calls::unlock,
                                                 &Calls::is_reserved,
                                                 &Calls::control,
                                                 &Calls::sector_size,
                                                 &Calls::characteristics,
                                                 &Calls::map_shared,
                                                 &Calls::lock_shared,
                                                 &Calls::barrier,
                                                 &Calls::unmap_shared,
                                                 nullptr,
                                                 nullptr};

/// Makes SQLite know a VFS that is `like` another but for what concerns files, which `Calls` has.
/// Its files take `file_bytes`; `owner` is its pAppData. `name` must outlive it. Unregister it
/// before it goes.
template <typename Calls>
std::unique_ptr<sqlite3_vfs> register_vfs(const sqlite3_vfs& like, const std::string& name,
                                          std::size_t file_bytes, void* owner) {
  auto vfs = std::make_unique<sqlite3_vfs>(like);
  vfs->szOsFile = static_cast<int>(file_bytes);
  vfs->pNext = nullptr;
  vfs->zName = name.c_str();
  vfs->pAppData = owner;
  vfs->xOpen = &Calls::open;
  vfs->xDelete = &Calls::remove;
  vfs->xAccess = &Calls::access;
  vfs->xFullPathname = &Calls::full_name;
  sqlite3_vfs_register(vfs.get(), 0);
  return vfs;
}

}  // namespace marquee::embedded
