#include "batch/archive_file.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "formats/sequence_ranges.h"

namespace marquee::batch {
namespace {

constexpr const char* kPoison = "was no event, and only that was archived";

}  // namespace

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::open(const ObjectStore& objects,
                                                       const formats::ArchiveIndex::File& named) {
  std::unique_ptr<ArchiveFile> file(new ArchiveFile(named));
  auto bytes = objects.get(named.key);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return file->damaged("is missing");
  if (!bytes.ok()) return bytes.error();
  file->bytes_ = std::move(bytes).value();
  if (file->bytes_.size() != named.bytes || sha256_hex(file->bytes_) != named.sha256) {
    return file->damaged("differs from archive.json (size or SHA-256)");
  }
  auto reader = formats::EventsReader::open(file->bytes_);
  if (!reader.ok()) return reader.error().with_context(named.key);
  file->reader_ = std::move(reader).value();
  if (named.skipped > 0) MARQUEE_CHECK(file->read_skipped());
  return file;
}

Result<void> ArchiveFile::read_skipped() {
  const auto metadata = formats::read_metadata(bytes_);
  if (!metadata.ok()) return metadata.error().with_context(named_.key);
  for (const auto& [key, value] : *metadata) {
    if (key != kSkippedKey) continue;
    const auto sequences = formats::parse_ranges(value, named_.skipped);
    if (!sequences || sequences->size() != named_.skipped ||
        sequences->front() < named_.first.sequence || named_.last.sequence < sequences->back()) {
      break;
    }
    skipped_.assign(sequences->begin(), sequences->end());
    return {};
  }
  return damaged("does not name the records that archive.json says were no events");
}

Result<LogRecord*> ArchiveFile::front() {
  while (ready_.empty() && reader_) MARQUEE_CHECK(fill());
  return ready_.empty() ? nullptr : &ready_.front();
}

Result<void> ArchiveFile::fill() {
  auto events = reader_->next();
  if (!events.ok()) return events.error().with_context(named_.key);
  if (events->empty()) return finish();
  for (formats::ArchivedEvent& event : *events) {
    if (!event.offset || *event.offset < named_.first || named_.last < *event.offset) {
      return damaged("holds an offset outside those of archive.json");
    }
    add_skipped_before(event.offset->sequence);
    last_ = *event.offset;
    ready_.push_back({last_, std::move(event.event), 0});
  }
  return {};
}

void ArchiveFile::add_skipped_before(std::uint64_t sequence) {
  while (!skipped_.empty() && skipped_.front() < sequence) {
    last_ = {named_.first.partition, skipped_.front()};
    ready_.push_back({last_, {}, 0, kPoison});
    skipped_.pop_front();
  }
}

Result<void> ArchiveFile::finish() {
  reader_.reset();
  add_skipped_before(named_.last.sequence + 1);
  if (last_ == named_.last) return {};
  return damaged("ends before the offset that archive.json promises");
}

Error ArchiveFile::damaged(std::string_view why) const {
  return Error{ErrorCode::kDataLoss,
               fmt::format("{} {}: restore it from a backup", named_.key, why)};
}

}  // namespace marquee::batch
