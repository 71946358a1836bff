#pragma once

#include "base/result.h"
#include "formats/manifest.h"
#include "models/factor_model.h"
#include "ports/catalog_store.h"

namespace marquee::batch {

/// The lists among the files of `manifest`; null before generate.
const formats::Manifest::File* lists_of(const formats::Manifest& manifest);

/// Why a new model must not serve (kRefused, with the figures); ok when it may. `in_service` is
/// null when nothing serves yet. Refused is a model
///
///   without lists, or beside a model in service without measurements;
///   with a metric that is no finite number;
///   that covers less than 95 % of the viewers, or of the films, of the model in service;
///   whose parameters find the films of held-out viewers worse than those of the model in service;
///   that itself finds them worse than a model of its parameters that has not seen the viewers:
///   something went wrong on the way to the file.
///
/// Worse means that the 95 % interval of the difference in NDCG@100, paired by viewer so that the
/// sample of viewers does not count, lies below −2 % of the other's NDCG@100 (Smucker, Allan,
/// Carterette 2007, "A comparison of statistical significance tests for information retrieval
/// evaluation").
Result<void> check_gate(const formats::Manifest& manifest, const formats::Manifest* in_service);

/// What check_gate() asks of a model but for its lists: whether making them is worth it.
Result<void> check_measurements(const formats::Manifest& manifest,
                                const formats::Manifest* in_service);

/// Refuses (kRefused) a model of whose films less than half are in the catalogue: it was trained on
/// another one. Not all need be: interactions may name films that the catalogue lacks.
Result<void> check_catalogue(const models::FactorModel& model, const CatalogStore& catalog);

/// Refuses (kRefused) a model that does not know 95 % of the viewers and of the films of the model
/// in service by their ids: as large, but trained on another catalogue.
Result<void> check_same_catalogue(const models::FactorModel& model,
                                  const models::FactorModel& in_service);

}  // namespace marquee::batch
