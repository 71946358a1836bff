#pragma once

#include "api/services.h"
#include "http/router.h"

namespace marquee::api {

/// Every route of docs and openapi. `services` must outlive the router.
void register_routes(http::Router& router, const Services& services);
/// Those of a process that serves no viewers: its health, its metrics and what operators ask. The
/// commands on its directory go through it, those of its own stages included.
void register_service_routes(http::Router& router, const Services& services);

// The groups, each in a file of its name.
void register_recommendation_routes(http::Router& router, const Services& services);
void register_event_routes(http::Router& router, const Services& services);
void register_movie_routes(http::Router& router, const Services& services);
void register_movie_edit_routes(http::Router& router, const Services& services);
void register_genre_routes(http::Router& router, const Services& services);
void register_user_routes(http::Router& router, const Services& services);
void register_stream_routes(http::Router& router, const Services& services);
void register_health_routes(http::Router& router, const Services& services);
void register_metrics_routes(http::Router& router, const Services& services);
void register_admin_routes(http::Router& router, const Services& services);
void register_run_routes(http::Router& router, const Services& services);
void register_key_routes(http::Router& router, const Services& services);
void register_page_routes(http::Router& router, const Services& services);

}  // namespace marquee::api
