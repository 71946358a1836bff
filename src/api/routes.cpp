#include "api/routes.h"

namespace marquee::api {

void register_routes(http::Router& router, const Services& services) {
  register_recommendation_routes(router, services);
  register_event_routes(router, services);
  register_movie_routes(router, services);
  register_movie_edit_routes(router, services);
  register_genre_routes(router, services);
  register_user_routes(router, services);
  register_stream_routes(router, services);
  register_health_routes(router, services);
  register_metrics_routes(router, services);
  register_admin_routes(router, services);
  register_run_routes(router, services);
  register_key_routes(router, services);
  register_page_routes(router, services);
}

void register_service_routes(http::Router& router, const Services& services) {
  register_health_routes(router, services);
  register_metrics_routes(router, services);
  register_admin_routes(router, services);
  register_run_routes(router, services);
  register_key_routes(router, services);
}

}  // namespace marquee::api
