#include "serving/catalog_view.h"

#include <algorithm>
#include <utility>

#include "serving/page_cursor.h"

namespace marquee::serving {

CatalogView::CatalogView(std::shared_ptr<const Catalog> snapshot)
    : catalog(std::move(snapshot)),
      servable(catalog->movies.size()),
      page_tag(catalog->movies.size(), 0),
      films(catalog->movies) {
  for (MovieKey key = 0; key < catalog->movies.size(); ++key) {
    const Movie* movie = catalog->find(key);
    if (movie == nullptr) continue;
    page_tag[key] = page_tag_of(movie->id);
    if (movie->hidden) continue;
    servable.insert(key);
    by_id.push_back(key);
  }
  std::sort(by_id.begin(), by_id.end(), [this](MovieKey a, MovieKey b) {
    return catalog->movies[a]->id < catalog->movies[b]->id;
  });
}

}  // namespace marquee::serving
