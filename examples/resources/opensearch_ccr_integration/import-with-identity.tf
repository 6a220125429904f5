import {
  to = opensearch_ccr_integration.us_to_eu
  identity = {
    leader_project        = "acme"
    leader_service_name   = "search-us"
    follower_project      = "acme"
    follower_service_name = "search-eu"
  }
}
