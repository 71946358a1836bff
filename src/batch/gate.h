#pragma once

#include "base/result.h"
#include "formats/manifest.h"

namespace marquee::batch {

/// The lists among the files of `manifest`; null before generate.
const formats::Manifest::File* lists_of(const formats::Manifest& manifest);

/// Why a new model must not serve (kRefused, with the figures); ok when it may. `in_service` is
/// null when nothing serves yet. Refused is a model
///
///   without lists, or beside a model in service without measurements;
///   with a metric that is no finite number;
///   that covers less than 95 % of the viewers, or of the films, of the model in service;
///   that finds held-out films worse than the model it was measured against: the 95 % interval of
///   the paired difference in NDCG@100 lies below -2 % of that model's NDCG@100.
///
/// The last is a test by viewer, so that noise between samples of viewers does not count (Smucker,
/// Allan, Carterette 2007, "A comparison of statistical significance tests for information
/// retrieval evaluation").
Result<void> check_gate(const formats::Manifest& manifest, const formats::Manifest* in_service);

}  // namespace marquee::batch
