#include "app/migration/truth_copy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "batch/model_store.h"
#include "batch/publish_stage.h"
#include "scheduling/pipeline.h"

namespace marquee::app {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::int64_t kLeaseMs = 10 * 60'000;

/// Oldest first, the order in which they were made.
Result<std::vector<Run>> all_runs(const RunStore& store) {
  std::vector<Run> runs;
  std::optional<std::uint64_t> before;
  do {
    MARQUEE_TRY(RunPage page, store.list(std::nullopt, before, kPage));
    before = page.next_before;
    std::move(page.runs.begin(), page.runs.end(), std::back_inserter(runs));
  } while (before);
  std::reverse(runs.begin(), runs.end());
  return runs;
}

Result<void> copy_run_log(const RunStore& from, RunStore& to, std::uint64_t token,
                          const std::string& run) {
  MARQUEE_TRY(const auto present, to.log(run, std::nullopt, 0, 1));
  if (!present.empty()) return {};  // of a try before: they are written in one step
  MARQUEE_TRY(const auto lines, from.log(run, std::nullopt, 0, kRunLogLinesMax));
  return lines.empty() ? Result<void>() : to.append_log(token, run, lines);
}

Result<void> copy_run(const RunStore& from, RunStore& to, std::uint64_t token, const Run& run) {
  MARQUEE_TRY(const auto present, to.find(run.id));
  MARQUEE_CHECK(present ? to.update(token, run) : to.create(token, run));
  MARQUEE_TRY(const auto stages, from.stages(run.id));
  for (const StageAttempt& stage : stages) MARQUEE_CHECK(to.put_stage(token, run.id, stage));
  return copy_run_log(from, to, token, run.id);
}

/// By the last promotion of each, which is how the pointers came to stand where they stand.
Result<void> copy_pointers(const ModelRegistry& from, ModelRegistry& to,
                           std::vector<ModelRecord> models) {
  std::erase_if(models, [](const ModelRecord& model) { return !model.promoted_at_ms; });
  MARQUEE_TRY(const auto current, from.current());
  std::ranges::sort(models, {}, [&](const ModelRecord& model) {
    return std::pair(*model.promoted_at_ms, current == model.version);
  });
  for (const ModelRecord& model : models) {
    MARQUEE_CHECK(to.promote(model.version, *model.promoted_at_ms));
  }
  MARQUEE_TRY(const auto previous, from.previous());
  MARQUEE_TRY(const auto current_now, to.current());
  MARQUEE_TRY(const auto previous_now, to.previous());
  if (current == current_now && previous == previous_now) return {};
  return Error{ErrorCode::kInternal, "the registry's pointers do not follow from its promotions"};
}

}  // namespace

Result<std::uint64_t> copy_catalog(const CatalogStore& from, CatalogStore& to) {
  MARQUEE_TRY(const auto movies, from.load());
  MARQUEE_TRY(const std::string dataset, from.dataset());
  MARQUEE_CHECK(to.upsert(movies));
  MARQUEE_CHECK(to.set_dataset(dataset));
  return std::uint64_t{movies.size()};
}

Result<std::uint64_t> copy_models(const Stores& from, const Stores& to,
                                  const ObjectStore& objects) {
  MARQUEE_TRY(auto models, from.models.list());
  MARQUEE_TRY(const auto generations, from.feed.generations());
  for (const ModelVersion& generation : generations) {
    MARQUEE_TRY(const auto manifest, batch::load_manifest(objects, generation));
    MARQUEE_CHECK(batch::write_generation(objects, to.feed, manifest));
  }
  for (const ModelRecord& model : models) MARQUEE_CHECK(to.models.add(model));
  const std::uint64_t count = models.size();
  MARQUEE_CHECK(copy_pointers(from.models, to.models, std::move(models)));
  return count;
}

Result<std::uint64_t> copy_runs(const RunStore& from, RunStore& to, const Clock& clock) {
  MARQUEE_TRY(const auto runs, all_runs(from));
  const std::string pipeline(scheduling::kBatchPipeline);
  MARQUEE_TRY(const auto dealt_until, from.dealt_until(pipeline));
  if (runs.empty() && !dealt_until) return std::uint64_t{0};
  MARQUEE_TRY(const auto lease, to.acquire("marquee migrate-data", kLeaseMs, clock.wall_ms()));
  if (!lease) {
    return Error{ErrorCode::kFailedPrecondition,
                 "a scheduler works on the place to migrate to: stop its servers"};
  }
  for (const Run& run : runs) MARQUEE_CHECK(copy_run(from, to, lease->token, run));
  if (dealt_until) MARQUEE_CHECK(to.set_dealt_until(lease->token, pipeline, *dealt_until));
  MARQUEE_CHECK(to.release(lease->token));
  return std::uint64_t{runs.size()};
}

Result<std::uint64_t> copy_shown_lists(const RecommendationLog& from, RecommendationLog& to) {
  std::uint64_t copied = 0;
  std::optional<ListId> after;
  for (;;) {
    MARQUEE_TRY(const auto lists, from.lists(after, kPage));
    if (lists.empty()) return copied;
    MARQUEE_CHECK(to.append(lists));
    copied += lists.size();
    after = lists.back().list_id;
  }
}

Result<std::uint64_t> copy_objects(
    const ObjectStore& from, ObjectStore& to, std::string_view kept,
    const std::function<void(std::size_t copied, std::size_t all)>& on_object) {
  MARQUEE_TRY(const auto keys, from.list(""));
  MARQUEE_TRY(const auto present, to.list(""));
  for (const std::string& key : present) {
    if (key != kept && !std::ranges::binary_search(keys, key)) MARQUEE_CHECK(to.remove(key));
  }
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    MARQUEE_TRY(const auto object, from.get(keys[i]));
    MARQUEE_CHECK(to.put(keys[i], object));
    bytes += object.size();
    on_object(i + 1, keys.size());
  }
  return bytes;
}

}  // namespace marquee::app
