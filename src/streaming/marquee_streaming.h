/* The C ABI of Marquee's fold, for a program that reads the topic itself: libmarquee_streaming.so.
 *
 * A stream is one process's right to fold some partitions of the topic into the PostgreSQL state.
 * Records go in; profiles, counts, repeats, dead letters and the position come out in one
 * transaction for each step of a partition, by the code that `marquee serve` with the role speed
 * runs. Whoever claims a partition takes it from whoever had it.
 *
 * Conventions as in marquee_c.h: every function answers a marquee_status or a
 * marquee_stream_status and, on anything but MARQUEE_OK, writes one line to `message`. Calls on one
 * stream from one thread at a time.
 */
#ifndef MARQUEE_STREAMING_H
#define MARQUEE_STREAMING_H

#include "capi/marquee_c.h"

/* NOLINTBEGIN(readability-identifier-naming,modernize-*,performance-enum-size) */
#ifdef __cplusplus
extern "C" {
#endif

#define MARQUEE_STREAMING_ABI_VERSION 2u

enum marquee_stream_status {
  MARQUEE_STREAM_TAKEN = 16, /* another process folds now, or the state is not that of this topic:
                                a human or a supervisor decides */
  MARQUEE_STREAM_UNAVAILABLE = 17, /* the store is away: claim again later */
  MARQUEE_STREAM_DATA_LOSS = 18    /* stored bytes are damaged */
};

struct marquee_stream;

MARQUEE_C_API uint32_t marquee_streaming_abi_version(void);

/* The settings of the program, read as it reads them, weakest first: its defaults, `file` (null:
 * marquee.toml in the directory `data_dir`, where there is one), MARQUEE_… of the environment, and
 * `count` assignments "KEY=VALUE". */
struct marquee_settings;

MARQUEE_C_API int marquee_settings_load(const char* file, const char* const* assignments,
                                        uint64_t count, struct marquee_settings** settings,
                                        char* message, size_t message_size);
MARQUEE_C_API void marquee_settings_free(struct marquee_settings* settings);

/* The value of a setting. MARQUEE_INVALID_ARGUMENT when there is no setting `key`, or when the
 * value does not fit into `size` bytes. */
MARQUEE_C_API int marquee_settings_text(const struct marquee_settings* settings, const char* key,
                                        char* text, size_t size, char* message,
                                        size_t message_size);

/* Of the settings: `state`, which is postgresql://… with the servers' schema, and those that a list
 * depends on. Copies them. */
MARQUEE_C_API int marquee_stream_open(const struct marquee_settings* settings,
                                      struct marquee_stream** stream, char* message,
                                      size_t message_size);
MARQUEE_C_API void marquee_stream_close(struct marquee_stream* stream);

/* MARQUEE_STREAM_TAKEN when the state was folded from another topic than this one. Notes the topic
 * while nothing was folded. */
MARQUEE_C_API int marquee_stream_check_log(struct marquee_stream* stream, const char* cluster_id,
                                           const char* topic, uint32_t partitions, char* message,
                                           size_t message_size);

/* Takes `count` partitions and writes to `next` the offset that is folded next of each. */
MARQUEE_C_API int marquee_stream_claim(struct marquee_stream* stream, const int32_t* partitions,
                                       uint64_t count, uint64_t* next, char* message,
                                       size_t message_size);

/* Texts one behind the other: text r is bytes[starts[r] .. starts[r + 1]). */
struct marquee_texts {
  const char* bytes;
  const uint64_t* starts; /* rows + 1, ascending from 0 */
};

/* Messages of the topic in ascending order of offset within each partition. What is left out
 * between two of a partition is taken for no message (markers of transactions). */
struct marquee_stream_records {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  uint64_t rows;
  const int32_t* partitions;
  const uint64_t* offsets;
  struct marquee_texts keys;
  struct marquee_texts values;
  const uint64_t*
      value_bytes; /* of the whole value where `values` has its beginning; null: whole */
  struct marquee_texts fingerprints; /* the header `fingerprint` … */
  const uint8_t* has_fingerprint;    /* … where this is not 0 */
};

struct marquee_stream_counts {
  uint64_t applied;
  uint64_t deduplicated;
  uint64_t dead_lettered;
  uint64_t skipped; /* before the stored position: folded by an earlier attempt */
};

/* Folds and stores. After an error some partitions may be stored further than others: claim again
 * and hand over the same records, those that are stored are skipped. */
MARQUEE_C_API int marquee_stream_fold(struct marquee_stream* stream,
                                      const struct marquee_stream_records* records,
                                      struct marquee_stream_counts* counts, char* message,
                                      size_t message_size);

/* The version of the model in service, "" when there is none. MARQUEE_INVALID_ARGUMENT when it does
 * not fit into `size` bytes. */
MARQUEE_C_API int marquee_stream_current_model(struct marquee_stream* stream, char* version,
                                               size_t size, char* message, size_t message_size);

/* A model's films: vectors rows x rank, ids ascending, and the neighbours of each, the most alike
 * first (docs/formats/parquet.md). */
struct marquee_stream_model {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  const char* version;
  struct marquee_als_parameters parameters;
  uint64_t rows;
  struct marquee_texts ids;
  const float* vectors;
  const uint64_t* neighbor_starts; /* rows + 1, ascending from 0 */
  const uint32_t* neighbor_rows;
  const float* neighbor_weights; /* in (0, 1] */
};

/* From now on lists are made of this model. Copies it. */
MARQUEE_C_API int marquee_stream_set_model(struct marquee_stream* stream,
                                           const struct marquee_stream_model* model, char* message,
                                           size_t message_size);

/* Makes the live tier's list of every viewer who changed since the last call and stores it in
 * rec_feed; `lists`: how many. The first call loads the folded state into memory. */
MARQUEE_C_API int marquee_stream_make_lists(struct marquee_stream* stream, uint64_t* lists,
                                            char* message, size_t message_size);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(readability-identifier-naming,modernize-*,performance-enum-size) */
#endif
